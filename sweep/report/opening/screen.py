"""What `sweep run` and `sweep report` print at the end: one screen of a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import ceil
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

from sweep.report.leaderboard_table import terminal_leaderboard
from sweep.report.opening.steps import on_run
from sweep.report.report import Report

LINES = 23
"""Of a screen of 24, one is the prompt's."""
LEAST_ROWS = 3
"""A leaderboard of fewer rows is left out."""


def screen(made: Report, page: Path, console: Console, lines: int = LINES) -> list[RenderableType]:
    """Return the answer, the first rows of the leaderboard as far as there is room, and where all else stands."""
    width = console.width
    last = [f"Report: {page}", f"All of it as text: {on_run(made.run, 'report', '--markdown')}"]
    room = lines - _height(last, width)
    opening = made.opening
    while len(opening.steps) > 1 and _height(opening.lines(width), width) > room:
        opening = replace(opening, steps=opening.steps[:-1])
    head, *rest = opening.lines(width)
    said: list[RenderableType] = [Text(head, "bold"), *map(Text, rest)]
    room -= _height([head, *rest], width)
    for most in range(min(room, len(made.board.rows)), LEAST_ROWS - 1, -1):
        board = terminal_leaderboard(made.board, width, most, made.influence.order)
        if len(console.render_lines(board)) <= room:
            said.append(board)
            break
    return [*said, *map(Text, last)]


def _height(texts: Iterable[str], width: int) -> int:
    """Return the lines that texts take on a terminal, which breaks long ones."""
    return sum(max(1, ceil(cell_len(text) / width)) for text in texts)
