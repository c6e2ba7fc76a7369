"""Curves drawn as one line of block characters."""

from __future__ import annotations

import math
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII = "_.:-=+*#"


def sparkline(values: Sequence[float | None], low: float, high: float, width: int, ascii_only: bool = False) -> str:
    """Draw `values` on the scale low to high, newest on the right, thinned to at most `width` characters.

    Curves drawn on one scale can be compared by eye. A value that is missing or not finite is a blank.

    >>> sparkline([0.0, 0.5, 1.0], 0.0, 1.0, width=10)
    '▁▅█'
    """
    marks = ASCII if ascii_only else BLOCKS
    if width < 1 or not values:
        return ""
    span = high - low
    return "".join(_mark(value, low, span, marks) for value in thinned(values, width))


def thinned(values: Sequence[float | None], count: int) -> Sequence[float | None]:
    """Return at most `count` of the values, evenly spread and including the newest.

    >>> thinned([1.0, 2.0, 3.0, 4.0, 5.0], 3)
    [1.0, 3.0, 5.0]
    """
    if len(values) <= count:
        return values
    step = (len(values) - 1) / max(1, count - 1)
    return [values[len(values) - 1 - round(step * back)] for back in range(count)][::-1]


def scale(curves: Sequence[Sequence[float | None]]) -> tuple[float, float]:
    """Return the lowest and the highest value of all curves, or 0 and 1 if there is none."""
    values = [value for curve in curves for value in curve if value is not None and math.isfinite(value)]
    return (min(values), max(values)) if values else (0.0, 1.0)


def _mark(value: float | None, low: float, span: float, marks: str) -> str:
    """Return the character of a value; a curve without a span is drawn at half height."""
    if value is None or not math.isfinite(value):
        return " "
    share = (value - low) / span if span > 0 else 0.5
    return marks[min(len(marks) - 1, max(0, int(share * len(marks))))]
