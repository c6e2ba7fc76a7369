"""`statistics.json`: every statistic of the report with full precision."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

from pydantic import BaseModel

from sweep.report.ablation.results import Ablation, Comparison, SplitResults
from sweep.report.ablation.text import verdict_word
from sweep.report.confirmation import Confirmation
from sweep.report.front import Front
from sweep.report.report import Report
from sweep.report.search_quality import Evidence
from sweep.report.surfaces import Contours

SCHEMA_VERSION = 1


def statistics_document(report: Report) -> dict[str, Any]:
    """Return the content of the file; intervals are {value, low, high}, what is not known is null."""
    document: dict[str, Any] = plain(
        {
            "schema_version": SCHEMA_VERSION,
            "name": report.board.name,
            "objective": {"metric": report.board.metric, "mode": report.board.mode},
            "answer": report.opening.document(),
            "ablation": _ablation(report.ablation) if report.ablation else None,
            "evidence": _evidence(report.evidence),
            "front": _front(report.front) if report.front else None,
            "evaluation_sets": report.sets,
            "caption_quality": report.captioners,
            "confirmation": _confirmation(report.confirmation) if report.confirmation else None,
            "surfaces": _surfaces(report.contours) if report.contours else None,
            "importances": [
                {"over": basis.label, "epoch": basis.epoch, "ped_anova": basis.shares}
                for basis in report.influence.bases
                if basis.shares
            ],
        }
    )
    return document


def plain(value: Any) -> Any:
    """Turn dataclasses, models, mappings and sequences into JSON's types, NaN and infinities into None."""
    if isinstance(value, BaseModel):
        return plain(value.model_dump())
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    # JSON has no NaN and no infinities; Python would write them anyway, and other readers fail on them.
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _ablation(ablation: Ablation) -> dict[str, Any]:
    factors = ablation.design.factors if ablation.design else ()
    return {
        "reference": ablation.reference,
        "replicates": ablation.replicates,
        "smallest_p": ablation.smallest,
        "replicates_for_exact_test": ablation.fewest,
        "nuisances_tuned": ablation.nuisances_tuned,
        "tuning": [{**asdict(point), "mean": point.mean} for point in ablation.tuned],
        "factors": factors,
        "splits": [_split(split) for split in ablation.splits],
        "steps": [_comparison(step, ablation.primary) for step in ablation.steps],
        "validation_minus_test": ablation.gaps,
    }


def _split(split: SplitResults) -> dict[str, Any]:
    return {
        "metric": split.metric.full,
        "arms": split.arms,
        "looks": None
        if split.sequential is None
        else {"replicates": split.sequential.plan, "spent": split.sequential.spent},
        "comparisons": [_comparison(comparison, split) for comparison in split.comparisons],
        "effects": [
            {"factors": effect.factors, **asdict(effect.pairing), **asdict(judgement), "decided": judgement.decided}
            for effect, judgement in split.effects
        ],
    }


def _comparison(comparison: Comparison, split: SplitResults) -> dict[str, Any]:
    return {
        "arm": comparison.name,
        "seeds": comparison.seeds,
        "value": comparison.value,
        "verdict": verdict_word(comparison, split),
        "over_seeds": comparison.pairing,
        "over_looks": comparison.decision,
        "judgement": comparison.judgement,
        "over_seeds_and_tracks": comparison.tracks,
        "probability_of_improvement": comparison.improvement,
        "replicates_for_seen_difference": comparison.needed,
        "replicates_for_relevant_difference": comparison.needed_relevant,
    }


def _front(front: Front) -> dict[str, Any]:
    return {
        "objectives": [objective.model_dump() for objective in front.objectives],
        "trials": front.trials,
        "hypervolume_over_default": front.volume,
        "hypervolume_interval": front.volume_interval,
        "agreement_of_objectives": [
            {"objectives": (front.objectives[one].metric, front.objectives[other].metric), **asdict(agreement)}
            for one, other, agreement in front.agreements
        ],
    }


def _confirmation(confirmation: Confirmation) -> dict[str, Any]:
    return {
        "trial": confirmation.trial,
        "picked_by": confirmation.picked,
        "fresh_values": confirmation.values,
        "drop": confirmation.drop,
        "did_not_complete": confirmation.failed,
        "winner_minus_default": [{**asdict(gap), "metric": gap.metric.full} for gap in confirmation.gaps],
    }


def _surfaces(surfaces: Contours) -> list[dict[str, Any]]:
    return [
        {
            "parameters": (pair.x.name, pair.y.name),
            "epoch": surfaces.epoch,
            "trials": len(pair.spots),
            "explained": pair.surface.explained if pair.surface else None,
            "shuffled": pair.surface.shuffled if pair.surface else None,
            "drawn": pair.drawn is not None,
        }
        for pair in surfaces.pairs
    ]


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "expected_best": evidence.budget,
        "rank_agreement": [{**asdict(rung), "keeps_best": rung.keeps_best} for rung in evidence.rungs],
        "last_epoch": evidence.last_epoch,
        "picked_by_early_values": evidence.censored,
        "validation_minus_test": dict(evidence.gaps),
        "drop_on_fresh_seeds": None if evidence.drop is None else {"seeds": evidence.drop[0], "drop": evidence.drop[1]},
        "fanova": evidence.shares,
    }
