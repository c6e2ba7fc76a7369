"""Tables and text as GitHub-flavoured Markdown: aligned in the source, escaped, figures in plain ASCII."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.cells import cell_len

from adsw.report.opening import Opening, Step
from adsw.report.section import Block, Document, Facts, Notes, Section, Statements, Steps, every_block
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

_MARKS = str.maketrans({"├": "[", "┤": "]", "─": "-", "●": "o", "│": "|", "┼": "+", "…": ".", "\N{MINUS SIGN}": "-"})
"""A picture's marks as ASCII."""

# A tag, an entity, emphasis at the border of a word (within one it is none), and what is special anywhere.
_SPECIAL = re.compile(r"[\\`*\[\]~|$]|<(?=[A-Za-z/!?])|&(?=#?\w+;)|(?<!\w)_|_(?!\w)|(?<!\w)@(?=\w)")

_LEADING = re.compile(r"^([#>+-]|\d+(?=[.)]))(?=[.) ]|$)")

_REFERENCE = re.compile(r"(?<!\w)#(?=\d)")


def plain(text: str) -> str:
    """Return text on one line, its signs and quotation marks as ASCII.

    >>> plain("−0.02 × “a” – b")
    '-0.02 x "a" - b'
    """
    return " ".join(text.translate(_PLAIN).split())


def escaped(text: str) -> str:
    r"""Return text that Markdown shows literally, in a table's cell too.

    >>> escaped("a|b *c* view_dropout <b> < 2")
    'a\\|b \\*c\\* view_dropout \\<b> < 2'
    """
    return _REFERENCE.sub(r"\\#", _SPECIAL.sub(r"\\\g<0>", plain(text)))


def escaped_line(text: str) -> str:
    r"""Escape text that begins a paragraph or a list item.

    Unlike `escaped` it must not begin like a heading or a list either.

    >>> escaped_line("# 1"), escaped_line("- a"), escaped_line("3. b"), escaped_line("+0.02")
    ('\\# 1', '\\- a', '3\\. b', '+0.02')
    """
    return _LEADING.sub(_shown, escaped(text))


def _shown(match: re.Match[str]) -> str:
    """Escape the mark at the beginning of a line; after a number its dot or bracket."""
    mark = match.group()
    return f"{mark}\\" if mark.isdigit() else f"\\{mark}"


def table_lines(table: TableModel) -> list[str]:
    """Return a table's lines: its head, the alignment, and a line per row, padded to one width."""
    heads = [escaped(column.head) for column in table.columns]
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    # Some readers of Markdown want three hyphens at least.
    widths = [max(3, *map(cell_len, column)) for column in zip(heads, *rows, strict=True)]
    lefts = [column.left for column in table.columns]
    rule = [
        ":" + "-" * (width - 1) if left else "-" * (width - 1) + ":" for width, left in zip(widths, lefts, strict=True)
    ]
    return [_line(heads, widths, lefts), _line(rule, widths, lefts), *(_line(row, widths, lefts) for row in rows)]


def _cell(cell: Cell) -> str:
    """Return a field, the best in bold, with its interval in brackets."""
    text = escaped(cell.text)
    if cell.strong:
        text = f"**{text}**"
    return f"{text} ({escaped(cell.span)})" if cell.span else text


def _line(fields: list[str], widths: list[int], lefts: list[bool]) -> str:
    """Return a line of a table with its fields padded."""
    padded = []
    for field, width, left in zip(fields, widths, lefts, strict=True):
        room = " " * (width - cell_len(field))
        padded.append(field + room if left else room + field)
    return f"| {' | '.join(padded)} |"


def document_markdown(document: Document) -> str:
    """Return the whole document, without sections that have no notes, facts and printed tables."""
    head = document.verdict[0] if document.verdict else None
    said = document.verdict if document.opening else document.verdict[1:]
    meta = escaped("; ".join("".join(pieces) for pieces in document.meta))
    blocks = [
        f"# {escaped(document.title)}: {escaped(document.sort[:1].lower() + document.sort[1:])}",
        escaped_line(document.lead) if document.lead else "",
        *(_opening(document.opening) if document.opening else []),
        f"**{escaped(head.text)}**" if head and not document.opening else "",
        f"{meta[:1].upper()}{meta[1:]}." if meta else "",
        *(["## Verdict", _statements(said)] if said else []),
    ]
    for section in document.sections:
        blocks += section_markdown(section)
    return "\n\n".join(block for block in blocks if block) + "\n"


def _opening(opening: Opening) -> list[str]:
    """Return the answer, its picture in characters, how sure it is, and what to do next."""
    picture, steps = opening.picture, opening.steps
    drawn = (
        [
            "\n".join(["```text", *(line.translate(_MARKS) for line in picture.lines()), "```"]),
            f"_{escaped(picture.caption)}_",
        ]
        if picture
        else []
    )
    return [
        f"**{escaped(opening.sentence.text)}**",
        *drawn,
        f"How sure: {escaped(opening.sure.text)}",
        *(["What next:", _steps(steps)] if steps else []),
    ]


def _steps(steps: Iterable[Step]) -> str:
    """Return a list of steps with their commands."""
    return "\n".join(
        f"- {escaped_line(step.text)}" + (f" `{plain(step.command)}`" if step.command else "") for step in steps
    )


def section_markdown(section: Section) -> list[str]:
    """Return a section's heading, notes, facts and tables; empty if it has none of them."""
    texts = [text for block in every_block(section.blocks) for text in _block(block) if text]
    return [f"## {escaped(section.title)}", *texts] if texts else []


def _block(block: Block) -> list[str]:
    """Return the texts of a block; empty for one that only the page shows."""
    if isinstance(block, Notes):
        return ["\n".join(f"- {escaped_line(line)}" for line in block.lines)]
    if isinstance(block, Statements):
        return [_statements(block.statements)]
    if isinstance(block, Steps):
        return [_steps(block.steps)]
    if isinstance(block, Facts):
        return ["\n".join(f"- {escaped(name)}: {escaped(value)}" for name, value in block.facts)]
    if isinstance(block, TableModel) and block.rows and block.place == EVERYWHERE:
        table = block.printed().filled()
        caption = f"_{escaped(table.caption)}_" if table.caption else ""
        notes = "\n".join(f"- {escaped_line(note)}" for note in table.notes)
        return [f"### {escaped(table.title)}", "\n".join(table_lines(table)), caption, notes]
    return []


def _statements(statements: Iterable[Statement]) -> str:
    """Return a list of statements with their tones."""
    return "\n".join(f"- **{LABELS[statement.tone]}**: {escaped_line(statement.text)}" for statement in statements)
