"""A tagging report for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table

from adsw.evaluate.part_cells import figure_cell, new_table, number
from adsw.evaluate.tags.areas import AREAS
from adsw.evaluate.tags.figures import ACCURACY, AVERAGES, BALANCED, TagFigures

if TYPE_CHECKING:
    from adsw.evaluate.tagging import TaggingReport

SHOWN = 8
"""Tags shown at either end; the document has all of them."""
_NAMED = 12
"""Tags left out that are named under a table, of each reason."""


def tables(report: TaggingReport) -> list[Table]:
    """All of a report's tables; the conventions stand under the last one."""
    several = [_overall(report), _areas(report), _accuracy(report), _tags(report), _wordings(report)]
    return [table for table in several if table.row_count]


def _overall(report: TaggingReport) -> Table:
    title = f"Zero-shot tagging, split {report.split}: {report.overall.tags} tags, {report.overall.tracks} tracks"
    headings = ("value", "chance", "un-\ntrained", "every track\ncounts", "chance")
    table = new_table(title, "figure", headings, [_left_out(*item) for item in report.left_out.items()])
    for name in (f"{average}/{area}" for average in AVERAGES for area in AREAS):
        figure, closed = report.overall.figures[name], report.closed.figures[name]
        cells = (figure_cell(figure), number(figure.chance), number(figure.untrained))
        table.add_row(name, *cells, figure_cell(closed), number(closed.chance))
    return table


def _areas(report: TaggingReport) -> Table:
    headings = ("tags/\ntracks", f"macro\n{AREAS[0]}", "un-\ntrained", f"macro\n{AREAS[1]}", "chance", "un-\ntrained")
    table = new_table("Zero-shot tagging by category", "category", headings, ("dim: not shown to be above chance",))
    for category, part in report.categories.items():
        roc, precision = (part.figures[f"macro/{area}"] for area in AREAS)
        left = (f"{part.tags}/{part.tracks}", figure_cell(roc), number(roc.untrained))
        table.add_row(category, *left, figure_cell(precision), number(precision.chance), number(precision.untrained))
    return table


def _accuracy(report: TaggingReport) -> Table:
    headings = ("tags/\ntracks", ACCURACY, "un-\ntrained", BALANCED.replace(" ", "\n"), "chance", "major-\nity")
    table = new_table("Where a category's tags exclude each other: which one is it?", "category", headings)
    for category, part in report.categories.items():
        if ACCURACY in part.figures:
            own, balanced = part.figures[ACCURACY], part.figures[BALANCED]
            left = (f"{part.tags}/{part.tracks}", figure_cell(own), number(own.untrained))
            table.add_row(category, *left, figure_cell(balanced), number(own.chance), number(part.majority))
    return table


def _tags(report: TaggingReport) -> Table:
    ranked = sorted(report.tags, key=lambda tag: -tag.figures[AREAS[0]].interval.value)
    title = f"The {SHOWN} tags told best and worst, of {len(ranked)}" if len(ranked) > 2 * SHOWN else "Tags"
    table = new_table(title, "tag", ("with/\nwithout", *AREAS, "chance"))
    best = ranked if len(ranked) <= 2 * SHOWN else ranked[:SHOWN]
    for tag in best:
        table.add_row(*_tag_cells(tag))
    table.add_section()
    for tag in ranked[len(best) :][-SHOWN:]:
        table.add_row(*_tag_cells(tag))
    return table


def _tag_cells(tag: TagFigures) -> Iterator[RenderableType]:
    yield ": ".join(tag.tag)
    yield f"{tag.positives}/{tag.negatives}"
    yield from (figure_cell(tag.figures[name]) for name in AREAS)
    yield number(tag.figures[AREAS[1]].chance)


def _wordings(report: TaggingReport) -> Table:
    """Per category of templates the best and the worst wording alone."""
    table = new_table(
        f"How much the wording matters: macro {AREAS[0]} of single templates",
        "templates of",
        ("tags", "templates", "best", "worst"),
        report.conventions,
    )
    for column in table.columns[-2:]:
        column.justify = "left"
    for category in dict.fromkeys(wording.category for wording in report.wordings):
        own = [wording for wording in report.wordings if wording.category == category]
        ranked = sorted(own, key=lambda wording: -wording.figures[f"macro/{AREAS[0]}"])
        ends = (f"{one.figures[f'macro/{AREAS[0]}']:.3f}  {one.template}" for one in (ranked[0], ranked[-1]))
        table.add_row(category, str(own[0].tags), str(len(own)), *ends)
    return table


def _left_out(reason: str, tags: tuple[str, ...]) -> str:
    named = ", ".join(tags[:_NAMED])
    more = f" and {len(tags) - _NAMED} more" if len(tags) > _NAMED else ""
    return f"left out, {reason}: {named}{more}"
