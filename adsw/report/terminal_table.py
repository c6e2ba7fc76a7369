"""A table for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from adsw.report.table import Cell, Column, TableModel

Spans = Literal["below", "beside", "left out"]
"""Where intervals stand: below their figures, beside them, or nowhere."""
_HEAD = 10
"""Words in heads that are longer than this, and than what stands below them, are broken."""
_STYLES = {"good": "green", "better": "green", "warn": "yellow", "bad": "red", "worse": "red", "faint": "dim"}


@dataclass(frozen=True)
class TerminalTable:
    """A table without its details, which prints itself; one without heads is a plain list."""

    table: TableModel
    spans: Spans = "below"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Keep figures on one line, so that names give way, unless even that does not fit."""
        whole = self._built(True)
        fits = Measurement.get(console, options, whole).minimum <= options.max_width
        yield whole if fits else self._built(False)

    def _built(self, whole: bool) -> Table:
        shown = self.table.narrow()
        headed = any(column.head for column in shown.columns)
        out = Table(
            title=Text(shown.title, "bold") if shown.title else None,
            title_justify="left",
            box=SIMPLE_HEAD if headed else None,
            show_header=headed,
            padding=(0, 1 if headed else 2, 0, 0),
            pad_edge=False,
        )
        rows = [[_text(cell, self.spans) for cell in row] for row in shown.rows]
        for place, column in enumerate(shown.columns):
            out.add_column(
                _head(column, [row[place] for row in rows]),
                justify="left" if column.left else "right",
                overflow="fold",
                no_wrap=whole and not column.left,
            )
        for place, row in enumerate(rows):
            out.add_row(*row, end_section=place + 1 in shown.breaks)
        return out


def terminal_table(table: TableModel, spans: Spans = "below") -> TerminalTable:
    """Return what prints a table."""
    return TerminalTable(table, spans)


def captioned_table(table: TableModel) -> Group:
    """Return what prints a table with its caption and its notes below it."""
    return Group(TerminalTable(table), *(Text(line, "dim") for line in (table.caption, *table.notes) if line))


def _head(column: Column, cells: Iterable[Text]) -> Text:
    """The head of a column; above figures, broken into lines that are no wider than they need be."""
    head = column.short or column.head
    if column.left or not head:
        return Text(head)
    longest = max(cell_len(word) for word in head.split())
    below = max((cell_len(line) for cell in cells for line in cell.plain.split("\n")), default=0)
    width = max(below, min(longest, _HEAD))
    return Text("\n".join(textwrap.wrap(head, width, break_on_hyphens=False)))


def _text(cell: Cell, spans: Spans) -> Text:
    tone = _STYLES.get(cell.tone or cell.side, "")
    parts = [(cell.text, f"bold {tone}".rstrip() if cell.strong else tone)]
    if cell.span and spans != "left out":
        parts.append((f"\n{cell.span}" if spans == "below" else f" {cell.span}", "dim"))
    return Text.assemble(*parts)
