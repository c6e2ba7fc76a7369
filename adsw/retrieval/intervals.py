"""Intervals of an evaluation's figures: percentile bootstrap over queries, resampled by track."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from adsw.arrays import Floats
from adsw.metrics import is_by_tags, statistic_of
from adsw.retrieval.evaluation import Direction, Evaluation
from adsw.stats.bootstrap import RESAMPLES, checked_columns, column_draws
from adsw.stats.interval import Interval, percentile_interval


def metric_intervals(direction: Direction, seed: int = 0, resamples: int = RESAMPLES) -> dict[str, Interval]:
    """Return the interval of every metric of one direction, or of a slice of it, on the same resamples.

    Args:
        direction: Q queries; their clusters (tracks) are resampled with all their queries.
        seed: of the resamples.
        resamples: how many.

    Returns:
        Percentile intervals at 95 % by the names of the metrics.
    """
    draws = _draws(direction, direction.scores.names, seed, resamples)
    return {name: percentile_interval(value, draws[name]) for name, value in direction.metrics.items()}


def intervals(evaluation: Evaluation, seed: int = 0, resamples: int = RESAMPLES) -> dict[str, Interval]:
    """Return the interval of every figure of an evaluation, by its full name, as ``valid/t2m/R@10``."""
    return {
        f"{evaluation.name}/{way}/{metric}": interval
        for way in evaluation.ways
        for metric, interval in metric_intervals(evaluation.direction(way), seed, resamples).items()
    }


def differences(
    evaluation: Evaluation, other: Evaluation, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Interval]:
    """Return the paired difference (first minus second) of every figure, by its full name, with its interval.

    Both are resampled by the same draws, so that what makes a query hard for both cancels. Figures with truth by tags
    are left out unless both have them, with as many right items for every query.

    Raises:
        ValueError: the evaluations are not of the same queries.
    """
    if evaluation.queries != other.queries:
        raise ValueError(
            "evaluations of different queries cannot be paired: "
            f"{evaluation.name} ({evaluation.queries[:12]}) and {other.name} ({other.queries[:12]})"
        )
    paired = {}
    for way in [way for way in evaluation.ways if way in other.ways]:
        of_way = direction_differences(evaluation.direction(way), other.direction(way), seed, resamples)
        paired.update({f"{evaluation.name}/{way}/{name}": interval for name, interval in of_way.items()})
    return paired


def direction_differences(
    left: Direction, right: Direction, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Interval]:
    """Return the paired difference (first minus second) of every metric that two directions share, by its name.

    Args:
        left: Q queries.
        right: Q queries, each of the same track as the one of the first in its place.
        seed: of the resamples.
        resamples: how many.

    Raises:
        ValueError: their queries are not of the same tracks.
    """
    if not np.array_equal(left.clusters, right.clusters):
        raise ValueError("directions whose queries are of different tracks cannot be paired")
    names = _common(left, right)
    left_draws, right_draws = (_draws(part, names, seed, resamples) for part in (left, right))
    left_metrics, right_metrics = left.metrics, right.metrics
    return {
        name: percentile_interval(left_metrics[name] - right_metrics[name], left_draws[name] - right_draws[name])
        for name in names
    }


def _common(one: Direction, other: Direction) -> tuple[str, ...]:
    """Return the metrics that two results of the same queries can be compared by."""
    first, second = one.scores.by_tags, other.scores.by_tags
    alike = first is not None and second is not None and np.array_equal(first.true, second.true)
    return tuple(name for name in one.scores.names if alike or not is_by_tags(name))


def _draws(direction: Direction, names: Sequence[str], seed: int, resamples: int) -> dict[str, Floats]:
    """Compute metrics on the same resamples of a direction's clusters, [resamples] each."""
    columns, clusters = checked_columns([direction.scores.of(name) for name in names], direction.clusters)
    draws = column_draws(columns, [statistic_of(name) for name in names], clusters, seed, resamples)
    return {name: draws[:, column] for column, name in enumerate(names)}
