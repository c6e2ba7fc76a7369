"""Blocks of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adsw.report.markdown_table import escaped, escaped_line, table_lines
from adsw.report.statement import LABELS, Statement
from adsw.report.table import TableModel


def document(blocks: Iterable[str]) -> str:
    """Blocks with an empty line between them; empty ones are left out."""
    return "\n\n".join(block for block in blocks if block) + "\n"


def section_blocks(section: str, tables: Sequence[TableModel], lines: Sequence[str] = ()) -> list[str]:
    """A section's heading, sentences and tables; nothing where it has neither."""
    own = [table for table in tables if table.section == section]
    if not own and not lines:
        return []
    blocks = [f"## {escaped(section)}", bullets(lines)]
    for table in own:
        blocks += [f"### {escaped(table.title)}", "\n".join(table_lines(table)), f"_{escaped(table.caption)}_"]
    return blocks


def statement_list(statements: Iterable[Statement]) -> str:
    """Statements, each with how it is to be taken."""
    return "\n".join(f"- **{LABELS[one.tone]}**: {escaped_line(one.text)}" for one in statements)


def bullets(lines: Iterable[str]) -> str:
    """Sentences as a list."""
    return "\n".join(f"- {escaped_line(line)}" for line in lines)
