"""The best and the default of every sweep, and the differences between those of two sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adsw.metrics import Metric, sign_of
from adsw.retrieval.evaluation import Evaluation
from adsw.stats.interval import Interval
from sweep.report.ablation.design import Arm
from sweep.report.compare.sides import Side
from sweep.report.data import difference, direction_of, estimate, matches, side_of, value_of
from sweep.report.leaderboard import Row
from sweep.space.compared import reference_of
from sweep.stats.replicates import replicate_interval
from sweep.stats.selection import split_gap

BEST, DEFAULT = "best", "default"


@dataclass(frozen=True, slots=True)
class Score:
    """A figure, with its interval if there is one."""

    value: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The best and the default of one sweep, with their figures."""

    name: str
    best: str
    """The best trial, or the best arm of an ablation, in words."""
    default: str
    """The default trial, or the reference arm, in words; empty if the sweep had none."""
    valid: Score | None
    test: Score | None
    default_valid: Score | None
    default_test: Score | None


@dataclass(frozen=True, slots=True)
class WinnerGap:
    """The best, or the default, of one sweep minus that of the first."""

    name: str
    reference: str
    who: str
    """`BEST` or `DEFAULT`."""
    metric: Metric
    value: float
    """Figure of this sweep; that of the first is `reference_value`."""
    reference_value: float
    gap: Interval
    paired: bool
    """Whether both answered the same queries; if not, the figures are of two tasks."""

    def side(self, mode: str) -> str:
        """Return ``better`` or ``worse`` if that is known, else ``open``."""
        return side_of(self.gap, mode) if self.paired else "open"


def standings(sides: Sequence[Side]) -> tuple[Standing, ...]:
    """Return what each sweep reached, one standing per sweep.

    Trials have intervals over query tracks, arms over seeds.
    """
    return tuple(_of_arms(side) if side.arms else _of_trials(side) for side in sides)


def winner_gaps(sides: Sequence[Side]) -> tuple[WinnerGap, ...]:
    """Return each other search's best and default minus the first's, on test and on validation.

    The best was picked by its validation figure, so the difference on test is the one to judge by.
    """
    metric = Metric.parse(sides[0].board.metric)
    gaps = []
    for side in sides[1:]:
        if side.arms or sides[0].arms:
            continue
        for who in (BEST, DEFAULT):
            for on in (sides[0].run.on_test(metric), metric):
                gap = _winner_gap(side, sides[0], who, on)
                gaps += [gap] if gap is not None else []
    return tuple(gaps)


def evaluation_of(side: Side, row: Row | None, metric: Metric) -> Evaluation | None:
    """Return a trial's per-query results on a set, or None if they are missing or of another epoch."""
    if row is None:
        return None
    evaluation = side.run.evaluation(metric.dataset, row.number)
    if metric.dataset == "test":
        # A row's value, by which the epoch is recognised, is of validation.
        return evaluation
    return evaluation if evaluation is not None and matches(evaluation, metric, row.value) else None


def unpaired_gap(evaluation: Evaluation, other: Evaluation, metric: Metric) -> Interval | None:
    """Return first minus second on different queries, with an interval over the tracks of both.

    Return None if either has no results for the metric.
    """
    direction, other_direction = direction_of(evaluation, metric), direction_of(other, metric)
    if direction is None or other_direction is None:
        return None
    values = (
        direction.scores.of(metric.name),
        direction.clusters,
        other_direction.scores.of(metric.name),
        other_direction.clusters,
    )
    return split_gap(*values, statistic=metric.statistic)


def _winner_gap(side: Side, first: Side, who: str, metric: Metric) -> WinnerGap | None:
    """Return the best, or the default, of a sweep minus that of the first, or None if results are missing."""
    evaluation, reference = (
        evaluation_of(owner, owner.board.best if who == BEST else owner.board.default, metric)
        for owner in (side, first)
    )
    if evaluation is None or reference is None:
        return None
    values = value_of(evaluation, metric), value_of(reference, metric)
    paired = difference(evaluation, reference, metric)
    gap = paired or unpaired_gap(evaluation, reference, metric)
    if gap is None or values[0] is None or values[1] is None:
        return None
    return WinnerGap(
        name=side.name,
        reference=first.name,
        who=who,
        metric=metric,
        value=values[0],
        reference_value=values[1],
        gap=gap,
        paired=paired is not None,
    )


def _of_trials(side: Side) -> Standing:
    """Return the standing of a search."""
    best, default = side.board.best, side.board.default
    return Standing(
        name=side.name,
        best=f"trial {best.number}{', the default' if best.is_default else ''}" if best else "",
        default=f"trial {default.number}" if default else "",
        valid=_measured(best),
        test=_tested(side, best),
        default_valid=_measured(default),
        default_test=_tested(side, default),
    )


def _measured(row: Row | None) -> Score | None:
    """Return a trial's figure on validation with its interval."""
    return None if row is None or row.value is None else Score(row.value, row.interval)


def _tested(side: Side, row: Row | None) -> Score | None:
    """Return a trial's figure on test with its interval."""
    metric = side.run.on_test(Metric.parse(side.board.metric))
    evaluation = evaluation_of(side, row, metric)
    interval = estimate(evaluation, metric) if evaluation is not None else None
    return Score(interval.value, interval) if interval is not None else None


def _of_arms(side: Side) -> Standing:
    """Return the standing of an ablation: the arm with the best mean, and the reference arm as the default."""
    sign = sign_of(side.board.mode)
    best = max(side.arms, key=lambda arm: sign * float(np.mean([*arm.valid.values()])))
    reference = reference_of(side.arms, lambda arm: arm.of)
    return Standing(
        name=side.name,
        best=f"arm {best.name}",
        default=f"arm {reference.name}, the reference",
        valid=_mean(best, "valid"),
        test=_mean(best, "test"),
        default_valid=_mean(reference, "valid"),
        default_test=_mean(reference, "test"),
    )


def _mean(arm: Arm, dataset: str) -> Score | None:
    """Return the arm's mean over its seeds, or None on test if some seed was not measured there."""
    values = list(arm.values(dataset).values())
    if not values or len(values) < len(arm.valid):
        return None
    return Score(float(np.mean(values)), replicate_interval(values) if len(values) > 1 else None)
