"""Which trial is best. Only completed trials are ranked against each other: the others saw fewer epochs."""

from __future__ import annotations

from collections.abc import Iterable

from sweep.space.objective import Objective
from sweep.state import TrialRecord, TrialState
from sweep.sweep_record import SweepRecord


def objective_of(sweep: SweepRecord) -> Objective:
    """The objective that sweep.json names, the first where there are several."""
    named = sweep.space["objective"]
    return Objective.model_validate(named[0] if isinstance(named, list) else named)


def ranked_completed(records: Iterable[TrialRecord], objective: Objective) -> list[TrialRecord]:
    """Completed trials from best to worst, the earlier first where two share a value.

    Trials with a purpose of their own (nuisance tuning, the winner's fresh seeds) are not ranked.
    """
    sign = 1.0 if objective.mode == "min" else -1.0
    ranked = [
        (sign * value, record.number, record)
        for record in records
        if record.state is TrialState.COMPLETED
        and not record.purpose
        and (value := record.value(objective.metric)) is not None
    ]
    return [record for _, _, record in sorted(ranked, key=lambda item: item[:2])]


def best_completed(records: Iterable[TrialRecord], objective: Objective) -> TrialRecord | None:
    """The first of `ranked_completed`; None where there is none."""
    return next(iter(ranked_completed(records, objective)), None)
