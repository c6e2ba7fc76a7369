"""The terminal's tables as rows of plain text, for a page."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True, slots=True)
class Cell:
    """The lines of a cell, the first of which counts; its `tone`: ``strong``, ``faint`` or nothing."""

    lines: tuple[str, ...]
    tone: str = ""


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table.

    Attributes:
        title, caption: above and below it, as plain text.
        heads: of the columns.
        left: by column, whether it is set to the left.
        rows: of cells; None where a line divides sections.
    """

    title: str
    caption: str
    heads: tuple[str, ...]
    left: tuple[bool, ...]
    rows: tuple[tuple[Cell, ...] | None, ...]


def page_table(table: Table) -> PageTable:
    """Take a rich table of texts apart.

    Raises:
        TypeError: a cell, heading, title or caption is neither a string nor a `Text`.
    """
    columns = [[_cell(value) for value in column.cells] for column in table.columns]
    rows: list[tuple[Cell, ...] | None] = []
    for index, row in enumerate(zip(*columns, strict=True)):
        rows.append(row)
        if table.rows[index].end_section and index + 1 < len(table.rows):
            rows.append(None)
    return PageTable(
        _plain(table.title or ""),
        _plain(table.caption or ""),
        tuple(_plain(column.header).replace("-\n", "").replace("\n", " ") for column in table.columns),
        tuple(column.justify != "right" for column in table.columns),
        tuple(rows),
    )


def _cell(value: RenderableType) -> Cell:
    text = _text(value)
    # Of the first line only: the interval below a figure is faint whatever the figure is.
    styles = " ".join([str(text.style), *(str(piece.style) for piece in text.spans if piece.start == 0)])
    tone = "strong" if "bold" in styles else "faint" if "dim" in styles else ""
    return Cell(tuple(text.plain.split("\n")), tone)


def _plain(value: RenderableType) -> str:
    return _text(value).plain


def _text(value: RenderableType) -> Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, str):
        return Text.from_markup(value)
    raise TypeError(f"only texts can be put on a page, not {type(value).__name__}")
