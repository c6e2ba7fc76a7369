"""Tables and text as GitHub-flavoured Markdown: aligned in the source, escaped, figures in plain ASCII."""

from __future__ import annotations

import re

from rich.cells import cell_len

from adsw.report.table import Cell, TableModel

_PLAIN = str.maketrans(
    {
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{NO-BREAK SPACE}": " ",
    }
)
# A tag, an entity, emphasis at the border of a word (within one it is none), and what is special anywhere.
_SPECIAL = re.compile(r"[\\`*\[\]~|$]|<(?=[A-Za-z/!?])|&(?=#?\w+;)|(?<!\w)_|_(?!\w)|(?<!\w)@(?=\w)")
_LEADING = re.compile(r"^([#>+-]|\d+(?=[.)]))(?=[.) ]|$)")
_REFERENCE = re.compile(r"(?<!\w)#(?=\d)")


def plain(text: str) -> str:
    """Text on one line, its signs and quotation marks as ASCII.

    >>> plain("−0.02 × “a” – b")
    '-0.02 x "a" - b'
    """
    return " ".join(text.translate(_PLAIN).split())


def escaped(text: str) -> str:
    r"""Text that Markdown shows as it is, in a table's cell too.

    >>> escaped("a|b *c* view_dropout <b> < 2")
    'a\\|b \\*c\\* view_dropout \\<b> < 2'
    """
    return _REFERENCE.sub(r"\\#", _SPECIAL.sub(r"\\\g<0>", plain(text)))


def escaped_line(text: str) -> str:
    r"""The same for a paragraph or an item of a list, which must not begin like a heading or another list.

    >>> escaped_line("# 1"), escaped_line("- a"), escaped_line("3. b"), escaped_line("+0.02")
    ('\\# 1', '\\- a', '3\\. b', '+0.02')
    """
    return _LEADING.sub(_shown, escaped(text))


def _shown(found: re.Match[str]) -> str:
    mark = found.group()
    return f"{mark}\\" if mark.isdigit() else f"\\{mark}"


def table_lines(table: TableModel) -> list[str]:
    """The table's lines: a head, its alignment, a line per row, columns padded to one width."""
    heads = [escaped(column.head) for column in table.columns]
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    widths = [max(3, *map(cell_len, column)) for column in zip(heads, *rows, strict=True)]
    lefts = [column.left for column in table.columns]
    rule = [
        ":" + "-" * (width - 1) if left else "-" * (width - 1) + ":" for width, left in zip(widths, lefts, strict=True)
    ]
    return [_line(heads, widths, lefts), _line(rule, widths, lefts), *(_line(row, widths, lefts) for row in rows)]


def _cell(cell: Cell) -> str:
    text = escaped(cell.text)
    if cell.strong:
        text = f"**{text}**"
    return f"{text} ({escaped(cell.span)})" if cell.span else text


def _line(fields: list[str], widths: list[int], lefts: list[bool]) -> str:
    padded = []
    for field, width, left in zip(fields, widths, lefts, strict=True):
        room = " " * (width - cell_len(field))
        padded.append(field + room if left else room + field)
    return f"| {' | '.join(padded)} |"
