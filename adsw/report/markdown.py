"""Tables and text as GitHub-flavoured Markdown: aligned in the source, escaped, figures in plain ASCII."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.cells import cell_len

from adsw.report.section import Block, Document, Facts, Notes, Section, Statements, every_block
from adsw.report.statement import LABELS, Statement
from adsw.report.table import EVERYWHERE, Cell, TableModel

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
    r"""Escape a paragraph or an item of a list, which must not begin like a heading or another list.

    >>> escaped_line("# 1"), escaped_line("- a"), escaped_line("3. b"), escaped_line("+0.02")
    ('\\# 1', '\\- a', '3\\. b', '+0.02')
    """
    return _LEADING.sub(_shown, escaped(text))


def _shown(found: re.Match[str]) -> str:
    mark = found.group()
    return f"{mark}\\" if mark.isdigit() else f"\\{mark}"


def table_lines(table: TableModel) -> list[str]:
    """Write a table's lines: a head, its alignment, a line per row, columns padded to one width."""
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


def document_markdown(document: Document) -> str:
    """Return the whole document; sections without notes, facts and printed tables are left out."""
    head = document.verdict[0] if document.verdict else None
    meta = escaped("; ".join("".join(pieces) for pieces in document.meta))
    blocks = [
        f"# {escaped(document.title)}: {escaped(document.sort[:1].lower() + document.sort[1:])}",
        escaped_line(document.lead) if document.lead else "",
        f"**{escaped(head.text)}**" if head else "",
        f"{meta[:1].upper()}{meta[1:]}." if meta else "",
        *(["## Verdict", _statements(document.verdict[1:])] if document.verdict[1:] else []),
    ]
    for section in document.sections:
        blocks += section_markdown(section)
    return "\n\n".join(block for block in blocks if block) + "\n"


def section_markdown(section: Section) -> list[str]:
    """Return a section's heading, notes, facts and tables; nothing where it has none of them."""
    found = [text for block in every_block(section.blocks) for text in _block(block) if text]
    return [f"## {escaped(section.title)}", *found] if found else []


def _block(block: Block) -> list[str]:
    if isinstance(block, Notes):
        return ["\n".join(f"- {escaped_line(line)}" for line in block.lines)]
    if isinstance(block, Statements):
        return [_statements(block.statements)]
    if isinstance(block, Facts):
        return ["\n".join(f"- {escaped(name)}: {escaped(value)}" for name, value in block.facts)]
    if isinstance(block, TableModel) and block.rows and block.place == EVERYWHERE:
        table = block.printed().filled()
        caption = f"_{escaped(table.caption)}_" if table.caption else ""
        notes = "\n".join(f"- {escaped_line(note)}" for note in table.notes)
        return [f"### {escaped(table.title)}", "\n".join(table_lines(table)), caption, notes]
    return []


def _statements(statements: Iterable[Statement]) -> str:
    return "\n".join(f"- **{LABELS[one.tone]}**: {escaped_line(one.text)}" for one in statements)
