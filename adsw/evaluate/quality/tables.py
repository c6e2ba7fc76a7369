"""The tables of the quality of texts: every group, a group by kept count, and what a group talks about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from adsw.evaluate.quality.figures import FIGURES, OF_LEVELS, Figure
from adsw.evaluate.quality.groups import is_told
from adsw.evaluate.quality.measure import Quality
from adsw.evaluate.quality.report import GroupReport
from adsw.report.table import NOTHING, Cell, Column, TableModel, head_columns, row, words

_TERMS = 6
_WORDS = 15


def group_table(reports: Sequence[GroupReport]) -> TableModel:
    """Return a table of every measured figure, a column per group, figures of one topic together."""
    counts = [
        words("texts", *(f"{report.texts:,}" for report in reports)),
        words("distinct texts", *(f"{report.distinct:,}" for report in reports)),
        words("words, 5 to 95 %", *(f"{report.length[0]:.0f} to {report.length[-1]:.0f}" for report in reports)),
    ]
    measured = [figure for figure in FIGURES if any(report.figures[figure.name] for report in reports)]
    topics = [
        [row(figure.label, *(_cell(figure, report) for report in reports)) for figure in figures]
        for _, figures in groupby(measured, lambda figure: figure.topic)
    ]
    return TableModel.grouped(
        "groups",
        "Quality by group",
        f"Small print: 95 % intervals over tracks. {NOTHING}: not measured, or nothing to measure.",
        head_columns("figure", *(report.group.name for report in reports)),
        [counts, *topics],
    )


def level_tables(quality: Quality, reports: Iterable[GroupReport]) -> list[TableModel]:
    """Return a table by the number of tags kept for each group that has more than one level, tag lists last."""
    tables: list[TableModel] = []
    for report in sorted(reports, key=lambda report: report.group.source == "tags"):
        levels = quality.level_reports(report.group)
        if len(levels) > 1:
            tables.append(_levels(f"levels-{len(tables)}", levels))
    return tables


def _levels(name: str, levels: Sequence[GroupReport]) -> TableModel:
    shown = [figure for figure in OF_LEVELS if any(level.figures[figure.name] for level in levels)]
    return TableModel(
        name,
        f"{levels[0].group.name}, by the number of tags kept",
        "",
        (Column("kept"), Column("texts"), *(Column(figure.label, short=figure.short) for figure in shown)),
        tuple(
            row(str(level.group.level), f"{level.texts:,}", *(_cell(figure, level) for figure in shown))
            for level in levels
        ),
    )


def talk_tables(reports: Iterable[GroupReport]) -> list[TableModel]:
    """Return a table of words and terms for each group whose texts are not tag lists."""
    writing = (report for report in reports if report.group.source != "tags")
    return [_talk(f"talk-{place}", report) for place, report in enumerate(writing)]


def told(reports: Sequence[GroupReport]) -> list[GroupReport]:
    """Return the reports to show where there is little room (`is_told`)."""
    groups = [report.group for report in reports]
    return [report for report in reports if is_told(report.group, groups)]


def _talk(name: str, report: GroupReport) -> TableModel:
    """Return a table of words, terms by category, and last the terms that no tag gives."""
    used = report.usage
    caption = ""
    categories: list[tuple[Cell, ...]] = []
    if used is not None:
        shares = _shares(used.top_words, _WORDS)
        caption = f"{used.vocabulary:,} different words of {used.words:,}. In most texts: {shares}."
        for category, use in used.categories.items():
            categories.append(row(category, f"{use.texts:.0%}", str(use.distinct), _shares(use.top, _TERMS)))
    # People may say what no tag gives; a captioner that does so invents it.
    label, tone = ("untagged", "") if report.group.source == "human" else ("not given", "bad")
    added = [row(label, "", "", Cell(_shares(report.added_terms, _WORDS), tone=tone))] if report.added_terms else []
    return TableModel.grouped(
        name,
        f"{report.group.name}: what is said",
        caption,
        (*head_columns("category", "texts", "terms"), Column("most frequent", left=True, long=True)),
        [categories, added],
    )


def _cell(figure: Figure, report: GroupReport) -> Cell:
    """Write a figure of a group with its interval; a faint dash if it was not measured."""
    value, estimate = figure.value(report), figure.estimate(report)
    if value is None or estimate is None:
        return Cell(NOTHING, tone="faint")
    return Cell(value, figure.interval(report) or "", exact=estimate.value)


def _shares(terms: Iterable[tuple[str, float]], most: int) -> str:
    """Write the first terms with their shares."""
    return ", ".join(f"{name} {share:.1%}" for name, share in list(terms)[:most])
