"""The best and the default of every sweep, and how far those of one are from those of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adsw.metrics import Metric
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
    """A figure, with its interval where there is one."""

    value: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What one sweep reached."""

    name: str
    best: str
    """Which trial, or which arm of an ablation."""
    default: str
    """Which trial or arm; empty where the sweep held none."""
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
    """Of this sweep; the reference's is `reference_value`."""
    reference_value: float
    gap: Interval
    paired: bool
    """Whether both answered the same queries; if not, the figures are of two tasks."""

    def side(self, mode: str) -> str:
        """Return ``better`` or ``worse`` where that is known, else ``open``."""
        return side_of(self.gap, mode) if self.paired else "open"


def standings(sides: Sequence[Side]) -> tuple[Standing, ...]:
    """Return one standing per sweep. Trials have intervals over query tracks, arms over seeds."""
    return tuple(_of_arms(side) if side.arms else _of_trials(side) for side in sides)


def winner_gaps(sides: Sequence[Side]) -> tuple[WinnerGap, ...]:
    """Compare each other sweep's best and default with the first's, on test and on validation; of searches only.

    The best was picked by its validation figure, so the difference on test is the one to judge by.
    """
    metric = Metric.parse(sides[0].board.metric)
    found = []
    for side in sides[1:]:
        if side.arms or sides[0].arms:
            continue
        for who in (BEST, DEFAULT):
            for on in (sides[0].run.on_test(metric), metric):
                gap = _winner_gap(side, sides[0], who, on)
                found += [gap] if gap is not None else []
    return tuple(found)


def evaluation_of(side: Side, row: Row | None, metric: Metric) -> Evaluation | None:
    """Return a trial's per-query results on a set, or None if they are missing or of another epoch."""
    if row is None:
        return None
    found = side.run.evaluation(metric.dataset, row.number)
    if metric.dataset == "test":
        return found
    return found if found is not None and matches(found, metric, row.value) else None


def unpaired_gap(one: Evaluation, other: Evaluation, metric: Metric) -> Interval | None:
    """First minus second on different queries, with an interval over the tracks of both; None without queries."""
    first, second = direction_of(one, metric), direction_of(other, metric)
    if first is None or second is None:
        return None
    values = (first.scores.of(metric.name), first.clusters, second.scores.of(metric.name), second.clusters)
    return split_gap(*values, statistic=metric.statistic)


def _winner_gap(side: Side, first: Side, who: str, metric: Metric) -> WinnerGap | None:
    mine, theirs = (
        evaluation_of(one, one.board.best if who == BEST else one.board.default, metric) for one in (side, first)
    )
    if mine is None or theirs is None:
        return None
    values = value_of(mine, metric), value_of(theirs, metric)
    paired = difference(mine, theirs, metric)
    gap = paired or unpaired_gap(mine, theirs, metric)
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
    return None if row is None or row.value is None else Score(row.value, row.interval)


def _tested(side: Side, row: Row | None) -> Score | None:
    metric = side.run.on_test(Metric.parse(side.board.metric))
    found = evaluation_of(side, row, metric)
    interval = estimate(found, metric) if found is not None else None
    return Score(interval.value, interval) if interval is not None else None


def _of_arms(side: Side) -> Standing:
    sign = 1.0 if side.board.mode == "max" else -1.0
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
    """Return the arm's mean over its seeds; on test only if every seed was measured there."""
    values = list(arm.values(dataset).values())
    if not values or len(values) < len(arm.valid):
        return None
    return Score(float(np.mean(values)), replicate_interval(values) if len(values) > 1 else None)
