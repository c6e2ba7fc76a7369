"""Which trial is better: one order for leaderboard, `sweep best`, kept checkpoints, confirmed winner and live view.

Only completed trials are ranked against each other: the others saw fewer epochs. Of two trials with equal values, that
with the lower number is better: which of them ended first depends on the load of the machine.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence

from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord, TrialState
from sweep.run.sweep_record import SweepRecord
from sweep.space.sections import Objective
from sweep.stats.pareto import non_dominated

Place = tuple[float, int]
"""Sort key that orders trials from best to worst."""


def objective_of(sweep: SweepRecord) -> Objective:
    """Return the objective that sweep.json names, the first if there are several."""
    named = sweep.space["objective"]
    return Objective.model_validate(named[0] if isinstance(named, list) else named)


def place_of(value: float | None, number: int, mode: str) -> Place:
    """Return the place of a trial: the better value first, of equal ones the lower number, without a value last.

    Args:
        value: value of the objective.
        number: number of the trial.
        mode: ``max`` or ``min``.

    >>> sorted([place_of(0.5, 3, "max"), place_of(None, 0, "max"), place_of(0.5, 2, "max"), place_of(0.7, 9, "max")])
    [(-0.7, 9), (-0.5, 2), (-0.5, 3), (inf, 0)]
    """
    if value is None or math.isnan(value):
        return math.inf, number
    return value if mode == "min" else -value, number


def measured_on(records: Iterable[TrialRecord], objectives: Sequence[Objective]) -> list[TrialRecord]:
    """Return the completed trials that have a value of every objective, in the order given.

    Trials with a purpose (nuisance tuning, the winner's fresh seeds) are not ranked.
    """
    return [
        record
        for record in records
        if record.state is TrialState.COMPLETED
        and not record.purpose
        and all(record.value(objective.metric) is not None for objective in objectives)
    ]


def ranked_completed(
    records: Iterable[TrialRecord], objective: Objective, most: int | None = None
) -> list[TrialRecord]:
    """Return the ranked trials from best to worst, only the best `most` of them if that is given."""
    placed = _placed(records, objective)
    return [record for _, record in (sorted(placed) if most is None else heapq.nsmallest(most, placed))]


def best_completed(records: Iterable[TrialRecord], objective: Objective) -> TrialRecord | None:
    """Return the first of `ranked_completed`, or None if there is none."""
    return min(_placed(records, objective), default=(None, None))[1]


def best_of(folder: RunFolder) -> tuple[TrialRecord | None, Objective]:
    """Return the best completed trial of a run, None before one has completed, and the objective it is best by."""
    objective = objective_of(folder.read_sweep())
    return best_completed(folder.trials(), objective), objective


def front(records: Iterable[TrialRecord], objectives: Sequence[Objective]) -> list[TrialRecord]:
    """Return the completed trials that no other dominates, in the order given; none with a single objective.

    A trial is dominated if another is as good on every objective and better on one, so of equal trials all stay
    (`non_dominated`).
    """
    measured = measured_on(records, objectives) if len(objectives) > 1 else []
    if not measured:
        return []
    values = [[record.metrics[objective.metric] for objective in objectives] for record in measured]
    best = non_dominated(values, [objective.mode for objective in objectives])
    return [record for record, on_front in zip(measured, best, strict=True) if on_front]


def _placed(records: Iterable[TrialRecord], objective: Objective) -> list[tuple[Place, TrialRecord]]:
    """Return the ranked trials with their places, which are unique."""
    return [
        (place_of(record.metrics[objective.metric], record.number, objective.mode), record)
        for record in measured_on(records, [objective])
    ]
