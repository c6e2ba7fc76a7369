"""A table for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from adsw.report.table import Cell, Column, TableModel

Spans = Literal["below", "beside", "left out"]
"""Where intervals are written: below their figures, beside them, or nowhere."""
_HEAD = 10
"""Width from which a word of a head is broken, if no figure below it is wider."""
_UNBOUNDED = 10_000
"""A width that no table reaches."""
_STYLES = {"good": "green", "better": "green", "warn": "yellow", "bad": "red", "worse": "red", "faint": "dim"}


class FittedTable(Table):
    """A table that, if room is short, breaks first its heads, then its names, and last its figures."""

    def __init__(self, shown: TableModel, spans: Spans) -> None:
        """Build the table, and keep its heads in broken lines for narrow terminals.

        Args:
            shown: the table, with all its columns.
            spans: where intervals are written.
        """
        headed = any(column.head for column in shown.columns)
        super().__init__(
            title=Text(shown.title, "bold") if shown.title else None,
            title_justify="left",
            box=SIMPLE_HEAD if headed else None,
            show_header=headed,
            padding=(0, 1 if headed else 2, 0, 0),
            pad_edge=False,
        )
        rows = [[_text(cell, spans) for cell in row] for row in shown.rows]
        for column in shown.columns:
            head = Text(column.short or column.head)
            self.add_column(head, justify="left" if column.left else "right", overflow="fold")
        for place, row in enumerate(rows):
            self.add_row(*row, end_section=place + 1 in shown.breaks)
        self._broken = [_broken(column, [row[place] for row in rows]) for place, column in enumerate(shown.columns)]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Print the table in the width there is."""
        # A copy, as the same table may be printed again in another width.
        fitted = copy(self)
        # First break heads and names, with figures kept whole; break figures only if that does not fit.
        if self._widths(console, options).maximum > options.max_width:
            fitted.columns = [
                replace(column, header=head, no_wrap=column.justify == "right")
                for column, head in zip(self.columns, self._broken, strict=True)
            ]
            if fitted._widths(console, options).minimum > options.max_width:
                fitted.columns = [replace(column, no_wrap=False) for column in fitted.columns]
        return Table.__rich_console__(fitted, console, options)

    def _widths(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Return the least and the full width of the table."""
        return self.__rich_measure__(console, options.update(max_width=_UNBOUNDED))


def terminal_table(table: TableModel, spans: Spans = "below") -> Table:
    """Return the table for a terminal, without its details; one without heads is a plain list."""
    return FittedTable(table.printed().narrow(), spans)


def captioned_table(table: TableModel) -> Group:
    """Return what prints a table with its caption and notes below it."""
    return Group(terminal_table(table), *(Text(line, "dim") for line in (table.caption, *table.notes) if line))


def _broken(column: Column, cells: Iterable[Text]) -> Text:
    """Return a column's head; above figures, broken into lines no wider than need be."""
    head = column.short or column.head
    if column.left or not head:
        return Text(head)
    longest = max(cell_len(word) for word in head.split())
    below = max((cell_len(line) for cell in cells for line in cell.plain.split("\n")), default=0)
    width = max(below, min(longest, _HEAD))
    return Text("\n".join(textwrap.wrap(head, width, break_on_hyphens=False)))


def _text(cell: Cell, spans: Spans) -> Text:
    """Return a field with its colour and its interval."""
    tone = _STYLES.get(cell.tone or cell.side, "")
    parts = [(cell.text, f"bold {tone}".rstrip() if cell.strong else tone)]
    if cell.span and spans != "left out":
        parts.append((f"\n{cell.span}" if spans == "below" else f" {cell.span}", "dim"))
    return Text.assemble(*parts)
