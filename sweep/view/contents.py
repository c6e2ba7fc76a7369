"""What the template of the page is given beside the report: every table, row by row."""

from __future__ import annotations

from typing import Any

from adsw.report.format import short_names
from sweep.view.ablation.results import Ablation
from sweep.view.ablation_tables import (
    arm_lines,
    effect_lines,
    gap_lines,
    look_lines,
    needed_lines,
    step_lines,
    tuned_lines,
)
from sweep.view.caption_tables import caption_lines
from sweep.view.confirmation_words import seed_lines
from sweep.view.confirmation_words import statements as confirmation_statements
from sweep.view.evidence_tables import picking_lines, rung_lines, share_lines
from sweep.view.front_tables import front_lines
from sweep.view.report import Report
from sweep.view.scores import Metric
from sweep.view.set_tables import heat_rows, pair_lines, picking_table
from sweep.view.set_words import pair_words, picking_words
from sweep.view.tables import board_lines, curve_lines, parameter_lines, result_lines, schedule_lines_of
from sweep.view.tiles import tiles_of

_SECTIONS = (
    ("verdict", "Verdict"),
    ("ablation", "Ablation"),
    ("front", "Front"),
    ("test", "Test"),
    ("leaderboard", "Leaderboard"),
    ("curves", "Curves"),
    ("hyperparameters", "Hyperparameters"),
    ("search", "Search"),
    ("sets", "Sets"),
    ("captions", "Captions"),
    ("schedules", "Schedules"),
    ("caveats", "Caveats"),
    ("cost", "Cost"),
    ("method", "Method"),
    ("provenance", "Provenance"),
)


def contents(report: Report) -> dict[str, Any]:
    """The page's tables, headline figures and list of sections."""
    board, results = report.board, report.results
    names = short_names(board.parameters)
    found: dict[str, Any] = {
        "metric": Metric.parse(board.metric),
        "sections": _sections(report),
        "parameter_names": [names[name] for name in board.parameters],
        "lines": board_lines(board, report.front),
        "tiles": tiles_of(report),
        "parameters": parameter_lines(report.influence),
        "curve_table": curve_lines(report),
        "schedules": [(panel, schedule_lines_of(panel, board.metric)) for panel in report.schedules],
        "failure_names": short_names(name for failure in report.failures for name in failure.params),
        "sources": [],
        "metrics": [],
        "systems": [],
    }
    found |= _ablation_contents(report.ablation, board.metric)
    found |= _further_contents(report)
    found |= {
        "share_table": share_lines(report.evidence),
        "rung_table": rung_lines(report.evidence),
        "picking": picking_lines(report.evidence, board.metric),
    }
    if results is not None:
        keys = [system.key for system in results.systems]
        found["systems"] = results.systems
        found["sources"] = result_lines([results.objective, *results.by_source], keys)
        found["metrics"] = result_lines(results.by_metric, keys)
    return found


def _sections(report: Report) -> list[tuple[str, str]]:
    support = report.evidence
    search = support.budget or support.rungs or support.gaps or support.drop or report.confirmation
    held = {
        "ablation": report.ablation,
        "hyperparameters": report.ablation is None or report.influence.parameters,
        "front": report.front,
        "search": search,
        "sets": report.sets,
        "captions": report.captioners,
    }
    return [(key, label) for key, label in _SECTIONS if held.get(key, True)]


def _ablation_contents(found: Ablation | None, metric: str) -> dict[str, Any]:
    """The tables of an ablation; empty ones for another run."""
    if found is None:
        names = ("arm_tables", "step_table", "effect_table", "needed_table", "gap_table", "look_tables", "tuned_table")
        return {name: [] for name in names}
    splits = [split for split in (found.primary, found.other) if split is not None]
    looked = [(split.metric.full, look_lines(split)) for split in splits if split.sequential is not None]
    return {
        "arm_tables": [(split.metric.full, arm_lines(split)) for split in splits],
        "look_tables": looked,
        "step_table": step_lines(found),
        "effect_table": effect_lines(found),
        "needed_table": [] if looked else needed_lines(found),
        "gap_table": gap_lines(found),
        "tuned_table": tuned_lines(found, metric),
    }


def _further_contents(report: Report) -> dict[str, Any]:
    """The tables of fronts, evaluation sets, captions and fresh seeds."""
    sets, fresh = report.sets, report.confirmation
    return {
        "front_table": front_lines(report.front) if report.front else [],
        "heat_table": heat_rows(sets) if sets else [],
        "set_pairs": pair_lines(sets) if sets else [],
        "set_pickings": picking_table(sets) if sets else [],
        "set_words": [pair_words(pair) for pair in sets.pairs] if sets else [],
        "picking_words": [picking_words(one, sets) for one in sets.pickings if one.by == sets.own] if sets else [],
        "caption_table": caption_lines(report.captioners) if report.captioners else [],
        "seed_table": seed_lines(fresh) if fresh else [],
        "fresh": [one.text for one in confirmation_statements(fresh, report.board)],
    }
