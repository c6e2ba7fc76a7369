"""What an ablation runs next, given how its trials ended: nuisance tuning, replicates, further replicates.

The list of trials grows stage by stage, and each stage follows from the records of those before it alone, so that a
sweep that was cut off anywhere goes on with the same list. All functions are pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord
from sweep.search.base import Search
from sweep.search.protocol import Proposal, Wait
from sweep.search.reuse import KnownResults
from sweep.space.compared import Key, paired_differences, reference_of, replicate_key
from sweep.space.configurations import included, listed, replicate_seeds
from sweep.space.model import Space
from sweep.space.stages import replicate_list, tuning
from sweep.space.trial_spec import TrialSpec
from sweep.stats.sequential import sequential_decisions


def known_list(space: Space, ended: Mapping[int, TrialRecord]) -> list[TrialSpec]:
    """Return all trials that can be listed so far; a trial's number is its place in the list.

    The ablation is over once all listed trials have ended and the list is no longer than before.

    Args:
        space: of method grid.
        ended: records of the trials that have ended, by number.

    Returns:
        The tuning trials, if any, then those of every look in turn. A stage is listed once the one before has ended.
    """
    if space.tune is None and space.until_decided is None:
        return [*included(space), *listed(space)]
    trials = tuning(space) if space.tune else []
    if not _all_ended(trials, ended):
        return trials
    chosen = chosen_params(space, ended.values())
    # An arm whose tuning trials all failed has no chosen point, and would be listed at every point of the grid.
    arms: Collection[str] | None = (*space.include, *chosen) if space.tune else None
    if space.until_decided is None:
        return trials + replicate_list(space, chosen, replicate_seeds(space), arms)
    plan, seeds = space.until_decided.looks(), replicate_seeds(space)
    keys: Collection[Key] | None = None  # what gets more replicates; all before the first look
    for before, look in pairwise((0, *plan)):
        stage = replicate_list(space, chosen, seeds[before:look], arms)
        trials = trials + [trial for trial in stage if keys is None or replicate_key(trial.arm, trial.params) in keys]
        if not _all_ended(trials, ended):
            return trials
        keys = _undecided(space, [ended[number] for number in range(len(trials))], plan, look)
        if not keys:
            return trials
    return trials


def chosen_params(space: Space, records: Iterable[TrialRecord]) -> dict[str, dict[str, Any]]:
    """Return the nuisance values of every arm: those with the best mean objective over the tuning seeds.

    Args:
        space: with `tune`.
        records: of ended trials of every purpose, in any order; only tuning trials with a result count.

    Returns:
        Params by arm. An arm is left out if none of its tuning trials has a result.
    """
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    params: dict[str, Mapping[str, Any]] = {}
    # In the order of numbers, so that of two equally good points the first listed is taken.
    for record in sorted(records, key=lambda record: record.number):
        value = record.value(space.objective.metric)
        if record.purpose != "tune" or record.arm is None or value is None or not record.has_result:
            continue
        _, label = replicate_key(record.arm, record.params)
        values[record.arm][label].append(value)
        params[label] = record.params
    sign = space.objective.sign
    return {
        arm: dict(params[max(points, key=lambda label: sign * float(np.mean(points[label])))])
        for arm, points in values.items()
    }


def _all_ended(trials: Sequence[TrialSpec], ended: Mapping[int, TrialRecord]) -> bool:
    return all(number in ended for number in range(len(trials)))


def _undecided(space: Space, records: Iterable[TrialRecord], plan: Sequence[int], look: int) -> set[Key]:
    """Return what needs more replicates after a look, the reference among it; empty once every comparison is decided.

    Args:
        space: with `until_decided`.
        records: of all trials so far, in the order of the list.
        plan: replicates at the looks.
        look: replicates at the one that is due.
    """
    values: dict[Key, dict[int, float]] = {}
    for record in records:
        if not record.purpose:
            by_seed = values.setdefault(replicate_key(record.arm, record.params), {})
            value = record.value(space.objective.metric)
            if value is not None and record.has_result:
                by_seed[record.seed] = value
    with_results = [key for key, by_seed in values.items() if by_seed]
    if len(with_results) < 2:
        return set()
    reference = reference_of(with_results, lambda key: key[0])
    reference_values = values.pop(reference)
    labels = {str(index): key for index, key in enumerate(values)}
    rows = {label: paired_differences(values[key], reference_values) for label, key in labels.items()}
    # A configuration with a failed trial is judged by the replicates it has, and gets no more. A failure of the
    # reference shortens every row, and the others still get further replicates.
    decisions = sequential_decisions(rows, plan, {label for label, row in rows.items() if len(row) < look})
    undecided = {key for label, key in labels.items() if not decisions[label].decided and len(values[key]) == look}
    return undecided | {reference} if undecided and look < plan[-1] else set()


class GridSearch(Search):
    """Search through the list of `sweep.search.grid_search.known_list`; a trial's number is its place there."""

    def __init__(self, space: Space, folder: RunFolder, known: KnownResults | None = None) -> None:
        self._list: list[TrialSpec] = []
        super().__init__(space, folder, known)

    def _draw(self, number: int) -> Proposal | Wait | None:
        if self._over_budget():
            return None
        under_way = bool(self._open or self._waiting)
        # The list grows once all that is on it has ended; of a sweep that is resumed it is not known yet.
        if number >= len(self._list) and not (self._list and under_way):
            self._list = known_list(self.space, self._ended)
        if number < len(self._list):
            return Proposal(number, self._list[number])
        return Wait() if under_way else None

    def _learn(self, proposal: Proposal, record: TrialRecord) -> None:
        """Do nothing: the list is made from the records."""
