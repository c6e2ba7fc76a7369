"""Retrieval figures as cells of tables: as many digits as can be told apart, the interval underneath."""

from __future__ import annotations

from rich.text import Text

from adsw.metrics import digits_of
from adsw.report.format import metric_number, signed
from adsw.stats.interval import Interval

DIGITS = 3
"""Of fractions."""


def number(metric: str, value: float | None) -> str:
    """Write a metric's value, ranks with one digit and fractions with three; a dash for none.

    >>> number("R@10", 0.25), number("MedR", 7), number("R@1", None)
    ('0.250', '7.0', '–')
    """
    return metric_number(metric, value, DIGITS, minus="-")


def span(metric: str, interval: Interval, between: str = "–") -> str:
    """Write the ends of an interval."""
    return f"{number(metric, interval.low)}{between}{number(metric, interval.high)}"


def cell(metric: str, interval: Interval | None) -> Text:
    """Write a figure with its interval underneath; a dash for none."""
    if interval is None:
        return Text("–", style="dim")
    return Text.assemble((number(metric, interval.value), "bold"), "\n", (span(metric, interval), "dim"))


def gap(metric: str, interval: Interval | None) -> Text:
    """Write a signed difference with its interval underneath; faint where zero lies inside, a dash for none."""
    if interval is None:
        return Text("–", style="dim")
    digits = digits_of(metric, DIGITS)
    value, low, high = (signed(end, digits, minus="-") for end in (interval.value, interval.low, interval.high))
    style = "bold" if interval.low > 0 or interval.high < 0 else "dim"
    return Text.assemble((value, style), "\n", (f"{low}…{high}", "dim"))
