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
"""What an interval covers, in words."""
ROUNDING = 1e-6
"""Figures that differ by no more differ by the order of sums on another machine, not by the training."""
COPIED = "known from "
"""How the reason of a trial begins that was not trained but taken over from another sweep."""


@dataclass(frozen=True, slots=True)
class ArmGap:
    """One arm of a sweep minus the same arm of the first."""

    name: str
    """Name of this sweep."""
    reference: str
    """Name of the first sweep."""
    arm: str
    other_arm: str
    """Name of the arm in the first sweep."""
    changed: tuple[str, ...]
    """Settings in which two arms of one name differ; empty if the recipes are the same."""
    metric: Metric
    seeds: tuple[int, ...]
    """Seeds that both have."""
    value: float
    """Mean over this arm's seeds, or over the shared ones if there are two or more."""
    reference_value: float
    difference: float
    interval: Interval | None
    covers: str
    """`SEEDS`, `OTHER_SEEDS` or `TRACKS`; empty without an interval."""
    same_queries: bool
    """Whether both answered the same queries; if not, the figures are of two tasks."""
    judgement: Judgement | None
    """Verdict within the family of all arms that are paired over seeds and answered the same queries."""

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
    """Return the difference of every arm that another ablation shares with the first.

    Arms are matched by recipe, or else by name.
    """
    first = sides[0]
    return judged_gaps(
        first,
        [
            (side, arm, counterpart)
            for side in sides[1:]
            for arm in side.arms
            if (counterpart := _counterpart(arm, first.arms)) is not None
        ],
    )


def judged_gaps(first: Side, pairs: Sequence[tuple[Side, Arm, Arm]]) -> tuple[ArmGap, ...]:
    """Return other sweeps' arms, each minus its counterpart of the first, judged as one family.

    The family holds those that are paired over seeds and answered the same queries.
    """
    compared = [_compared(side, first, arm, counterpart) for side, arm, counterpart in pairs]
    judgements = judged_where_paired([paired for _, paired in compared])
    return tuple(replace(gap, judgement=judgement) for (gap, _), judgement in zip(compared, judgements, strict=True))


def _counterpart(arm: Arm, others: Sequence[Arm]) -> Arm | None:
    """Return the arm of the same recipe and name, of the same recipe, or of the same name, in this order."""

    def first(same_recipe: bool, same_name: bool) -> Arm | None:
        """Return the first arm that agrees in what is asked for."""
        return next(
            (
                other
                for other in others
                if (not same_recipe or other.settings == arm.settings) and (not same_name or other.name == arm.name)
            ),
            None,
        )

    return first(True, True) or first(True, False) or first(False, True)


