"""The results of an ablation: arms over replicates, each against the reference arm, factorial effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from adsw.judging import JudgedAt
from adsw.metrics import SWAP, SWAP_ACCURACY, Metric
from adsw.report.table import TableModel
from adsw.stats.bootstrap import paired_interval
from adsw.stats.interval import Interval
from sweep.report.ablation.budgets import budget_table
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
from sweep.report.ablation.judged import JudgedArm, judged_arms
from sweep.report.data import RunData, direction_of, excludes_zero
from sweep.space.compared import paired_differences, reference_of
from sweep.space.sections import Objective
from sweep.stats.factorial import Effect, factorial_effects
from sweep.stats.paired import LEVEL, Judgement, Pairing, improvement, judged, judged_where_paired, pairing
from sweep.stats.power import Needed, needed_after
from sweep.stats.replicates import hierarchical_interval, interquartile_mean, replicate_interval
from sweep.stats.selection import replicate_gap
from sweep.stats.sequential import Decision
from sweep.stats.sign_flips import fewest_replicates, smallest_p

RELEVANT = 0.05
"""Share of the reference arm's mean for which the replicates needed are reported, beside the difference seen."""


@dataclass(frozen=True, slots=True)
class ArmScore:
    """One arm on one split."""

    name: str
    seeds: tuple[int, ...]
    values: tuple[float, ...]
    """The objective, one value per seed."""
    value: float
    """Mean over replicates."""
    middle: float
    """Interquartile mean."""
    mean: Interval | None
    """The mean with its interval over seeds; None with one replicate."""
    iqm: Interval | None
    """The interquartile mean with its interval over seeds; None with one replicate."""

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
    """The paired differences over replicates; None with fewer than two."""
    judgement: Judgement | None
    """The verdict within the family of all comparisons of this split."""
    tracks: Interval | None
    """The difference over query tracks, and over seeds if there are several; None if per-query results are missing."""
    improvement: Interval | None
    """The probability that a run of this arm beats one of the reference arm."""
    needed: Needed | None
    """Replicates needed for the difference seen, at this family's level."""
    needed_relevant: Needed | None
    """Replicates needed for a difference of `RELEVANT` of the reference arm's mean."""
    decision: Decision | None = None
    """The decision over all looks; None if the number of replicates was fixed beforehand."""

    @property
    def decided(self) -> bool:
        """Whether the arms may be called different."""
        if self.decision is not None:
            return self.decision.decided
        return self.judgement is not None and self.judgement.decided

    @property
    def over_seeds(self) -> Interval | None:
        """The difference with its interval over seeds; None with one seed.

        With looks it is the repeated confidence interval, at the look that judged.
        """
        if self.decision is not None:
            return self.decision.interval
        return self.pairing.difference if self.pairing else None

    @property
    def shown(self) -> float:
        """The difference to report: the centre of its interval over seeds, if there is one."""
        return self.over_seeds.value if self.over_seeds is not None else self.value

    @property
    def holds_for_tracks(self) -> bool:
        """Whether the interval over seeds and tracks excludes zero."""
        return self.tracks is not None and excludes_zero(self.tracks)


@dataclass(frozen=True, slots=True)
class SplitResults:
    """The ablation on one split."""

    metric: Metric
    mode: str
    arms: tuple[ArmScore, ...]
    comparisons: tuple[Comparison, ...]
    effects: tuple[tuple[Effect, Judgement], ...]
    """Effects of a full factorial design, judged as a separate family.

    Where replicates were added until all was decided, only those of the first look count.
    """
    sequential: Sequential | None = None
    """The looks and their decisions; None if the number of replicates was fixed beforehand."""


