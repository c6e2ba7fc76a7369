"""What two sweeps both trained: arms in common, winners on fresh seeds, and whether repeats came out the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from adsw.metrics import Metric
from adsw.stats.interval import Interval
from sweep.report.ablation.design import Arm, arm_of, settings_of
from sweep.report.compare.sides import Side, identity_of
from sweep.report.compare.standings import BEST, DEFAULT
from sweep.report.data import difference
from sweep.report.leaderboard import DEFAULT_ARM
from sweep.run.records import TrialRecord, TrialState
from sweep.stats.paired import Judgement, Pairing, judged_where_paired, pairing

SEEDS, OTHER_SEEDS, TRACKS = "paired over seeds", "other seeds, Welch", "over query tracks, one seed"
"""What an interval covers."""
ROUNDING = 1e-6
"""Figures that differ by no more differ by the order of sums on another machine, not by the training."""
COPIED = "known from "
"""How the reason of a trial begins that was not trained but taken over from another sweep."""


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
    """Compare every arm that another ablation shares with the first, matched by recipe first and else by name."""
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
    judgements = judged_where_paired([found for _, found in compared])
    return tuple(replace(gap, judgement=one) for (gap, _), one in zip(compared, judgements, strict=True))


def _counterpart(arm: Arm, others: Sequence[Arm]) -> Arm | None:
    """Return the arm of the same recipe and name, of the same recipe, or of the same name, in this order."""

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
    """Return whether both arms answered the same queries, judged by their stores if results of queries are missing."""
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
    """Compare arms that share fewer than two seeds: over the seeds of both, or over query tracks of one seed each."""
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


def fresh_gaps(sides: Sequence[Side]) -> tuple[ArmGap, ...]:
    """Winner and default of each other search minus those of the first, over the fresh seeds of both."""
    first = sides[0]
    known = fresh_arms(first)
    return judged_gaps(
        first,
        [(side, arm, known[name]) for side in sides[1:] for name, arm in fresh_arms(side).items() if name in known],
    )


def fresh_arms(side: Side) -> Mapping[str, Arm]:
    """Return the trials that a search trained again after it, by `BEST` and `DEFAULT`."""
    best = side.board.best
    done = [one for one in side.run.confirming if one.state is TrialState.COMPLETED]
    if best is None or not done:
        return {}
    winner = next(one for one in side.run.records if one.number == best.number)
    chosen = {
        BEST: [one for one in done if settings_of(side.run, one) == settings_of(side.run, winner)],
        DEFAULT: [one for one in done if one.arm == DEFAULT_ARM],
    }
    arms = {
        name: arm_of(side.run, name, {one.seed: one.number for one in records}, records[0])
        for name, records in chosen.items()
        if records
    }
    return {name: arm for name, arm in arms.items() if arm.valid}


@dataclass(frozen=True, slots=True)
class Violation:
    """Two trainings that should agree and do not."""

    name: str
    number: int
    revision: str
    """Of the code."""
    reference: str
    """The sweep that trained it first, in the order given."""
    reference_number: int
    reference_revision: str
    arm: str | None
    metric: str
    """The objective, or the metric that differs most where the objective agrees."""
    value: float
    reference_value: float
    versions: tuple[str, ...]
    """Packages of another version, each with both."""
    metrics: int
    """How many metrics differ by more than `ROUNDING`."""

    @property
    def same_code(self) -> bool:
        """Whether both say the same revision, without changes to it."""
        return self.revision == self.reference_revision and " " not in self.revision


@dataclass(frozen=True, slots=True)
class Reproducibility:
    """What was trained in several sweeps, and whether it came out the same."""

    checked: int
    """Pairs of trainings: each later sweep's against the first that has the recipe, seed and store."""
    equal: int
    """To the last bit, in every metric that both have."""
    rounded: int
    """Equal but for `ROUNDING`."""
    copied: int
    """Trials whose figures were taken over from another sweep: they prove nothing and are left out."""
    violations: tuple[Violation, ...]
    """The largest first."""


def reproducibility(sides: Sequence[Side]) -> Reproducibility:
    """Check every pair."""
    firsts: dict[tuple[str, str], tuple[Side, TrialRecord]] = {}
    equal = rounded = copied = 0
    violations = []
    for side in sides:
        for record in side.run.every_record:
            if record.state is not TrialState.COMPLETED:
                continue
            if record.why.startswith(COPIED):
                copied += 1
                continue
            other, known = firsts.setdefault((store_of(side, record), identity_of(record)), (side, record))
            if other is side:
                continue
            gaps = _gaps(record, known)
            largest = max(gaps.values(), default=0.0)
            equal += largest == 0.0
            rounded += 0.0 < largest <= ROUNDING
            if largest > ROUNDING:
                violations.append(_violation(side, record, other, known, gaps))
    return Reproducibility(
        checked=equal + rounded + len(violations),
        equal=equal,
        rounded=rounded,
        copied=copied,
        violations=tuple(sorted(violations, key=lambda one: -abs(one.value - one.reference_value))),
    )


def store_of(side: Side, record: TrialRecord) -> str:
    """Return the fingerprint of the store a trial trained on, of the several that a sweep may have."""
    return side.run.sweep.fingerprint_of(record.store)


def _gaps(record: TrialRecord, known: TrialRecord) -> dict[str, float]:
    """By how much each metric that both have differs."""
    shared = record.metrics.keys() & known.metrics.keys()
    return {name: abs(record.metrics[name] - known.metrics[name]) for name in sorted(shared)}


def _violation(side: Side, record: TrialRecord, other: Side, known: TrialRecord, gaps: dict[str, float]) -> Violation:
    objective = side.board.metric
    # The objective is what readers look at; ranks, which are larger numbers, would always win otherwise.
    metric = objective if gaps.get(objective, 0.0) > ROUNDING else max(gaps, key=lambda name: gaps[name])
    return Violation(
        name=side.name,
        number=record.number,
        revision=side.revision,
        reference=other.name,
        reference_number=known.number,
        reference_revision=other.revision,
        arm=record.arm,
        metric=metric,
        value=record.metrics[metric],
        reference_value=known.metrics[metric],
        versions=_versions(side, other),
        metrics=sum(gap > ROUNDING for gap in gaps.values()),
    )


def _versions(side: Side, other: Side) -> tuple[str, ...]:
    mine, theirs = (one.run.sweep.versions for one in (side, other))
    names = sorted(mine.keys() | theirs.keys())
    return tuple(
        f"{name} {theirs.get(name, 'none')} and {mine.get(name, 'none')}"
        for name in names
        if mine.get(name) != theirs.get(name)
    )
