"""Arms that two ablations have in common, by their recipe or by their name: did they come out the same?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from adsw.stats.bootstrap import Interval
from sweep.statistics.paired import Judgement, Pairing, judged, pairing
from sweep.view.ablation.design import Arm
from sweep.view.comparison.sides import Side
from sweep.view.scores import Metric, difference

SEEDS, OTHER_SEEDS, TRACKS = "paired over seeds", "other seeds, Welch", "over query tracks, one seed"
"""What an interval covers."""


@dataclass(frozen=True, slots=True)
class ArmGap:
    """One arm of a sweep minus the same arm of the first."""

    name: str
    """Of this sweep."""
    reference: str
    """Of the first sweep."""
    arm: str
    other_arm: str
    """What the first sweep calls it."""
    changed: tuple[str, ...]
    """Settings in which two arms of one name differ; empty where the recipes are the same."""
    metric: Metric
    seeds: tuple[int, ...]
    """That both have."""
    value: float
    """Mean over this arm's seeds, or over the shared ones where there are two or more."""
    reference_value: float
    difference: float
    interval: Interval | None
    covers: str
    """`SEEDS`, `OTHER_SEEDS` or `TRACKS`; empty without an interval."""
    same_queries: bool
    """Whether both answered the same queries; if not, the figures are of two tasks."""
    judgement: Judgement | None
    """Within the family of all arms of this list that are paired over seeds and answered the same queries."""

    @property
    def same_recipe(self) -> bool:
        """Whether both arms were asked to train the same."""
        return not self.changed

    @property
    def identical(self) -> bool:
        """Whether the figures of both are the same on every shared seed."""
        return self.interval is not None and self.interval.low == self.interval.high == self.difference == 0.0

    @property
    def decided(self) -> bool:
        """Whether the two may be called different."""
        return self.judgement is not None and self.judgement.decided


def arm_gaps(sides: Sequence[Side]) -> tuple[ArmGap, ...]:
    """Every arm that another ablation shares with the first, by recipe first and else by name."""
    first = sides[0]
    return judged_gaps(
        first,
        [
            (side, mine, theirs)
            for side in sides[1:]
            for mine in side.arms
            if (theirs := _counterpart(mine, first.arms)) is not None
        ],
    )


def judged_gaps(first: Side, pairs: Sequence[tuple[Side, Arm, Arm]]) -> tuple[ArmGap, ...]:
    """Arms of other sweeps, each with its counterpart of the first; those paired over seeds are one family."""
    compared = [_compared(side, first, mine, theirs) for side, mine, theirs in pairs]
    judgements = iter(judged([found for _, found in compared if found is not None]))
    return tuple(replace(gap, judgement=next(judgements)) if found is not None else gap for gap, found in compared)


def _counterpart(arm: Arm, others: Sequence[Arm]) -> Arm | None:
    """The arm of the same recipe and name, of the same recipe, or of the same name, in this order."""

    def first(same_recipe: bool, same_name: bool) -> Arm | None:
        return next(
            (
                other
                for other in others
                if (not same_recipe or other.settings == arm.settings) and (not same_name or other.name == arm.name)
            ),
            None,
        )

    return first(True, True) or first(True, False) or first(False, True)


def _compared(side: Side, first: Side, mine: Arm, theirs: Arm) -> tuple[ArmGap, Pairing | None]:
    metric = Metric.parse(side.board.metric)
    tested = all(arm.test.keys() == arm.valid.keys() for arm in (mine, theirs))
    metric = side.run.on_test(metric) if tested else metric
    one, two = mine.values(metric.dataset), theirs.values(metric.dataset)
    seeds = tuple(sorted(one.keys() & two.keys()))
    several = len(seeds) > 1
    values = [one[seed] for seed in seeds] if several else list(one.values())
    others = [two[seed] for seed in seeds] if several else list(two.values())
    found = pairing(np.subtract(values, others)) if several else None
    interval, covers = (found.difference, SEEDS) if found else _unpaired(side, first, mine, theirs, metric)
    alike = _same_queries(side, first, mine, theirs, metric.dataset)
    gap = ArmGap(
        name=side.name,
        reference=first.name,
        arm=mine.name,
        other_arm=theirs.name,
        changed=_changed(mine, theirs),
        metric=metric,
        seeds=seeds,
        value=float(np.mean(values)),
        reference_value=float(np.mean(others)),
        difference=float(np.mean(values) - np.mean(others)),
        interval=interval,
        covers=covers,
        same_queries=alike,
        judgement=None,
    )
    return gap, found if alike else None


def _same_queries(side: Side, first: Side, mine: Arm, theirs: Arm, dataset: str) -> bool:
    """Whether both arms answered the same queries; by their stores where results of queries are missing."""
    one, other = (
        owner.run.evaluation(dataset, next(iter(arm.trials.values()))) for owner, arm in ((side, mine), (first, theirs))
    )
    return side.store == first.store if one is None or other is None else one.queries == other.queries


def _changed(mine: Arm, theirs: Arm) -> tuple[str, ...]:
    """Settings that differ; of a constant schedule, which answers to its bare name too, that name alone."""
    names = sorted(mine.settings.keys() | theirs.settings.keys())
    found = {name for name in names if mine.settings.get(name) != theirs.settings.get(name)}
    return tuple(sorted(name for name in found if name.rpartition(".")[0] not in found))


def _unpaired(side: Side, first: Side, mine: Arm, theirs: Arm, metric: Metric) -> tuple[Interval | None, str]:
    """Where fewer than two seeds are shared: over the seeds of both, or over query tracks of one seed each."""
    one, two = mine.values(metric.dataset), theirs.values(metric.dataset)
    if len(one) > 1 and len(two) > 1:
        return welch_interval(list(one.values()), list(two.values())), OTHER_SEEDS
    shared = sorted(one.keys() & two.keys())
    seed, other = (shared or sorted(one))[0], (shared or sorted(two))[0]
    saved = [
        owner.run.evaluation(metric.dataset, arm.trials[at])
        for owner, arm, at in ((side, mine, seed), (first, theirs, other))
    ]
    if len(one) > 1 or len(two) > 1 or saved[0] is None or saved[1] is None:
        return None, ""
    found = difference(saved[0], saved[1], metric)
    return found, TRACKS if found else ""


def welch_interval(values: Sequence[float], others: Sequence[float]) -> Interval:
    """Mean of the first minus mean of the second with Welch's 95 % interval: independent seeds, normal figures.

    Welch, *The Generalization of 'Student's' Problem when Several Different Population Variances are Involved*,
    Biometrika 34, 1947; `scipy.stats.ttest_ind`.

    Args:
        values: one per seed, two or more.
        others: of the other arm, two or more.
    """
    from scipy.stats import ttest_ind

    gap = float(np.mean(values) - np.mean(others))
    if np.ptp(values) == 0.0 and np.ptp(others) == 0.0:
        return Interval(gap, gap, gap)
    found = ttest_ind(values, others, equal_var=False).confidence_interval(0.95)
    return Interval(gap, float(found.low), float(found.high))
