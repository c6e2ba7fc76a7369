"""A probe report for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from adsw.evaluate.part_cells import difference_cell, figure_cell, new_table, number
from adsw.evaluate.probing.features import ENCODER, HEAD
from adsw.evaluate.probing.figures import OF_MULTI, OF_SINGLE
from adsw.evaluate.probing.question import MULTI, SINGLE

if TYPE_CHECKING:
    from adsw.evaluate.probes import ProbeReport

_HEADINGS = ("figure", "encoder", "head", "head −\nencoder", "chance,\nuntrained")


def tables(report: ProbeReport) -> list[Table]:
    """A table per kind of question that there is; left-out tags and the conventions stand under the last one."""
    kinds = [(SINGLE, OF_SINGLE), (MULTI, OF_MULTI)]
    there = [(kind, names) for kind, names in kinds if any(part.kind == kind for part in report.categories.values())]
    notes = (*_left_out(report), *report.conventions)
    return [
        _table(report, kind, names, notes if number == len(there) else ())
        for number, (kind, names) in enumerate(there, start=1)
    ]


def _table(report: ProbeReport, kind: str, names: tuple[str, ...], notes: tuple[str, ...]) -> Table:
    table = new_table(f"Linear probes, split {report.split}: {kind}", "category", _HEADINGS, notes)
    for category, part in report.categories.items():
        if part.kind != kind:
            continue
        counts = (f"{category}\n{part.tags} tags", f"{part.learnt_from} learnt\n{part.tracks} judged")
        for label, name in zip(counts, names, strict=True):
            before, after = (part.figures[where][name] for where in (ENCODER, HEAD))
            cells = (figure_cell(before), figure_cell(after), difference_cell(part.gains[name]))
            below = f"{number(after.chance)}\n{number(after.untrained)}"
            table.add_row(label, name.removeprefix("macro/"), *cells, below)
        table.add_section()
    return table


def _left_out(report: ProbeReport) -> list[str]:
    found = [
        f"left out of {category}, {reason}: {', '.join(tags)}"
        for category, part in report.categories.items()
        for reason, tags in part.left_out.items()
    ]
    if report.without:
        found.append(f"categories without a tag that can be learnt and told apart: {', '.join(report.without)}")
    return found
