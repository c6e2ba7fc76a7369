"""What an ablation shows: arms over replicates, each against the reference arm, factorial effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from adsw.metrics import Metric
from adsw.stats.bootstrap import paired_interval
from adsw.stats.interval import Interval
from sweep.report.ablation.design import (
    Arm,
    Design,
    Sequential,
    TunedPoint,
    arms_of,
    design_of,
    sequential_of,
    tuned_points,
)
from sweep.report.data import RunData, direction_of, excludes_zero
from sweep.space.compared import paired_differences, reference_of
from sweep.stats.factorial import Effect, factorial_effects
from sweep.stats.paired import LEVEL, Judgement, Pairing, improvement, judged, judged_where_paired, pairing
from sweep.stats.power import Needed, needed_after
from sweep.stats.replicates import hierarchical_interval, interquartile_mean, replicate_interval
from sweep.stats.selection import replicate_gap
from sweep.stats.sequential import Decision
from sweep.stats.sign_flips import fewest_replicates, smallest_p

RELEVANT = 0.05
"""Replicates needed are told for a difference of this share of the reference arm's mean, beside the one seen."""


@dataclass(frozen=True, slots=True)
class ArmScore:
    """One arm on one split."""

    name: str
    seeds: tuple[int, ...]
    values: tuple[float, ...]
    """One per seed."""
    value: float
    """Mean over replicates."""
    middle: float
    """Interquartile mean."""
    mean: Interval | None
    """The mean with its interval over seeds; None with one replicate."""
    iqm: Interval | None

    @property
    def replicates(self) -> int:
        """How many seeds the arm was trained with."""
        return len(self.seeds)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One arm minus the reference arm, on the seeds that both have."""

    name: str
    seeds: tuple[int, ...]
    value: float
    pairing: Pairing | None
    """Over replicates; None with fewer than two."""
    judgement: Judgement | None
    """Within the family of all comparisons of this split."""
    tracks: Interval | None
    """Over query tracks, and over seeds too where there are several; None where per-query results are missing."""
    improvement: Interval | None
    """The probability that a run of this arm beats one of the reference arm."""
    needed: Needed | None
    """Replicates for the difference seen, at this family's level."""
    needed_relevant: Needed | None
    """Replicates for `RELEVANT` of the reference arm's mean."""
    decision: Decision | None = None
    """Where replicates were added until all was decided: how it stands, over all looks."""

    @property
    def decided(self) -> bool:
        """Whether the arms may be called different."""
        if self.decision is not None:
            return self.decision.decided
        return self.judgement is not None and self.judgement.decided

    @property
    def over_seeds(self) -> Interval | None:
        """The difference with its interval over seeds; the repeated one, at the look that judged, where there are
        looks; None with one seed."""
        if self.decision is not None:
            return self.decision.interval
        return self.pairing.difference if self.pairing else None

    @property
    def shown(self) -> float:
        """The difference that is told: the one its interval is about."""
        return self.over_seeds.value if self.over_seeds is not None else self.value

    @property
    def holds_for_tracks(self) -> bool:
        """Whether the interval over seeds and tracks leaves no room for none."""
        return self.tracks is not None and excludes_zero(self.tracks)


@dataclass(frozen=True, slots=True)
class SplitResults:
    """The ablation on one split."""

    metric: Metric
    mode: str
    arms: tuple[ArmScore, ...]
    comparisons: tuple[Comparison, ...]
    effects: tuple[tuple[Effect, Judgement], ...]
    """Of a full factorial design; a family of their own. Where replicates were added by what was seen, over those of
    the first look alone."""
    sequential: Sequential | None = None
    """The looks, where there were looks."""


