"""The tables of a set's retrieval figures: for the terminal and for pages."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from adsw.evaluate.cells import cell, number, span
from adsw.evaluate.queries import TEXT_SOURCES
from adsw.evaluate.retrieval import CUTOFFS, DEPTH
from adsw.evaluate.set_report import Figure, SetReport, Slice
from adsw.metrics import mode_of

_OF_SOURCES = ("R@1", f"R@{CUTOFFS[-1]}", f"mAP@{DEPTH}", "MedR")


def set_tables(report: SetReport) -> list[Table]:
    """All figures of both directions, then text to music by the kind of text."""
    return [_figures(report), _sources(report)]


def _figures(report: SetReport) -> Table:
    table = Table(
        title=Text(f"{report.name}: split {report.split} of {report.store}", style="bold"),
        caption="Dim: not shown to be better than chance. Calibrated: 0 is chance, 1 is perfect.",
    )
    table.add_column("figure")
    for heading in ("value", "95 %", "chance", "cali-\nbrated", "un-\ntrained", "queries\n/ pool"):
        table.add_column(heading, justify="right")
    for way, part in report.directions.items():
        counts = f"{part.queries}/{part.pool}"
        for metric, figure in part.figures.items():
            style = "bold" if _beats_chance(metric, figure) else "dim"
            others = (span(metric, figure.interval), number(metric, figure.chance), number("", figure.calibrated))
            value = Text(number(metric, figure.interval.value), style=style)
            table.add_row(f"{way}/{metric}", value, *others, number(metric, figure.untrained), counts)
            counts = ""
        table.add_section()
    return table


def _sources(report: SetReport) -> Table:
    table = Table(
        title=Text(f"{report.name}: text to music by the kind of text", style="bold"),
        caption=f"Every query ranks the whole pool of {report.directions['t2m'].pool} tracks.",
    )
    table.add_column("kind of text")
    table.add_column("queries", justify="right")
    for metric in _OF_SOURCES:
        table.add_column(metric, justify="right")
    for kind, names in TEXT_SOURCES.items():
        if kind not in report.text_sources:
            continue
        _add(table, kind, report.text_sources[kind])
        for name in names if len(names) > 1 else ():
            if name in report.sources:
                _add(table, f"  {name.replace('_', ' ')}", report.sources[name])
        table.add_section()
    all_queries = report.directions["t2m"]
    chance = [number(metric, all_queries.figures[metric].chance) for metric in _OF_SOURCES]
    table.add_row("chance, all queries", str(all_queries.queries), *chance, style="dim")
    return table


def _add(table: Table, label: str, part: Slice) -> None:
    table.add_row(label, str(part.queries), *(cell(metric, part.figures[metric].interval) for metric in _OF_SOURCES))


def _beats_chance(metric: str, figure: Figure) -> bool:
    """Whether the whole interval lies on the better side of chance."""
    if mode_of(metric) == "min":
        return figure.interval.high < figure.chance
    return figure.interval.low > figure.chance
