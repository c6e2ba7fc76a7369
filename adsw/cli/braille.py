"""A line drawn in a terminal with braille characters: two by four dots in each."""

from __future__ import annotations

from collections.abc import Callable

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of a character's dots, by column and by row from the top."""


def draw_line(
    value: Callable[[float], float], end: float, low: float, high: float, width: int, height: int
) -> list[str]:
    """Draw y = value(x) for x in [0, end] and y in [low, high]; jumps are drawn as upright lines.

    Args:
        value: the function to draw.
        end: x of the right edge.
        low: y of the bottom.
        high: y of the top, above low.
        width: characters across.
        height: lines.

    Returns:
        Lines of braille characters, the top one first.

    >>> draw_line(lambda x: x, 1.0, 0.0, 1.0, width=2, height=1)
    ['⡠⠊']
    """
    columns, rows = 2 * width, 4 * height
    cells = [[0] * width for _ in range(height)]
    before: int | None = None
    for column in range(columns):
        y = value(end * column / (columns - 1))
        row = round((high - y) / (high - low) * (rows - 1))
        for drawn in _upright(before, row):
            cells[drawn // 4][column // 2] |= _DOTS[column % 2][drawn % 4]
        before = row
    # Unicode has all 256 braille patterns in the order of their dots' bits.
    return ["".join(chr(0x2800 + dots) for dots in line) for line in cells]


def _upright(before: int | None, row: int) -> range:
    """Return the rows to fill so that a column touches the one before it."""
    if before is None or before == row:
        return range(row, row + 1)
    return range(before + 1, row + 1) if before < row else range(row, before)
