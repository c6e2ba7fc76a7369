"""A curve as one line of block characters."""

from __future__ import annotations

import math
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII = "_.:-=+*#"


def sparkline(values: Sequence[float], low: float, high: float, width: int, ascii_only: bool = False) -> str:
    """Draw `values` on the scale low to high, newest on the right, thinned to at most `width` characters.

    Curves drawn on one scale can be compared by eye. A value that is not a number is a blank.

    >>> sparkline([0.0, 0.5, 1.0], 0.0, 1.0, width=10)
    '▁▅█'
    """
    marks = ASCII if ascii_only else BLOCKS
    if width < 1 or not values:
        return ""
    if len(values) > width:
        step = (len(values) - 1) / max(1, width - 1)
        values = [values[len(values) - 1 - round(step * back)] for back in range(width)][::-1]
    span = high - low
    return "".join(_mark(value, low, span, marks) for value in values)


def _mark(value: float, low: float, span: float, marks: str) -> str:
    if not math.isfinite(value):
        return " "
    share = (value - low) / span if span > 0 else 0.5
    return marks[min(len(marks) - 1, max(0, int(share * len(marks))))]
