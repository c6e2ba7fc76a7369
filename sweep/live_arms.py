"""The rows of an ablation's live view: replicates, mean, spread and distance to the reference, arm by arm."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

from sweep.outline import Outline
from sweep.space.compared import Key, paired_differences, reference_of, replicate_key, telling_names
from sweep.state import TrialRecord
from sweep.view.live_state import DECIDED, OPEN, UNDECIDED, LiveArm


class _Group:
    """All trials of one arm and one point of the grid."""

    def __init__(self, arm: str | None, params: Mapping[str, Any]) -> None:
        self.arm = arm
        self.params = params
        self.values: dict[int, float] = {}
        self.curves: list[Sequence[float | None]] = []
        self.failed = 0
        self.ended = 0


def live_arms(
    outline: Outline, records: Iterable[TrialRecord], running: Sequence[tuple[str | None, Mapping[str, Any]]] = ()
) -> tuple[LiveArm, ...]:
    """The arms in the space's order, those without a trial yet among them.

    Args:
        outline: what is compared.
        records: ended trials; those that tune or confirm count for no arm.
        running: arm and params of every running trial that is a replicate of one.
    """
    metric = outline.objectives[0].metric
    groups: dict[Key, _Group] = {}
    for record in sorted(records, key=lambda record: record.number):
        if not record.purpose:
            key = replicate_key(record.arm, record.params)
            _take(groups.setdefault(key, _Group(record.arm, record.params)), record, metric)
    under_way = Counter(replicate_key(arm, params) for arm, params in running)
    for arm, params in running:
        groups.setdefault(replicate_key(arm, params), _Group(arm, params))
    seen = {group.arm for group in groups.values()}
    found = [
        *groups.items(),
        *((replicate_key(name, {}), _Group(name, {})) for name in outline.arms if name not in seen),
    ]
    place = {name: index for index, name in enumerate(outline.arms)}
    found.sort(key=lambda item: place.get(item[1].arm or "", len(place)))
    shown = [group for _, group in found]
    reference = reference_of(shown, lambda group: group.arm) if shown else None
    verdicts = _verdicts(outline, shown, reference)
    names = telling_names([(group.arm, group.params) for group in shown])
    return tuple(
        _arm(outline, name, group, reference, under_way[key], verdicts.get(id(group), ""))
        for name, (key, group) in zip(names, found, strict=True)
    )


def _take(group: _Group, record: TrialRecord, metric: str) -> None:
    group.ended += 1
    value = record.value(metric)
    if record.has_result and value is not None:
        group.values[record.seed] = value
        group.curves.append([point.get(metric) for point in record.curve])
    else:
        group.failed += 1


def _arm(outline: Outline, name: str, group: _Group, reference: _Group | None, running: int, verdict: str) -> LiveArm:
    values = list(group.values.values())
    apart = [] if reference is None or group is reference else paired_differences(group.values, reference.values)
    return LiveArm(
        name=name,
        done=len(values),
        planned=outline.replicates,
        running=running,
        failed=group.failed,
        mean=fmean(values) if values else None,
        spread=stdev(values) if len(values) > 1 else None,
        difference=fmean(apart) if apart else None,
        curve=mean_curve(group.curves),
        verdict=verdict,
        reference=group is reference,
    )


def mean_curve(curves: Sequence[Sequence[float | None]]) -> list[float | None]:
    """The mean at every epoch that some curve has, over those that have it.

    >>> mean_curve([[1.0, 2.0], [3.0, None, 4.0]])
    [2.0, 2.0, 4.0]
    """
    found: list[float | None] = []
    for epoch in range(max(map(len, curves), default=0)):
        values = [value for curve in curves if len(curve) > epoch and (value := curve[epoch]) is not None]
        found.append(fmean(values) if values and all(map(math.isfinite, values)) else None)
    return found


def _verdicts(outline: Outline, groups: Sequence[_Group], reference: _Group | None) -> dict[int, str]:
    """By the identity of the group: how every arm but the reference stands; empty where replicates are fixed."""
    if not outline.looks or reference is None:
        return {}
    from sweep.statistics.sequential import sequential_decisions

    compared = {
        str(id(group)): paired_differences(group.values, reference.values) for group in groups if group is not reference
    }
    ended = [str(id(group)) for group in groups if group.ended >= outline.replicates]
    decisions = sequential_decisions(compared, outline.looks, ended)
    return {
        int(name): DECIDED if one.decided else UNDECIDED if one.exhausted else OPEN for name, one in decisions.items()
    }
