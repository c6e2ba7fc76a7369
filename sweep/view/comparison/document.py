"""A comparison as JSON and as Markdown."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from adsw.report.markdown_table import escaped
from sweep.view.comparison.compare import SweepComparison
from sweep.view.comparison.shared_arms import ArmGap
from sweep.view.comparison.sides import Side
from sweep.view.comparison.tables import SECTIONS, comparison_tables
from sweep.view.markdown import bullets, document, section_blocks, statement_list
from sweep.view.statistics_document import plain

SCHEMA_VERSION = 1


def comparison_document(found: SweepComparison) -> dict[str, Any]:
    """Everything with full precision; intervals are {value, low, high}, what is not known is null."""
    made: dict[str, Any] = plain(
        {
            "schema_version": SCHEMA_VERSION,
            "objective": {"metric": found.metric, "mode": found.mode},
            "sweeps": [_side(side) for side in found.sides],
            "verdict": {"headline": found.verdict.headline, "lines": found.verdict.lines()[1:]},
            "differences": [
                {"kind": one.kind, "name": one.name, "values": dict(zip(found.names, one.values, strict=True))}
                for one in found.differences
            ],
            "standings": found.standings,
            "winners": [{**asdict(gap), "metric": gap.metric.full} for gap in found.findings.gaps],
            "arms": [_gap(gap) for gap in found.findings.arms],
            "fresh_seeds": [_gap(gap) for gap in found.findings.fresh],
            "equal_budgets": found.budgets,
            "best_so_far": found.curves,
            "reproducibility": found.findings.repeats,
            "caveats": found.caveats,
        }
    )
    return made


def comparison_markdown(found: SweepComparison) -> str:
    """The whole comparison, for pull requests and papers."""
    tables = comparison_tables(found)
    aim = "higher" if found.mode == "max" else "lower"
    blocks = [
        f"# {escaped(found.title)}: sweeps compared",
        f"**{escaped(found.verdict.headline)}**",
        escaped(f"Objective {found.metric}, {aim} is better; made {found.made:%Y-%m-%d %H:%M} UTC."),
        *(["## Verdict", statement_list(found.verdict.statements)] if found.verdict.statements else []),
    ]
    for section in SECTIONS:
        blocks += section_blocks(section, tables)
    blocks += ["## What to hold against this comparison", bullets(found.caveats)] if found.caveats else []
    return document(blocks)


def _gap(gap: ArmGap) -> dict[str, Any]:
    return {**asdict(gap), "metric": gap.metric.full, "decided": gap.decided}


def _side(side: Side) -> dict[str, Any]:
    return {
        "name": side.name,
        "status": side.run.status,
        "kind": "ablation" if side.arms else "search",
        "store": side.store,
        "code": side.run.sweep.document().get("code"),
        "completed": len(side.completed),
    }