@dataclass(frozen=True, slots=True)
class Ablation:
    """Everything computed of an ablation."""

    reference: str
    primary: SplitResults
    """Test, where every arm was measured on it with every seed, and it asks the same kind of queries; the objective's
    set otherwise."""
    other: SplitResults | None
    """The other of the two, where both were measured."""
    design: Design | None
    gaps: Mapping[str, Interval]
    """Validation minus test by arm, over seeds."""
    replicates: int
    """The fewest that a comparison rests on."""
    nuisances_tuned: bool
    """Whether nuisance parameters were tuned for every arm, or every arm was run at several values of them."""
    steps: tuple[Comparison, ...] = ()
    """Each arm against the one before it, where the space says that arms are steps; a family of their own."""
    tuned: tuple[TunedPoint, ...] = ()
    """The points that were tried to tune them; none of these trials counts as a replicate."""

    @property
    def splits(self) -> tuple[SplitResults, ...]:
        """The primary split and the other, where there is one."""
        return (self.primary,) if self.other is None else (self.primary, self.other)

    @property
    def smallest(self) -> float:
        """The smallest p that the exact test can give."""
        return smallest_p(self.replicates)

    @property
    def added_by(self) -> SplitResults:
        """The split by whose results replicates were added: the objective's."""
        return self.other if self.other is not None and self.primary.metric.dataset == "test" else self.primary

    @property
    def fewest(self) -> int:
        """The fewest replicates with which the exact test can decide in this family."""
        return fewest_replicates(LEVEL / max(1, len(self.primary.comparisons)))


def ablation_of(run: RunData) -> Ablation | None:
    """Compute an ablation; None where the space asks for none, or fewer than two arms have a completed trial."""
    arms = arms_of(run) if run.space.is_ablation else ()
    if len(arms) < 2:
        return None
    reference = reference_of(arms, lambda arm: arm.of)
    design = design_of(arms, reference)
    tested = all(arm.test.keys() == arm.valid.keys() for arm in arms)
    # Test has the last word where it asks the same kind of queries as the objective does.
    alike = run.has_counterpart(Metric.parse(run.objective.metric))
    order = (("test", "valid") if alike else ("valid", "test")) if tested else ("valid",)
    splits = [_split(run, arms, reference, design, dataset) for dataset in order]
    tuned = tuned_points(run)
    return Ablation(
        reference=reference.name,
        primary=splits[0],
        other=splits[1] if tested else None,
        design=design,
        gaps={arm.name: replicate_gap(*_both(arm)) for arm in arms if tested and len(arm.valid) > 1},
        replicates=min(len(one.seeds) for one in splits[0].comparisons),
        nuisances_tuned=_nuisances_tuned(run, arms, tuned),
        steps=_steps(run, [arm for arm in arms if arm.listed], splits[0].metric) if run.space.steps else (),
        tuned=tuned,
    )


def _steps(run: RunData, arms: Sequence[Arm], metric: Metric) -> tuple[Comparison, ...]:
    """Return every arm but the first against the one before it, over all the seeds that both have."""
    pairs = [(later, earlier) for earlier, later in pairwise(arms)]
    found = zip(_family(run, pairs, metric), pairs, strict=True)
    return tuple(replace(one, name=f"{later.name} after {earlier.name}") for one, (later, earlier) in found)


def _family(run: RunData, pairs: Sequence[tuple[Arm, Arm]], metric: Metric) -> list[Comparison]:
    """Return the first of each pair minus the second, judged as one family."""
    pairings = [_paired(arm, other, metric.dataset) for arm, other in pairs]
    level = LEVEL / max(1, sum(found is not None for found in pairings))
    return [
        _comparison(run, arm, other, metric, found, judgement, level)
        for (arm, other), found, judgement in zip(pairs, pairings, judged_where_paired(pairings), strict=True)
    ]


def _nuisances_tuned(run: RunData, arms: Sequence[Arm], tuned: Sequence[TunedPoint]) -> bool:
    """Return whether every listed arm has its tuning trials, or was run at every value of the nuisance parameters."""
    if run.space.tune is not None:
        compared = {arm.of for arm in arms if arm.listed}
        return compared <= {point.arm for point in tuned if point.values}
    return any(parameter.searched and parameter.role == "nuisance" for parameter in run.space.space.values())


def _both(arm: Arm) -> tuple[list[float], list[float]]:
    """Validation and test of every seed, in one order."""
    return [arm.valid[seed] for seed in sorted(arm.valid)], [arm.test[seed] for seed in sorted(arm.valid)]


