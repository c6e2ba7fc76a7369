"""What a person sees of a schedule in a terminal: its plot and its table."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from adsw.align.schedules.path import Path
from adsw.cli.braille import draw_line

HEIGHT = 11
WIDEST = 80
MOST_ROWS = 24
"""Rows of the table; a longer one is thinned evenly, and says so."""
_BAR = 24


def number(value: float) -> str:
    """A value in few digits.

    >>> number(0.15), number(1e-05), number(0.11249999999999999)
    ('0.15', '1e-05', '0.1125')
    """
    return f"{value:.5g}"


def scale_of(path: Path) -> tuple[float, float]:
    """Bottom and top of its plot: 0 among them, and never the same."""
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
    """Numbers of epochs under the ends and the middle."""
    line = list(f"{'0':<{width}}")
    for share, text in ((0.5, str(epochs // 2)), (1.0, f"{epochs} epochs")):
        place = min(width - len(text), max(2, round((epochs // 2) / epochs * width if share < 1 else width)))
        if share < 1 and (epochs < 4 or place + len(text) + 2 > width - len(str(epochs)) - 7):
            continue
        line[place : place + len(text)] = text
    return "".join(line)


def print_table(path: Path, out: Console) -> None:
    """Print its values at whole epochs, a line for every run of equal ones."""
    runs = path.runs()
    shown = [runs[round(index * (len(runs) - 1) / (MOST_ROWS - 1))] for index in range(MOST_ROWS)]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("after epochs", justify="right")
    table.add_column("value", justify="right")
    table.add_column("")
    low, high = scale_of(path)
    for first, last, value in runs if len(runs) <= MOST_ROWS else shown:
        filled = round((value - low) / (high - low) * _BAR)
        bar = Text("━" * filled, style="cyan").append("─" * (_BAR - filled), style="dim")
        table.add_row(str(first) if first == last else f"{first} to {last}", number(value), bar)
    out.print(table)
    if len(runs) > MOST_ROWS:
        out.print(f"[dim]{MOST_ROWS} of {len(runs)} values; all of them: --json[/]")