@dataclass(frozen=True, slots=True)
class Ablation:
    """Everything computed of an ablation."""

    reference: str
    primary: SplitResults
    """Results on test, if every arm has all its seeds there and it asks the same kind of queries; else on the
    set of the objective."""
    other: SplitResults | None
    """Results on the other of the two sets, if both were measured."""
    design: Design | None
    gaps: Mapping[str, Interval]
    """Validation minus test by arm, over seeds."""
    replicates: int
    """The smallest number of seeds of a comparison."""
    nuisances_tuned: bool
    """Whether nuisance parameters were tuned for every arm, or every arm was run at several values of them."""
    steps: tuple[Comparison, ...] = ()
    """Each arm against the one before it, judged as a separate family; empty unless arms are steps."""
    tuned: tuple[TunedPoint, ...] = ()
    """The points that were tried to tune them; none of these trials counts as a replicate."""
    epochs: tuple[JudgedArm, ...] = ()
    """Every arm at its best and at its last epoch."""
    judged_at: JudgedAt = "last"
    """Which of the two is judged."""
    budgets: TableModel | None = None
    """Every arm at shorter budgets."""
    beside: SplitResults | None = None
    """The same trials by another figure, as a separate family: swap accuracy beside retrieval, or mAP@10 beside swap
    accuracy; None if it was not measured, or replicates were added by what the objective showed."""

    @property
    def splits(self) -> tuple[SplitResults, ...]:
        """The primary split, and the other if there is one."""
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
    """Compute an ablation, or return None if the space asks for none or fewer than two arms have a completed trial."""
    arms = arms_of(run) if run.space.is_ablation else ()
    if len(arms) < 2:
        return None
    reference = reference_of(arms, lambda arm: arm.of)
    design = design_of(arms, reference)
    tested = all(arm.test.keys() == arm.valid.keys() for arm in arms)
    # Validation may have chosen settings, so test decides if it asks the same kind of queries as the objective.
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
        replicates=min(len(comparison.seeds) for comparison in splits[0].comparisons),
        nuisances_tuned=_nuisances_tuned(run, arms, tuned),
        steps=_steps(run, [arm for arm in arms if arm.listed], splits[0].metric) if run.space.steps else (),
        tuned=tuned,
        epochs=tuple(judged_arms(run, arms)),
        judged_at=run.space.judge,
        budgets=budget_table(run, arms),
        beside=_beside(run, splits[0].metric),
    )


def _beside(run: RunData, metric: Metric) -> SplitResults | None:
    """Return the arms on the same split by what swaps are for or, where that is the objective, by retrieval."""
    retrieval = metric.way == SWAP
    other = Metric("valid", "t2m", "mAP@10") if retrieval else Metric("valid", SWAP, SWAP_ACCURACY)
    if run.space.until_decided is not None or metric.dataset not in ("valid", "test"):
        return None
    space = run.space.model_copy(update={"objectives": (Objective(metric=other.full, mode="max"),)})
    run = replace(run, space=space)
    arms = arms_of(run)
    if len(arms) < 2 or not all(arm.values(metric.dataset) for arm in arms):
        return None
    return _split(run, arms, reference_of(arms, lambda arm: arm.of), None, metric.dataset)


def _steps(run: RunData, arms: Sequence[Arm], metric: Metric) -> tuple[Comparison, ...]:
    """Return every arm but the first against the one before it, over all the seeds that both have."""
    pairs = [(later, earlier) for earlier, later in pairwise(arms)]
    compared = zip(_family(run, pairs, metric), pairs, strict=True)
    return tuple(
        replace(comparison, name=f"{later.name} after {earlier.name}") for comparison, (later, earlier) in compared
    )


def _family(run: RunData, pairs: Sequence[tuple[Arm, Arm]], metric: Metric) -> list[Comparison]:
    """Return the first of each pair minus the second, judged as one family."""
    pairings = [_paired(arm, other, metric.dataset) for arm, other in pairs]
    # Bonferroni's level, the hardest of Holm's: what it takes when no other comparison is decided.
    level = LEVEL / max(1, sum(paired is not None for paired in pairings))
    return [
        _comparison(run, arm, other, metric, paired, judgement, level)
        for (arm, other), paired, judgement in zip(pairs, pairings, judged_where_paired(pairings), strict=True)
    ]


def _nuisances_tuned(run: RunData, arms: Sequence[Arm], tuned: Sequence[TunedPoint]) -> bool:
    """Return whether every listed arm has tuning trials, or was run at every value of the nuisance parameters."""
    if run.space.tune is not None:
        compared = {arm.of for arm in arms if arm.listed}
        return compared <= {point.arm for point in tuned if point.values}
    return any(parameter.searched and parameter.role == "nuisance" for parameter in run.space.space.values())


def _both(arm: Arm) -> tuple[list[float], list[float]]:
    """Return the validation and the test figures of an arm, seeds in the same order."""
    return [arm.valid[seed] for seed in sorted(arm.valid)], [arm.test[seed] for seed in sorted(arm.valid)]


