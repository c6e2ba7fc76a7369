"""Retrieval figures as cells of tables: as many digits as can be told apart, the interval underneath."""

from __future__ import annotations

from rich.text import Text

from adsw.metric_names import LOWER_IS_BETTER
from adsw.stats.bootstrap import Interval


def number(metric: str, value: float | None) -> str:
    """A metric's value, ranks with one digit and fractions with three; a dash for none.

    >>> number("R@10", 0.25), number("MedR", 7), number("R@1", None)
    ('0.250', '7.0', '–')
    """
    return "–" if value is None else _form(metric).format(value)


def span(metric: str, interval: Interval) -> str:
    """The ends of an interval."""
    return f"{number(metric, interval.low)}–{number(metric, interval.high)}"


def cell(metric: str, interval: Interval | None) -> Text:
    """A figure with its interval underneath; a dash for none."""
    if interval is None:
        return Text("–", style="dim")
    return Text.assemble((number(metric, interval.value), "bold"), "\n", (span(metric, interval), "dim"))


def gap(metric: str, interval: Interval | None) -> Text:
    """A signed difference with its interval underneath; faint where zero lies inside, a dash for none."""
    if interval is None:
        return Text("–", style="dim")
    form = _form(metric).replace(":", ":+")
    value, low, high = (form.format(end) for end in (interval.value, interval.low, interval.high))
    style = "bold" if interval.low > 0 or interval.high < 0 else "dim"
    return Text.assemble((value, style), "\n", (f"{low}…{high}", "dim"))


def _form(metric: str) -> str:
    return "{:.1f}" if metric in LOWER_IS_BETTER else "{:.3f}"
