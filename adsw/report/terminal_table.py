"""A table for a terminal."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from adsw.report.table import Cell, TableModel


def terminal_table(table: TableModel) -> Table:
    """The table without its details, intervals below their figures."""
    narrow = table.narrow()
    out = Table(title=narrow.title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in narrow.columns:
        out.add_column(column.head, justify="left" if column.left else "right", overflow="fold")
    for row in narrow.rows:
        out.add_row(*map(_text, row))
    return out


def _text(cell: Cell) -> Text:
    found = Text(cell.text, style="bold" if cell.strong else "")
    return found.append(f"\n{cell.span}", style="dim") if cell.span else found
