"""Which trial is best. Only completed trials are ranked against each other: the others saw fewer epochs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sweep.space.objective import Objective
from sweep.state import TrialRecord, TrialState
from sweep.statistics.pareto import non_dominated


def objective_of(sweep: Mapping[str, Any]) -> Objective:
    """The objective that sweep.json names, the first where there are several."""
    named = sweep["space"]["objective"]
    return Objective.model_validate(named[0] if isinstance(named, list) else named)


def measured_on(records: Iterable[TrialRecord], objectives: Sequence[Objective]) -> list[TrialRecord]:
    """Return the completed trials that have a value of every objective, in the order given.

    Trials with a purpose of their own (nuisance tuning, the winner's fresh seeds) are not ranked.
    """
    return [
        record
        for record in records
        if record.state is TrialState.COMPLETED
        and not record.purpose
        and all(record.value(one.metric) is not None for one in objectives)
    ]


def ranked_completed(records: Iterable[TrialRecord], objective: Objective) -> list[TrialRecord]:
    """Return completed trials from best to worst, the earlier first where two share a value."""
    sign = 1.0 if objective.mode == "min" else -1.0
    return sorted(
        measured_on(records, [objective]),
        key=lambda record: (sign * record.metrics[objective.metric], record.number),
    )


def best_completed(records: Iterable[TrialRecord], objective: Objective) -> TrialRecord | None:
    """Return the first of `ranked_completed`; None where there is none."""
    return next(iter(ranked_completed(records, objective)), None)


def front(records: Iterable[TrialRecord], objectives: Sequence[Objective]) -> list[TrialRecord]:
    """Return the completed trials that no other dominates, in the order given; none with a single objective.

    A trial is dominated where another is as good on every objective and better on one: of equal trials all stay
    (`non_dominated`).
    """
    found = measured_on(records, objectives) if len(objectives) > 1 else []
    if not found:
        return []
    values = [[record.metrics[one.metric] for one in objectives] for record in found]
    best = non_dominated(values, [one.mode for one in objectives])
    return [record for record, on_front in zip(found, best, strict=True) if on_front]
