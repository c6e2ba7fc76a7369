"""An evaluation for the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from adsw.evaluate.retrieval import CUTOFFS, DEPTH
from adsw.evaluate.set_report import Figure, SetReport

_RANKS = ("MedR", "meanR")
_OF_SOURCES = ("R@1", f"R@{CUTOFFS[-1]}", f"mAP@{DEPTH}", "MedR")


def print_report(report: SetReport, out: Console) -> None:
    """Print a set's figures, its slices by source, and the conventions underneath."""
    out.print(_figures(report))
    out.print(_sources(report))
    for remark in report.remarks:
        out.print(Text(remark, style="yellow"))
    for convention in report.conventions:
        out.print(Text(convention, style="dim"))
    out.print()


def _figures(report: SetReport) -> Table:
    table = Table(
        title=Text(f"{report.name}: split {report.split} of {report.store}", style="bold"),
        caption="dim: not shown to be better than chance",
    )
    table.add_column("figure")
    for heading in ("value", "95 %", "chance", "untrained", "queries", "pool"):
        table.add_column(heading, justify="right")
    for way, part in report.directions.items():
        counts = (str(part.queries), str(part.pool))
        for metric, figure in part.figures.items():
            style = "bold" if _beats_chance(metric, figure) else "dim"
            value, *others = _cells(metric, figure)
            table.add_row(f"{way}/{metric}", Text(value, style=style), *others, *counts)
            counts = ("", "")
        table.add_section()
    return table


def _sources(report: SetReport) -> Table:
    table = Table(title=Text(f"{report.name}: text to music by the source of the query", style="bold"))
    table.add_column("source")
    table.add_column("queries", justify="right")
    for metric in _OF_SOURCES:
        table.add_column(metric, justify="right")
    for source, part in report.sources.items():
        cells = []
        for metric in _OF_SOURCES:
            value, interval, _, _ = _cells(metric, part.figures[metric])
            cells.append(Text.assemble((value, "bold"), "\n", (interval, "dim")))
        table.add_row(source.replace("_", " "), str(part.queries), *cells)
    chance = [_cells(metric, report.directions["t2m"].figures[metric])[2] for metric in _OF_SOURCES]
    table.add_section()
    table.add_row("chance, all queries", str(report.directions["t2m"].queries), *chance, style="dim")
    return table


def _cells(metric: str, figure: Figure) -> tuple[str, str, str, str]:
    """Value, interval, chance and untrained, as short as they can be told apart."""
    form = "{:.1f}" if metric in _RANKS else "{:.3f}"
    value, low, high = (
        form.format(number) for number in (figure.interval.value, figure.interval.low, figure.interval.high)
    )
    untrained = "" if figure.untrained is None else form.format(figure.untrained)
    return value, f"{low}–{high}", form.format(figure.chance), untrained


def _beats_chance(metric: str, figure: Figure) -> bool:
    """Whether the whole interval lies on the better side of chance."""
    if metric in _RANKS:
        return figure.interval.high < figure.chance
    return figure.interval.low > figure.chance
