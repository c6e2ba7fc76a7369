"""A schedule in a terminal: its plot and its table."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from adsw.report.table import Cell, Column, TableModel
from adsw.report.terminal import terminal_table
from adsw.train.schedules.describe import Path

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


HEIGHT = 11

WIDEST = 80

MOST_ROWS = 24
"""Rows of the table; a longer one is thinned evenly, and says so."""

_BAR = 24


def number(value: float) -> str:
    """Write a value with at most five digits.

    >>> number(0.15), number(1e-05), number(0.11249999999999999)
    ('0.15', '1e-05', '0.1125')
    """
    return f"{value:.5g}"


def scale_of(path: Path) -> tuple[float, float]:
    """Return the bottom and the top of a path's plot; 0 is between them, and they always differ."""
    low, high = min(0.0, *path.values), max(0.0, *path.values)
    return (low, high) if high > low else (0.0, 1.0)


def print_plot(path: Path, out: Console) -> None:
    """Draw the path, at most 80 columns wide."""
    low, high = scale_of(path)
    labels = [number(high), number((low + high) / 2), number(low)]
    margin = max(map(len, labels)) + 2
    width = max(10, min(out.width, WIDEST) - margin)
    lines = draw_line(path.at, float(path.epochs), low, high, width, HEIGHT)
    marked = {0: labels[0], (HEIGHT - 1) // 2: labels[1], HEIGHT - 1: labels[2]}
    for row, line in enumerate(lines):
        axis = Text(f"{marked.get(row, ''):>{margin - 2}} {'┤' if row in marked else '│'}", style="dim")
        out.print(axis.append(line, style="not dim bold cyan"), soft_wrap=True)
    out.print(Text(f"{' ' * (margin - 1)}└{'─' * width}", style="dim"), soft_wrap=True)
    out.print(Text(" " * margin + _ticks(path.epochs, width), style="dim"), soft_wrap=True)
    out.print()


def _ticks(epochs: int, width: int) -> str:
    """Write the numbers of epochs under the ends and the middle, the middle one only if there is room."""
    line = list(f"{'0':<{width}}")
    for share, text in ((0.5, str(epochs // 2)), (1.0, f"{epochs} epochs")):
        place = min(width - len(text), max(2, round((epochs // 2) / epochs * width if share < 1 else width)))
        if share < 1 and (epochs < 4 or place + len(text) + 2 > width - len(str(epochs)) - 7):
            continue
        line[place : place + len(text)] = text
    return "".join(line)


def path_table(path: Path, most: int, bars: bool = False) -> TableModel:
    """Return a table of the values at whole epochs, a row for every run of equal ones.

    Args:
        path: the path to show.
        most: rows at most; of more, so many are shown evenly, the ends among them, and the caption says so.
        bars: whether to draw a bar beside every value.
    """
    runs = path.runs()
    cut = len(runs) > most
    shown = [runs[round(index * (len(runs) - 1) / (most - 1))] for index in range(most)] if cut else runs
    low, high = scale_of(path)
    rows = []
    for first, last, value in shown:
        epochs = str(first) if first == last else f"{first} to {last}"
        bar = [Cell("━" * round((value - low) / (high - low) * _BAR))] if bars else []
        rows.append((Cell(epochs), Cell(number(value), exact=value), *bar))
    columns = (Column("after epochs"), Column("value"), *([Column("", left=True)] if bars else []))
    caption = f"{len(runs) - most} values between are left out." if cut else ""
    return TableModel("values", "", caption, columns, tuple(rows))


def print_table(path: Path, out: Console) -> None:
    """Print the values of a path at whole epochs."""
    out.print(terminal_table(path_table(path, MOST_ROWS, bars=True)))
    if (runs := len(path.runs())) > MOST_ROWS:
        out.print(f"[dim]{MOST_ROWS} of {runs} values; all of them: --json[/]")
