"""`statistics.json`: every statistic of the report with full precision."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

from pydantic import BaseModel

from sweep.view.ablation.results import Ablation, Comparison, SplitResults
from sweep.view.ablation.text import verdict_word
from sweep.view.confirmation import Confirmation
from sweep.view.front import Front
from sweep.view.report import Report
from sweep.view.search_quality import Evidence
from sweep.view.surfaces import Contours

SCHEMA_VERSION = 1


def statistics_document(report: Report) -> dict[str, Any]:
    """What the file holds; intervals are {value, low, high}, what is not known is null."""
    found: dict[str, Any] = plain(
        {
            "schema_version": SCHEMA_VERSION,
            "name": report.board.name,
            "objective": {"metric": report.board.metric, "mode": report.board.mode},
            "ablation": _ablation(report.ablation) if report.ablation else None,
            "evidence": _evidence(report.evidence),
            "front": _front(report.front) if report.front else None,
            "evaluation_sets": report.sets,
            "caption_quality": report.captioners,
            "confirmation": _confirmation(report.confirmation) if report.confirmation else None,
            "surfaces": _surfaces(report.contours) if report.contours else None,
            "importances": [
                {"over": basis.label, "epoch": basis.epoch, "ped_anova": basis.found}
                for basis in report.influence.bases
                if basis.found
            ],
        }
    )
    return found


def plain(value: Any) -> Any:
    """Dataclasses, models, mappings and sequences as what JSON can say; NaN and infinities as None."""
    if isinstance(value, BaseModel):
        return plain(value.model_dump())
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _ablation(found: Ablation) -> dict[str, Any]:
    factors = found.design.factors if found.design else ()
    return {
        "reference": found.reference,
        "replicates": found.replicates,
        "smallest_p": found.smallest,
        "replicates_for_exact_test": found.fewest,
        "nuisances_tuned": found.nuisances_tuned,
        "tuning": [{**asdict(point), "mean": point.mean} for point in found.tuned],
        "factors": factors,
        "splits": [_split(split) for split in found.splits],
        "steps": [_comparison(one, found.primary) for one in found.steps],
        "validation_minus_test": found.gaps,
    }


def _split(split: SplitResults) -> dict[str, Any]:
    return {
        "metric": split.metric.full,
        "arms": split.arms,
        "looks": None
        if split.sequential is None
        else {"replicates": split.sequential.plan, "spent": split.sequential.spent},
        "comparisons": [_comparison(one, split) for one in split.comparisons],
        "effects": [
            {"factors": effect.factors, **asdict(effect.pairing), **asdict(judgement), "decided": judgement.decided}
            for effect, judgement in split.effects
        ],
    }


def _comparison(one: Comparison, split: SplitResults) -> dict[str, Any]:
    return {
        "arm": one.name,
        "seeds": one.seeds,
        "value": one.value,
        "verdict": verdict_word(one, split),
        "over_seeds": one.pairing,
        "over_looks": one.decision,
        "judgement": one.judgement,
        "over_seeds_and_tracks": one.tracks,
        "probability_of_improvement": one.improvement,
        "replicates_for_seen_difference": one.needed,
        "replicates_for_relevant_difference": one.needed_relevant,
    }


def _front(found: Front) -> dict[str, Any]:
    return {
        "objectives": [one.model_dump() for one in found.objectives],
        "trials": found.trials,
        "hypervolume_over_default": found.volume,
        "hypervolume_interval": found.volume_interval,
        "agreement_of_objectives": [
            {"objectives": (found.objectives[one].metric, found.objectives[other].metric), **asdict(agreement)}
            for one, other, agreement in found.agreements
        ],
    }


def _confirmation(found: Confirmation) -> dict[str, Any]:
    return {
        "trial": found.trial,
        "picked_by": found.picked,
        "fresh_values": found.values,
        "drop": found.drop,
        "did_not_complete": found.failed,
        "winner_minus_default": [{**asdict(gap), "metric": gap.metric.full} for gap in found.gaps],
    }


def _surfaces(found: Contours) -> list[dict[str, Any]]:
    return [
        {
            "parameters": (pair.x.name, pair.y.name),
            "epoch": found.epoch,
            "trials": len(pair.spots),
            "explained": pair.surface.explained if pair.surface else None,
            "shuffled": pair.surface.shuffled if pair.surface else None,
            "drawn": pair.drawn is not None,
        }
        for pair in found.pairs
    ]


def _evidence(found: Evidence) -> dict[str, Any]:
    return {
        "expected_best": found.budget,
        "rank_agreement": [{**asdict(rung), "keeps_best": rung.keeps_best} for rung in found.rungs],
        "last_epoch": found.last_epoch,
        "picked_by_early_values": found.censored,
        "validation_minus_test": dict(found.gaps),
        "drop_on_fresh_seeds": None if found.drop is None else {"seeds": found.drop[0], "drop": found.drop[1]},
        "fanova": found.shares,
    }
