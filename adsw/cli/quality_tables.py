"""The quality of a store's texts for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from adsw.evaluate.quality.figures import FIGURES, OF_LEVELS, Figure
from adsw.evaluate.quality.groups import is_told
from adsw.evaluate.quality.measure import Quality
from adsw.evaluate.quality.report import GroupReport

_CATEGORIES = 8
_TERMS = 3
_WORDS = 10
_LABEL, _WIDE = 26, 24
"""Columns of the terminal that the names of figures, and a figure with its interval beside it, take."""


def print_quality(quality: Quality, out: Console) -> None:
    """Print the figures by group, those by kept count, what the texts talk about, and the conventions underneath.

    Captions are shown by captioner where there are several, without the group of all of them.
    """
    groups = [report.group for report in quality.groups]
    reports = [report for report in quality.groups if is_told(report.group, groups)]
    written = [report for report in reports if report.group.source != "tags" and not report.group.stands_in]
    out.print(Text(f"{quality.store.path}", style="bold"), Text(_measured(quality), style="dim"), soft_wrap=True)
    out.print(_groups(reports, out.width))
    for report in written:
        levels = quality.level_reports(report.group)
        if len(levels) > 1:
            out.print(_levels(levels))
    for report in written:
        out.print(_talk(report))
    for remark in quality.remarks:
        out.print(Text(remark, style="yellow"))
    for convention in quality.conventions:
        out.print(Text(convention, style="dim"))


def _measured(quality: Quality) -> str:
    return f"{', '.join(quality.splits)}: {quality.tracks:,} tracks; captioner {quality.store.info.captioner}"


def _groups(reports: Sequence[GroupReport], width: int) -> Table:
    apart = " " if _LABEL + _WIDE * len(reports) <= width else "\n"
    table = Table(title="Quality by group", pad_edge=False, box=SIMPLE_HEAD, padding=(0, 0, 0, 1))
    table.title_justify, table.title_style = "left", "bold"
    table.add_column("figure", no_wrap=True)
    for report in reports:
        table.add_column(Text(report.group.name), justify="right", overflow="fold")
    table.add_row("texts", *(f"{report.texts:,}" for report in reports))
    table.add_row("distinct texts", *(f"{report.distinct:,}" for report in reports))
    table.add_row("words, 5 to 95 %", *(f"{report.length[0]:.0f} to {report.length[-1]:.0f}" for report in reports))
    for figure in FIGURES:
        cells = [_cell(figure, report, apart) for report in reports]
        if any(cells):
            table.add_row(figure.label, *(cell or Text("–", style="dim") for cell in cells))
    return table


def _levels(levels: Sequence[GroupReport]) -> Table:
    title = f"{levels[0].group.name}, by the number of tags kept"
    table = Table(title=title, pad_edge=False, box=SIMPLE_HEAD, padding=(0, 0, 0, 1))
    table.title_justify, table.title_style = "left", "bold"
    for heading in ("kept", "texts"):
        table.add_column(heading, justify="right", no_wrap=True)
    shown = [figure for figure in OF_LEVELS if any(level.figures[figure.name] for level in levels)]
    for figure in shown:
        table.add_column(figure.short.replace(" ", "\n"), justify="right", no_wrap=True)
    for level in levels:
        cells = (figure.value(level) or "–" for figure in shown)
        table.add_row(level.group.level, f"{level.texts:,}", *cells)
    return table


def _cell(figure: Figure, report: GroupReport, apart: str) -> Text | None:
    value, interval = figure.value(report), figure.interval(report)
    if value is None:
        return None
    cell = Text(value)
    return cell.append(apart + interval, style="dim") if interval else cell


def _talk(report: GroupReport) -> Table:
    """What a group talks about: words, terms by category, terms that were not given."""
    table = Table(title=f"{report.group.name}: what is said", show_header=False, pad_edge=False, box=None)
    table.title_justify, table.title_style = "left", "bold"
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    used = report.usage
    if used is not None:
        table.add_row("words", f"{used.vocabulary:,} different of {used.words:,}: {_shares(used.top_words, _WORDS)}")
        for category, use in list(used.categories.items())[:_CATEGORIES]:
            table.add_row(Text(category), Text(f"{use.texts:.0%} of texts: {_shares(use.top, _TERMS)}"))
    if report.added_terms:
        label, style = ("untagged", "") if report.group.source == "human" else ("not given", "red")
        table.add_row(label, Text(_shares(report.added_terms, _WORDS), style=style))
    return table


def _shares(found: Iterable[tuple[str, float]], most: int) -> str:
    return ", ".join(f"{name} {share:.1%}" for name, share in list(found)[:most])