def _split(run: RunData, arms: Sequence[Arm], reference: Arm, design: Design | None, dataset: str) -> SplitResults:
    metric = Metric.parse(run.objective.metric)
    metric = run.on_test(metric) if dataset == "test" else metric
    pairs = [(arm, reference) for arm in arms if arm is not reference]
    looked = sequential_of(run, arms, reference, dataset)
    decisions = looked.decisions if looked else {}
    comparisons = tuple(replace(one, decision=decisions.get(one.name)) for one in _family(run, pairs, metric))
    return SplitResults(
        metric=metric,
        mode=run.objective.mode,
        arms=tuple(_score(arm, dataset) for arm in arms),
        comparisons=comparisons,
        effects=_effects(design, dataset, looked.plan[0] if looked else None),
        sequential=looked,
    )


def _score(arm: Arm, dataset: str) -> ArmScore:
    by_seed = sorted(arm.values(dataset).items())
    values = [value for _, value in by_seed]
    several = len(values) > 1
    return ArmScore(
        name=arm.name,
        seeds=tuple(seed for seed, _ in by_seed),
        values=tuple(values),
        value=float(np.mean(values)),
        middle=float(interquartile_mean(values)),
        mean=replicate_interval(values) if several else None,
        iqm=replicate_interval(values, "iqm") if several else None,
    )


def _paired(arm: Arm, reference: Arm, dataset: str) -> Pairing | None:
    found = paired_differences(arm.values(dataset), reference.values(dataset))
    return pairing(found) if len(found) > 1 else None


def _comparison(
    run: RunData,
    arm: Arm,
    reference: Arm,
    metric: Metric,
    found: Pairing | None,
    judgement: Judgement | None,
    level: float,
) -> Comparison:
    first, second = arm.values(metric.dataset), reference.values(metric.dataset)
    seeds = tuple(sorted(first.keys() & second.keys()))
    mine, theirs = ([values[seed] for seed in seeds] for values in (first, second))
    seen = found.difference.value if found else 0.0
    relevant = RELEVANT * abs(float(np.mean(theirs))) if seeds else 0.0
    return Comparison(
        name=arm.name,
        seeds=seeds,
        value=float(np.mean(mine) - np.mean(theirs)) if seeds else float("nan"),
        pairing=found,
        judgement=judgement,
        tracks=_over_tracks(run, arm, reference, metric, seeds),
        improvement=improvement(mine, theirs, run.objective.mode) if found else None,
        needed=needed_after(found.differences, seen, level) if found and seen else None,
        needed_relevant=needed_after(found.differences, relevant, level) if found and relevant else None,
    )


def _over_tracks(run: RunData, arm: Arm, reference: Arm, metric: Metric, seeds: tuple[int, ...]) -> Interval | None:
    """Compute the difference with an interval over query tracks, and seeds; None if results of a trial are missing."""
    pairs = [
        (run.evaluation(metric.dataset, arm.trials[seed]), run.evaluation(metric.dataset, reference.trials[seed]))
        for seed in seeds
    ]
    known = [(one, two) for one, two in pairs if one is not None and two is not None]
    if not known or len(known) < len(pairs) or len({one.queries for pair in known for one in pair}) > 1:
        return None
    parts = [(direction_of(one, metric), direction_of(two, metric)) for one, two in known]
    directions = [(one, two) for one, two in parts if one is not None and two is not None]
    if len(directions) < len(parts):
        return None
    groups = directions[0][0].clusters
    first, second = (np.stack([pair[side].scores.of(metric.name) for pair in directions]) for side in (0, 1))
    if len(directions) == 1:
        return paired_interval(first[0], second[0], groups, statistic=metric.statistic)
    return hierarchical_interval(first, second, groups, metric.statistic)


def _effects(design: Design | None, dataset: str, most: int | None) -> tuple[tuple[Effect, Judgement], ...]:
    """Factorial effects over the seeds that every arm of the design has, the first so many of them."""
    if design is None:
        return ()
    seeds = sorted(set.intersection(*(set(arm.values(dataset)) for arm in design.arms)))[:most]
    if len(seeds) < 2:
        return ()
    values_RA = [[arm.values(dataset)[seed] for arm in design.arms] for seed in seeds]
    effects = factorial_effects(values_RA, design.levels, [factor.name for factor in design.factors])
    return tuple(zip(effects, judged([effect.pairing for effect in effects]), strict=True))