def _compared(side: Side, first: Side, arm: Arm, counterpart: Arm) -> tuple[ArmGap, Pairing | None]:
    """Return the difference of two arms, not judged yet, with its pairing if it is to be judged."""
    metric = Metric.parse(side.board.metric)
    # Test has the last word, if no seed of either arm is missing there.
    tested = all(each.test.keys() == each.valid.keys() for each in (arm, counterpart))
    metric = side.run.on_test(metric) if tested else metric
    arm_values, other_values = arm.values(metric.dataset), counterpart.values(metric.dataset)
    seeds = tuple(sorted(arm_values.keys() & other_values.keys()))
    several = len(seeds) > 1
    values = [arm_values[seed] for seed in seeds] if several else list(arm_values.values())
    others = [other_values[seed] for seed in seeds] if several else list(other_values.values())
    paired = pairing(np.subtract(values, others)) if several else None
    interval, covers = (paired.difference, SEEDS) if paired else _unpaired(side, first, arm, counterpart, metric)
    alike = _same_queries(side, first, arm, counterpart, metric.dataset)
    gap = ArmGap(
        name=side.name,
        reference=first.name,
        arm=arm.name,
        other_arm=counterpart.name,
        changed=_changed(arm, counterpart),
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
    return gap, paired if alike else None


def _same_queries(side: Side, first: Side, arm: Arm, counterpart: Arm, dataset: str) -> bool:
    """Return whether both arms answered the same queries, by their stores if results of queries are missing."""
    results, other_results = (
        owner.run.evaluation(dataset, next(iter(each.trials.values())))
        for owner, each in ((side, arm), (first, counterpart))
    )
    return (
        side.store == first.store
        if results is None or other_results is None
        else results.queries == other_results.queries
    )


def _changed(arm: Arm, counterpart: Arm) -> tuple[str, ...]:
    """Return the names of the settings that differ."""
    names = sorted(arm.settings.keys() | counterpart.settings.keys())
    changed = {name for name in names if arm.settings.get(name) != counterpart.settings.get(name)}
    # A constant schedule answers to its bare name too, which alone is enough.
    return tuple(sorted(name for name in changed if name.rpartition(".")[0] not in changed))


def _unpaired(side: Side, first: Side, arm: Arm, counterpart: Arm, metric: Metric) -> tuple[Interval | None, str]:
    """Return an interval for arms that share fewer than two seeds, and what it covers.

    With several seeds each it is over the seeds of both, with one seed each over query tracks.
    """
    arm_values, other_values = arm.values(metric.dataset), counterpart.values(metric.dataset)
    if len(arm_values) > 1 and len(other_values) > 1:
        return welch_interval(list(arm_values.values()), list(other_values.values())), OTHER_SEEDS
    shared = sorted(arm_values.keys() & other_values.keys())
    seed, other_seed = (shared or sorted(arm_values))[0], (shared or sorted(other_values))[0]
    saved = [
        owner.run.evaluation(metric.dataset, each.trials[at])
        for owner, each, at in ((side, arm, seed), (first, counterpart, other_seed))
    ]
    if len(arm_values) > 1 or len(other_values) > 1 or saved[0] is None or saved[1] is None:
        return None, ""
    gap = difference(saved[0], saved[1], metric)
    return gap, TRACKS if gap else ""


def welch_interval(values: Sequence[float], others: Sequence[float]) -> Interval:
    """Return mean of the first minus mean of the second with Welch's 95 % interval.

    Seeds are independent and figures normal. Welch, *The Generalization of 'Student's' Problem when Several Different
    Population Variances are Involved*, Biometrika 34, 1947; `scipy.stats.ttest_ind`.

    Args:
        values: one per seed, two or more.
        others: of the other arm, two or more.
    """
    from scipy.stats import ttest_ind

    gap = float(np.mean(values) - np.mean(others))
    # Without scatter the standard error is zero, and scipy gives no interval.
    if np.ptp(values) == 0.0 and np.ptp(others) == 0.0:
        return Interval(gap, gap, gap)
    ends = ttest_ind(values, others, equal_var=False).confidence_interval(0.95)
    return Interval(gap, float(ends.low), float(ends.high))


def fresh_gaps(sides: Sequence[Side]) -> tuple[ArmGap, ...]:
    """Return winner and default of each other search minus those of the first, over the fresh seeds of both."""
    first = sides[0]
    known = fresh_arms(first)
    return judged_gaps(
        first,
        [(side, arm, known[name]) for side in sides[1:] for name, arm in fresh_arms(side).items() if name in known],
    )


def fresh_arms(side: Side) -> Mapping[str, Arm]:
    """Return what a search trained again on fresh seeds, by `BEST` and `DEFAULT`."""
    best = side.board.best
    done = [record for record in side.run.confirming if record.state is TrialState.COMPLETED]
    if best is None or not done:
        return {}
    winner = next(record for record in side.run.records if record.number == best.number)
    chosen = {
        BEST: [record for record in done if settings_of(side.run, record) == settings_of(side.run, winner)],
        DEFAULT: [record for record in done if record.arm == DEFAULT_ARM],
    }
    arms = {
        name: arm_of(side.run, name, {record.seed: record.number for record in records}, records[0])
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
    """Revision of the code."""
    reference: str
    """The sweep that trained it first, in the order given."""
    reference_number: int
    reference_revision: str
    arm: str | None
    metric: str
    """The objective, or the metric that differs most if the objective agrees."""
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
    """Pairs that are equal to the last bit, in every metric that both have."""
    rounded: int
    """Pairs that are equal up to `ROUNDING`."""
    copied: int
    """Trials whose figures were taken over from another sweep: they prove nothing and are left out."""
    violations: tuple[Violation, ...]
    """Pairs that differ, the largest difference first."""


def reproducibility(sides: Sequence[Side]) -> Reproducibility:
    """Compare every training with the first of the same recipe, seed and store."""
    firsts: dict[tuple[str, str], tuple[Side, TrialRecord]] = {}
    equal = rounded = copied = 0
    violations = []
    for side in sides:
        for record in side.run.every_record:
            if record.state is not TrialState.COMPLETED:
                continue
            # Figures that were taken over agree by construction.
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
        violations=tuple(sorted(violations, key=lambda violation: -abs(violation.value - violation.reference_value))),
    )


def store_of(side: Side, record: TrialRecord) -> str:
    """Return the fingerprint of the store a trial trained on, of the several that a sweep may have."""
    return side.run.sweep.fingerprint_of(record.store)


def _gaps(record: TrialRecord, known: TrialRecord) -> dict[str, float]:
    """Return by how much each metric that both have differs."""
    shared = record.metrics.keys() & known.metrics.keys()
    return {name: abs(record.metrics[name] - known.metrics[name]) for name in sorted(shared)}


def _violation(side: Side, record: TrialRecord, other: Side, known: TrialRecord, gaps: dict[str, float]) -> Violation:
    """Describe two trainings that do not agree, by the objective or else the metric that differs most."""
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
    """Return the packages of different versions, each with both."""
    versions, other_versions = (owner.run.sweep.versions for owner in (side, other))
    names = sorted(versions.keys() | other_versions.keys())
    return tuple(
        f"{name} {other_versions.get(name, 'none')} and {versions.get(name, 'none')}"
        for name in names
        if versions.get(name) != other_versions.get(name)
    )
