"""A document of sections as Markdown, for pull requests and papers: verdict, tables, notes and facts."""

from __future__ import annotations

from collections.abc import Iterable

from adsw.report.markdown_table import escaped, escaped_line, table_lines
from adsw.report.section import Block, Document, Facts, Notes, Section, Statements, every_block
from adsw.report.statement import LABELS, Statement
from adsw.report.table import EVERYWHERE, TableModel


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
