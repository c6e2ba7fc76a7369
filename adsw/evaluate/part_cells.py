"""Figures as cells of terminal tables: a value, its interval underneath, dim where it is no better than chance."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from adsw.evaluate.cells import DIGITS, span
from adsw.evaluate.set_report import Figure
from adsw.report.format import number as fixed
from adsw.report.format import signed
from adsw.stats.interval import Interval


def figure_cell(figure: Figure | None) -> Text:
    """Value and interval; bold where all of it lies above chance."""
    if figure is None:
        return Text("")
    better = figure.interval.low > figure.chance
    return _stacked(number(figure.interval.value), figure.interval, "bold" if better else "dim")


def difference_cell(difference: Interval) -> Text:
    """A difference with its sign; green or red where its interval does not hold 0."""
    style = "green" if difference.low > 0 else "red" if difference.high < 0 else "dim"
    return _stacked(signed(difference.value, DIGITS, minus="-"), difference, style, "…")


def number(value: float | None) -> str:
    """Three digits, or nothing."""
    return fixed(value, DIGITS, minus="-", none="")


def new_table(title: str, first: str, others: Iterable[str], notes: Iterable[str] = ()) -> Table:
    """A table whose first column is a name and the others are figures; the notes stand under it."""
    caption = Text("\n".join(notes), justify="left") if notes else None
    table = Table(title=Text(title, style="bold"), caption=caption, caption_style="dim")
    table.add_column(first)
    for heading in others:
        table.add_column(heading, justify="right")
    return table


def _stacked(value: str, interval: Interval, style: str, between: str = "–") -> Text:
    return Text.assemble((value, style), "\n", (span("", interval, between), "dim"))
