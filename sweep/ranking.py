"""Which trial is better: one order for leaderboard, `sweep best`, kept checkpoints, confirmed winner and live view.

Only completed trials are ranked against each other: the others saw fewer epochs. Of two trials with one value that with
the lower number is the better: which of them ended first, the load of the machine decides.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence

from sweep.space.objective import Objective
from sweep.state import TrialRecord, TrialState
from sweep.statistics.pareto import non_dominated
from sweep.sweep_record import SweepRecord

Place = tuple[float, int]
"""Sorts trials from best to worst."""


def objective_of(sweep: SweepRecord) -> Objective:
    """The objective that sweep.json names, the first where there are several."""
    named = sweep.space["objective"]
    return Objective.model_validate(named[0] if isinstance(named, list) else named)


def place_of(value: float | None, number: int, mode: str) -> Place:
    """Return the place of a trial: the better value first, of equal ones the lower number, without a value last.

    Args:
        value: the objective's.
        number: the trial's.
        mode: ``max`` or ``min``.

    >>> sorted([place_of(0.5, 3, "max"), place_of(None, 0, "max"), place_of(0.5, 2, "max"), place_of(0.7, 9, "max")])
    [(-0.7, 9), (-0.5, 2), (-0.5, 3), (inf, 0)]
    """
    if value is None or math.isnan(value):
        return math.inf, number
    return value if mode == "min" else -value, number


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


def ranked_completed(
    records: Iterable[TrialRecord], objective: Objective, most: int | None = None
) -> list[TrialRecord]:
    """Return the ranked trials from best to worst, the best so many where `most` is given."""
    placed = _placed(records, objective)
    return [record for _, record in (sorted(placed) if most is None else heapq.nsmallest(most, placed))]


def best_completed(records: Iterable[TrialRecord], objective: Objective) -> TrialRecord | None:
    """Return the first of `ranked_completed`; None where there is none."""
    return min(_placed(records, objective), default=(None, None))[1]


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


def _placed(records: Iterable[TrialRecord], objective: Objective) -> list[tuple[Place, TrialRecord]]:
    """The ranked trials with their places, which are unique."""
    return [
        (place_of(record.metrics[objective.metric], record.number, objective.mode), record)
        for record in measured_on(records, [objective])
    ]
