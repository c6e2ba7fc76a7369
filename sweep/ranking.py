"""Which trial is best. Only completed trials are ranked against each other: the others saw fewer epochs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sweep.space.objective import Objective
from sweep.state import TrialRecord, TrialState


def objective_of(sweep: Mapping[str, Any]) -> Objective:
    """The objective that sweep.json names."""
    return Objective.model_validate(sweep["space"]["objective"])


def ranked_completed(records: Iterable[TrialRecord], objective: Objective) -> list[TrialRecord]:
    """The completed trial with the best value, the earliest where several share it; None if none completed."""
    ranked = [
        (value if objective.mode == "min" else -value, record.number, record)
        for record in records
        if record.state is TrialState.COMPLETED and (value := record.value(objective.metric)) is not None
    ]
    return [record for _, _, record in sorted(ranked, key=lambda item: item[:2])]


def best_completed(records: Iterable[TrialRecord], objective: Objective) -> TrialRecord | None:
    """The first of `ranked_completed`; None where there is none."""
    return next(iter(ranked_completed(records, objective)), None)
