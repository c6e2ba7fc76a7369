"""Rows of an ablation's live view: replicates, mean, spread and difference from the reference, by arm."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from adsw.judging import Judging
from sweep.live.state import DECIDED, OPEN, UNDECIDED, LiveArm
from sweep.plan.describe import replicates_of
from sweep.run.records import TrialRecord
from sweep.space.compared import Key, paired_differences, reference_of, replicate_key, telling_names
from sweep.space.model import Space
from sweep.space.sections import Objective
from sweep.stats.sequential import sequential_decisions


@dataclass(frozen=True, slots=True)
class Outline:
    """The fixed facts of a sweep that its live view shows."""

    name: str
    objectives: tuple[Objective, ...]
    trials: int
    """Most trials; the number that have ended already if the space names none."""
    epochs: int
    """Most epochs of a trial."""
    arms: tuple[str, ...] = ()
    """Included configurations and arms, in the space's order; empty if arms are not compared."""
    compared: bool = False
    """Whether arms are compared (an ablation) instead of searching for the best trial."""
    replicates: int = 1
    """Most replicates of an arm."""
    looks: tuple[int, ...] = ()
    """Numbers of replicates after which arms are tested; empty if the number is fixed."""
    judging: Judging | None = None
    """Which epoch of a trial is judged; None for the last."""


def outline_of(name: str, space: Space, trials: int | None, epochs: int) -> Outline:
    """Return the outline of a sweep.

    Args:
        name: name of the run.
        space: what is searched.
        trials: number of trials planned, or ended so far.
        epochs: most epochs of a trial.
    """
    compared = space.is_ablation
    return Outline(
        name=name,
        objectives=space.objectives,
        trials=trials or 0,
        epochs=epochs,
        arms=(*space.include, *space.arms) if compared else (),
        compared=compared,
        replicates=replicates_of(space)[1],
        looks=space.until_decided.looks() if space.until_decided else (),
        judging=space.judging,
    )


class _Group:
    """All trials of one arm and one point of the grid."""

    def __init__(self, arm: str | None, params: Mapping[str, Any], first: int = sys.maxsize) -> None:
        self.arm = arm
        self.params = params
        self.first = first
        """Number of its first trial."""
        self.values: dict[int, float] = {}
        self.curves: list[Sequence[float | None]] = []
        self.failed = 0
        self.ended = 0
        self._figures: tuple[float | None, float | None, list[float | None]] | None = None
        self._apart: tuple[tuple[int, int, int], list[float]] | None = None

    def take(self, record: TrialRecord, metric: str) -> None:
        """Add an ended trial of this arm."""
        self.first = min(self.first, record.number)
        self.ended += 1
        value = record.value(metric)
        if record.has_result and value is not None:
            self.values[record.seed] = value
            self.curves.append([point.get(metric) for point in record.curve])
            self._figures = None  # to be computed anew when shown next
        else:
            self.failed += 1

    def figures(self) -> tuple[float | None, float | None, list[float | None]]:
        """Return mean, standard deviation and mean curve over the replicates."""
        if self._figures is None:
            values = list(self.values.values())
            mean = fmean(values) if values else None
            self._figures = mean, stdev(values) if len(values) > 1 else None, mean_curve(self.curves)
        return self._figures

    def differences(self, reference: _Group) -> list[float]:
        """Return the paired differences on the seeds that both arms have: replicates of one seed share their draws."""
        # A screen asks each second: nothing is paired again until a trial of either arm has ended.
        known = id(reference), reference.ended, self.ended
        if self._apart is None or self._apart[0] != known:
            self._apart = known, paired_differences(self.values, reference.values)
        return self._apart[1]


class ArmRows:
    """The arms of a sweep.

    A trial that ends changes the figures of its arm alone; one of the reference arm changes every difference.
    """

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._groups: dict[Key, _Group] = {}

    def add(self, record: TrialRecord) -> None:
        """Add an ended trial; those that tune or confirm count for no arm."""
        if not record.purpose:
            group = self._groups.setdefault(replicate_key(record.arm, record.params), _Group(record.arm, record.params))
            group.take(record, self._outline.objectives[0].metric)

    def rows(self, running: Sequence[tuple[str | None, Mapping[str, Any]]] = ()) -> tuple[LiveArm, ...]:
        """Return the rows in the space's order of arms, including arms without a trial yet.

        Args:
            running: arm and params of every running trial that is a replicate of an arm.
        """
        outline, groups = self._outline, dict(self._groups)
        under_way = Counter(replicate_key(arm, params) for arm, params in running)
        for arm, params in running:
            groups.setdefault(replicate_key(arm, params), _Group(arm, params))
        seen = {group.arm for group in groups.values()}
        keyed = [
            *groups.items(),
            *((replicate_key(name, {}), _Group(name, {})) for name in outline.arms if name not in seen),
        ]
        place = {name: index for index, name in enumerate(outline.arms)}
        keyed.sort(key=lambda item: (place.get(item[1].arm or "", len(place)), item[1].first))
        shown = [group for _, group in keyed]
        reference = reference_of(shown, lambda group: group.arm) if shown else None
        verdicts = _verdicts(outline, shown, reference)
        names = telling_names([(group.arm, group.params) for group in shown])
        return tuple(
            _arm(outline, name, group, reference, under_way[key], verdicts.get(id(group), ""))
            for name, (key, group) in zip(names, keyed, strict=True)
        )


def _arm(outline: Outline, name: str, group: _Group, reference: _Group | None, running: int, verdict: str) -> LiveArm:
    """Return the row of an arm."""
    mean, spread, curve = group.figures()
    apart = [] if reference is None or group is reference else group.differences(reference)
    return LiveArm(
        name=name,
        done=len(group.values),
        planned=outline.replicates,
        running=running,
        failed=group.failed,
        mean=mean,
        spread=spread,
        difference=fmean(apart) if apart else None,
        curve=curve,
        verdict=verdict,
        reference=group is reference,
    )


def mean_curve(curves: Sequence[Sequence[float | None]]) -> list[float | None]:
    """Return the mean at every epoch of the longest curve, over the curves that have a value there.

    Epochs without a value, or with one that is not finite, give None.

    >>> mean_curve([[1.0, 2.0], [3.0, None, 4.0]])
    [2.0, 2.0, 4.0]
    """
    means: list[float | None] = []
    for epoch in range(max(map(len, curves), default=0)):
        values = [value for curve in curves if len(curve) > epoch and (value := curve[epoch]) is not None]
        means.append(fmean(values) if values and all(map(math.isfinite, values)) else None)
    return means


def _verdicts(outline: Outline, groups: Sequence[_Group], reference: _Group | None) -> dict[int, str]:
    """Return whether each arm but the reference is decided, by `id` of its group; empty if replicates are fixed."""
    if not outline.looks or reference is None:
        return {}

    compared = {str(id(group)): group.differences(reference) for group in groups if group is not reference}
    ended = [str(id(group)) for group in groups if group.ended >= outline.replicates]
    decisions = sequential_decisions(compared, outline.looks, ended)
    return {
        int(name): DECIDED if decision.decided else UNDECIDED if decision.exhausted else OPEN
        for name, decision in decisions.items()
    }
