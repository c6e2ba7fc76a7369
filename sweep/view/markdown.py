"""The report as Markdown, for pull requests and papers: verdict, tables, caveats, provenance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adsw.report.format import plural
from adsw.report.markdown_table import escaped, escaped_line, table_lines
from adsw.report.statement import LABELS, Statement
from adsw.report.table import TableModel
from sweep.state import TrialState
from sweep.view.confirmation_words import statements as confirmation_statements
from sweep.view.evidence_tables import picking_lines
from sweep.view.further_tables import SETS
from sweep.view.report import Report
from sweep.view.report_tables import SEARCH, SECTIONS, report_tables
from sweep.view.set_words import pair_words, picking_words


def markdown(report: Report) -> str:
    """The whole document."""
    tables = report_tables(report)
    blocks = [
        f"# {escaped(report.board.name)}: sweep report",
        *([escaped_line(report.run.space.description)] if report.run.space.description else []),
        f"**{escaped(report.verdict.headline)}**",
        escaped(_about(report)),
        "## Verdict",
        statement_list(report.verdict.statements),
    ]
    sentences = _told(report)
    for section in SECTIONS:
        blocks += section_blocks(section, tables, sentences.get(section, []))
    blocks += ["## What to hold against these results", bullets(report.caveats)]
    blocks += ["## Cost", facts_list(report.cost.facts)]
    if report.failures:
        told = [f"Trial {one.number} after {plural(one.epochs, 'epoch')}: {one.why}" for one in report.failures]
        blocks += ["## Failures", bullets(told)]
    blocks += ["## How it was measured", bullets(report.conventions)] if report.conventions else []
    blocks += ["## Provenance", facts_list(report.provenance)]
    return document(blocks)


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


def facts_list(facts: Iterable[tuple[str, str]]) -> str:
    """Names and values as a list."""
    return "\n".join(f"- {escaped(name)}: {escaped(value)}" for name, value in facts)


def _told(report: Report) -> dict[str, list[str]]:
    """Sentences by the section they stand in, before its tables."""
    sets, metric = report.sets, report.board.metric
    fresh = [one.text for one in confirmation_statements(report.confirmation, report.board)]
    agreement = [pair_words(pair) for pair in sets.pairs] if sets else []
    agreement += [picking_words(one, sets) for one in sets.pickings if one.by == sets.own] if sets else []
    return {SEARCH: [*picking_lines(report.evidence, metric), *fresh], SETS: agreement}


def _about(report: Report) -> str:
    board = report.board
    stopped = sum(row.state == TrialState.STOPPED for row in board.rows)
    counts = {"completed": len(board.ranked), "stopped": stopped, "failed": board.failed}
    counts |= {"to tune nuisances": len(report.run.tuning), "on fresh seeds": len(report.run.confirming)}
    counts |= {"repeated another": board.duplicates, "unfinished": board.unfinished}
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "none ended"
    aims = "; ".join(
        f"objective {one.metric}, {'higher' if one.mode == 'max' else 'lower'} is better"
        for one in report.run.objectives
    )
    return f"Status {report.run.status}; {aims}; trials: {told}; made {report.made:%Y-%m-%d %H:%M} UTC."
