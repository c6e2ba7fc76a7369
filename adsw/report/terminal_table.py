"""A table for a terminal."""

from __future__ import annotations

from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Group
from rich.table import Table
from rich.text import Text

from adsw.report.table import Cell, TableModel

Spans = Literal["below", "beside", "left out"]
"""Where intervals stand: below their figures, beside them, or nowhere."""
_WHOLE = 26
"""Names in the first column that are no longer than this stay on one line."""
_STYLES = {"good": "green", "better": "green", "warn": "yellow", "bad": "red", "worse": "red", "faint": "dim"}


def terminal_table(table: TableModel, spans: Spans = "below") -> Table:
    """The table without its details; a table without heads is a plain list."""
    narrow = table.narrow()
    headed = any(column.head for column in narrow.columns)
    title = Text(narrow.title, "bold") if narrow.title else None
    out = Table(title=title, title_justify="left", show_header=headed, padding=(0, 1 if headed else 2, 0, 0))
    out.box, out.pad_edge = SIMPLE_HEAD if headed else None, False
    for column in narrow.columns:
        head = Text(column.short or column.head)
        out.add_column(head, justify="left" if column.left else "right", overflow="fold")
    names = [narrow.columns[0].head, *(row[0].text for row in narrow.rows)]
    out.columns[0].no_wrap = max(map(cell_len, names)) <= _WHOLE
    for group in narrow.row_groups():
        for row in group:
            out.add_row(*(_text(cell, spans) for cell in row))
        out.add_section()
    return out


def captioned_table(table: TableModel) -> Group:
    """The same with its caption below it."""
    return Group(terminal_table(table), *([Text(table.caption, "dim")] if table.caption else []))


def _text(cell: Cell, spans: Spans) -> Text:
    tone = _STYLES.get(cell.tone or cell.side, "")
    parts = [(cell.text, f"bold {tone}".rstrip() if cell.strong else tone)]
    if cell.span and spans != "left out":
        parts.append((f"\n{cell.span}" if spans == "below" else f" {cell.span}", "dim"))
    return Text.assemble(*parts)
