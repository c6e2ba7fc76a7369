"""What an ablation runs next, given how its trials ended: nuisance tuning, replicates, further replicates. All pure.

The list of configurations grows stage by stage, and each stage follows from the records of those before it, so that a
sweep that was cut off anywhere goes on with the same list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from sweep.space.compared import Key, paired_differences, reference_of, replicate_key
from sweep.space.compile import Configuration, included, listed, replicate_seeds
from sweep.space.model import Space
from sweep.space.stages import replicate_list, tuning
from sweep.state import TrialRecord
from sweep.statistics.sequential import sequential_decisions


def known_list(space: Space, ended: Mapping[int, TrialRecord]) -> list[Configuration]:
    """All that can be listed so far; a trial's number is its place in it.

    It is at its end once it is no longer than before although all its trials have ended.
    """
    if space.tune is None and space.until_decided is None:
        return [*included(space), *listed(space)]
    found = tuning(space) if space.tune else []
    if not _all_ended(found, ended):
        return found
    chosen = chosen_params(space, ended.values())
    arms: Collection[str] | None = (*space.include, *chosen) if space.tune else None
    if space.until_decided is None:
        return found + replicate_list(space, chosen, replicate_seeds(space), arms)
    plan, seeds = space.until_decided.looks(), replicate_seeds(space)
    keys: Collection[Key] | None = None
    for before, look in pairwise((0, *plan)):
        stage = replicate_list(space, chosen, seeds[before:look], arms)
        found = found + [item for item in stage if keys is None or replicate_key(item.arm, item.params) in keys]
        if not _all_ended(found, ended):
            return found
        keys = _undecided(space, [ended[number] for number in range(len(found))], plan, look)
        if not keys:
            return found
    return found


def chosen_params(space: Space, records: Iterable[TrialRecord]) -> dict[str, dict[str, Any]]:
    """The nuisance values of every arm: those with the best mean objective over the tuning seeds.

    An arm of which no tuning trial was completed has none: it is left out.
    """
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    params: dict[str, Mapping[str, Any]] = {}
    for record in sorted(records, key=lambda record: record.number):
        value = record.value(space.objective.metric)
        if record.purpose != "tune" or record.arm is None or value is None or not record.has_result:
            continue
        _, label = replicate_key(record.arm, record.params)
        values[record.arm][label].append(value)
        params[label] = record.params
    sign = 1.0 if space.objective.mode == "max" else -1.0
    return {
        arm: dict(params[max(points, key=lambda label: sign * float(np.mean(points[label])))])
        for arm, points in values.items()
    }


def _all_ended(found: Sequence[Configuration], ended: Mapping[int, TrialRecord]) -> bool:
    return all(number in ended for number in range(len(found)))


def _undecided(space: Space, records: Iterable[TrialRecord], plan: Sequence[int], look: int) -> set[Key]:
    """What needs more replicates after a look, the reference among it; empty once every comparison is decided.

    Args:
        space: with `until_decided`.
        records: of all trials so far, in the order of the list.
        plan: replicates at the looks.
        look: replicates at the one that is due.
    """
    values: dict[Key, dict[int, float]] = {}
    for record in records:
        if not record.purpose:
            own = values.setdefault(replicate_key(record.arm, record.params), {})
            value = record.value(space.objective.metric)
            if value is not None and record.has_result:
                own[record.seed] = value
    with_results = [key for key, own in values.items() if own]
    if len(with_results) < 2:
        return set()
    reference = reference_of(with_results, lambda key: key[0])
    theirs = values.pop(reference)
    labels = {str(index): key for index, key in enumerate(values)}
    rows = {label: paired_differences(values[key], theirs) for label, key in labels.items()}
    # What had a failed trial is judged by what it has, and gets no more replicates; a failure of the reference is no
    # failure of the others.
    decisions = sequential_decisions(rows, plan, {label for label, row in rows.items() if len(row) < look})
    undecided = {key for label, key in labels.items() if not decisions[label].decided and len(values[key]) == look}
    return undecided | {reference} if undecided and look < plan[-1] else set()