def _split(run: RunData, arms: Sequence[Arm], reference: Arm, design: Design | None, dataset: str) -> SplitResults:
    """Compute the scores, comparisons and effects on one split."""
    metric = Metric.parse(run.objective.metric)
    metric = run.on_test(metric) if dataset == "test" else metric
    pairs = [(arm, reference) for arm in arms if arm is not reference]
    looks = sequential_of(run, arms, reference, dataset)
    decisions = looks.decisions if looks else {}
    comparisons = tuple(
        replace(comparison, decision=decisions.get(comparison.name)) for comparison in _family(run, pairs, metric)
    )
    return SplitResults(
        metric=metric,
        mode=run.objective.mode,
        arms=tuple(_score(arm, dataset) for arm in arms),
        comparisons=comparisons,
        effects=_effects(design, dataset, looks.plan[0] if looks else None),
        sequential=looks,
    )


def _score(arm: Arm, dataset: str) -> ArmScore:
    """Return an arm's mean and interquartile mean on one split, with intervals if it has several seeds."""
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
    """Return the differences over the shared seeds, or None if there are fewer than two."""
    differences = paired_differences(arm.values(dataset), reference.values(dataset))
    return pairing(differences) if len(differences) > 1 else None


def _comparison(
    run: RunData,
    arm: Arm,
    reference: Arm,
    metric: Metric,
    paired: Pairing | None,
    judgement: Judgement | None,
    level: float,
) -> Comparison:
    """Return the first arm minus the second, given its pairing over seeds and its judgement within the family."""
    first, second = arm.values(metric.dataset), reference.values(metric.dataset)
    seeds = tuple(sorted(first.keys() & second.keys()))
    arm_values, reference_values = ([values[seed] for seed in seeds] for values in (first, second))
    seen = paired.difference.value if paired else 0.0
    relevant = RELEVANT * abs(float(np.mean(reference_values))) if seeds else 0.0
    return Comparison(
        name=arm.name,
        seeds=seeds,
        value=float(np.mean(arm_values) - np.mean(reference_values)) if seeds else float("nan"),
        pairing=paired,
        judgement=judgement,
        tracks=_over_tracks(run, arm, reference, metric, seeds),
        improvement=improvement(arm_values, reference_values, run.objective.mode) if paired else None,
        needed=needed_after(paired.differences, seen, level) if paired and seen else None,
        needed_relevant=needed_after(paired.differences, relevant, level) if paired and relevant else None,
    )


def _over_tracks(run: RunData, arm: Arm, reference: Arm, metric: Metric, seeds: tuple[int, ...]) -> Interval | None:
    """Return the difference with an interval over query tracks and seeds, or None if results of a trial are missing."""
    pairs = [
        (run.evaluation(metric.dataset, arm.trials[seed]), run.evaluation(metric.dataset, reference.trials[seed]))
        for seed in seeds
    ]
    known = [
        (arm_results, reference_results)
        for arm_results, reference_results in pairs
        if arm_results is not None and reference_results is not None
    ]
    if not known or len(known) < len(pairs) or len({results.queries for pair in known for results in pair}) > 1:
        return None
    parts = [
        (direction_of(arm_results, metric), direction_of(reference_results, metric))
        for arm_results, reference_results in known
    ]
    directions = [
        (arm_scores, reference_scores)
        for arm_scores, reference_scores in parts
        if arm_scores is not None and reference_scores is not None
    ]
    if len(directions) < len(parts):
        return None
    # The queries are the same in all results, and so are their tracks.
    groups = directions[0][0].clusters
    first, second = (np.stack([pair[side].scores.of(metric.name) for pair in directions]) for side in (0, 1))
    if len(directions) == 1:
        return paired_interval(first[0], second[0], groups, statistic=metric.statistic)
    return hierarchical_interval(first, second, groups, metric.statistic)


def _effects(design: Design | None, dataset: str, most: int | None) -> tuple[tuple[Effect, Judgement], ...]:
    """Compute the factorial effects over the seeds that every arm of the design has.

    With `most`, only so many of them count, the smallest first.
    """
    if design is None:
        return ()
    seeds = sorted(set.intersection(*(set(arm.values(dataset)) for arm in design.arms)))[:most]
    if len(seeds) < 2:
        return ()
    # Effects weigh all arms against each other, so a seed counts only if every arm has it.
    values_RA = [[arm.values(dataset)[seed] for arm in design.arms] for seed in seeds]
    effects = factorial_effects(values_RA, design.levels, [factor.name for factor in design.factors])
    return tuple(zip(effects, judged([effect.pairing for effect in effects]), strict=True))
