"""Bootstrap intervals over queries, resampled by cluster (the track), and paired differences.

Percentile intervals (Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 13). The queries
of one track are not independent, so tracks are drawn, with all their queries: C of C clusters with
replacement, as multinomial weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from adsw.evaluate.direction import Direction
from adsw.evaluate.evaluation import DIRECTIONS, Evaluation
from adsw.evaluate.retrieval import METRICS

Statistic: TypeAlias = Literal["mean", "median"]
Floats: TypeAlias = NDArray[np.float64]

RESAMPLES = 2000
_LEVEL = 0.95
_KEPT = 2**22
"""Weights that are kept for the next interval on as many clusters: 32 MB."""
NORMAL_95 = 1.959963984540054
"""Standard errors on either side of an estimate that make a 95 % interval, where it is normal."""
_CHUNK = 2**21
"""Weights held at a time: resamples are drawn in chunks, so memory does not grow with their number."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float


def bootstrap_interval(
    values: ArrayLike,
    groups: ArrayLike,
    seed: int = 0,
    resamples: int = RESAMPLES,
    statistic: Statistic = "mean",
) -> Interval:
    """95 % percentile interval of the mean or median of per-query values.

    Args:
        values: [Q].
        groups: the cluster of every query, [Q], numbers or strings.
        seed: the same seed, the same interval.
        resamples: bootstrap resamples.
        statistic: what the interval is of.

    Raises:
        ValueError: nothing to resample, lengths differ, a value is not finite, or the statistic is unknown.
    """
    columns, clusters = _checked([values], groups)
    draws = _resampled(columns, [statistic], clusters, seed, resamples)
    return _interval(_plain(columns[0], statistic), draws[:, 0])


def paired_interval(
    values: ArrayLike,
    others: ArrayLike,
    groups: ArrayLike,
    seed: int = 0,
    resamples: int = RESAMPLES,
    statistic: Statistic = "mean",
) -> Interval:
    """95 % interval of the difference (first minus second) of two statistics of the same queries.

    Both are taken on the same resampled queries, so what makes a query hard for both cancels. Arguments and
    errors as `bootstrap_interval`.
    """
    columns, clusters = _checked([values, others], groups)
    draws = _resampled(columns, [statistic, statistic], clusters, seed, resamples)
    difference = _plain(columns[0], statistic) - _plain(columns[1], statistic)
    return _interval(difference, draws[:, 0] - draws[:, 1])


def contrast_interval(
    values: ArrayLike, chosen: ArrayLike, groups: ArrayLike, seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """95 % interval of the mean of the chosen queries minus the mean of the others, on joint resamples.

    Resamples that hold queries of one kind only say nothing and are left out.

    Args:
        values: [Q].
        chosen: bool [Q], at least one query of each kind.
        groups, seed, resamples: as `bootstrap_interval`.

    Raises:
        ValueError: as `bootstrap_interval`, or all queries are of one kind.
    """
    inside = np.asarray(chosen, dtype=np.float64)
    (found, kinds), clusters = _checked([values, inside], groups)
    if kinds.min() == kinds.max():
        raise ValueError("a contrast needs chosen queries and others")
    sums = [np.bincount(clusters, weights=column) for column in (found * kinds, kinds, found * (1 - kinds), 1 - kinds)]
    weights = _weights(int(clusters.max()) + 1, len(clusters), seed, resamples)
    totals = np.concatenate([np.stack([weights_RC @ column for column in sums], axis=1) for weights_RC in weights])
    totals = totals[(totals[:, 1] > 0) & (totals[:, 3] > 0)]
    draws = totals[:, 0] / totals[:, 1] - totals[:, 2] / totals[:, 3]
    return _interval(float(found[kinds > 0].mean() - found[kinds == 0].mean()), draws)


def share_interval(
    values: ArrayLike, chosen: ArrayLike, groups: ArrayLike, seed: int = 0, resamples: int = RESAMPLES
) -> Interval | None:
    """95 % interval of the chosen queries' share of a sum over all queries.

    None where the sum is not above zero in at least 97.5 % of resamples: there is nothing to have a share of.
    Arguments and errors as `bootstrap_interval`; `chosen` is bool [Q].
    """
    (found, kinds), clusters = _checked([values, np.asarray(chosen, dtype=np.float64)], groups)
    part, whole = (np.bincount(clusters, weights=column) for column in (found * kinds, found))
    weights = _weights(int(clusters.max()) + 1, len(clusters), seed, resamples)
    totals = np.concatenate([np.stack([weights_RC @ part, weights_RC @ whole], axis=1) for weights_RC in weights])
    if found.sum() <= 0 or np.quantile(totals[:, 1], (1 - _LEVEL) / 2) <= 0:
        return None
    positive = totals[totals[:, 1] > 0]
    return _interval(float((found * kinds).sum() / found.sum()), positive[:, 0] / positive[:, 1])


def metric_intervals(direction: Direction, seed: int = 0, resamples: int = RESAMPLES) -> dict[str, Interval]:
    """The interval of every metric of one direction, or of a slice of it, on the same resamples."""
    draws = _metric_draws(direction, seed, resamples)
    return {name: _interval(value, draws[name]) for name, value in direction.metrics.items()}


def intervals(evaluation: Evaluation, seed: int = 0, resamples: int = RESAMPLES) -> dict[str, Interval]:
    """The interval of every figure of an evaluation, by its full name."""
    return {
        f"{evaluation.name}/{way}/{metric}": interval
        for way in DIRECTIONS
        for metric, interval in metric_intervals(evaluation.direction(way), seed, resamples).items()
    }


def differences(
    evaluation: Evaluation, other: Evaluation, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Interval]:
    """The paired difference (first minus second) of every figure, by its full name, with its interval.

    Raises:
        ValueError: the evaluations are not of the same queries.
    """
    if evaluation.queries != other.queries:
        raise ValueError(
            "evaluations of different queries cannot be paired: "
            f"{evaluation.name} ({evaluation.queries[:12]}) and {other.name} ({other.queries[:12]})"
        )
    found = {}
    for way in DIRECTIONS:
        one, two = evaluation.direction(way), other.direction(way)
        one_draws, two_draws = _metric_draws(one, seed, resamples), _metric_draws(two, seed, resamples)
        one_metrics, two_metrics = one.metrics, two.metrics
        for name in METRICS:
            draws = one_draws[name] - two_draws[name]
            found[f"{evaluation.name}/{way}/{name}"] = _interval(one_metrics[name] - two_metrics[name], draws)
    return found


def _metric_draws(direction: Direction, seed: int, resamples: int) -> dict[str, Floats]:
    columns, clusters = _checked([direction.scores.of(name) for name in METRICS], direction.clusters)
    statistics: list[Statistic] = ["median" if name == "MedR" else "mean" for name in METRICS]
    draws = _resampled(columns, statistics, clusters, seed, resamples)
    return {name: draws[:, column] for column, name in enumerate(METRICS)}


def _checked(columns: list[Any], groups: ArrayLike) -> tuple[list[Floats], NDArray[np.int64]]:
    """The columns as float64 and the groups as numbers 0..C-1."""
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    labels = np.asarray(groups)
    shapes = {array.shape for array in [*arrays, labels]}
    if len(shapes) > 1 or labels.ndim != 1 or not labels.size:
        raise ValueError(f"values and groups must be vectors of one length, at least 1, not {sorted(shapes)}")
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError("values must be finite")
    return arrays, np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _resampled(
    columns: list[Floats], statistics: list[Statistic], clusters: NDArray[np.int64], seed: int, resamples: int
) -> Floats:
    """The statistic of every column on every resample, [resamples, columns]."""
    makers = [_statistic(column, statistic, clusters) for column, statistic in zip(columns, statistics, strict=True)]
    chunks = [
        np.stack([make(weights_RC) for make in makers], axis=1)
        for weights_RC in _weights(int(clusters.max()) + 1, len(clusters), seed, resamples)
    ]
    return np.concatenate(chunks)


def _weights(clusters: int, queries: int, seed: int, resamples: int) -> Iterator[NDArray[np.int64]]:
    """How often every cluster is drawn, [some resamples, C] at a time."""
    if resamples * clusters <= _KEPT:
        drawn, step = _drawn(clusters, seed, resamples), max(1, _CHUNK // queries)
        yield from (drawn[first : first + step] for first in range(0, resamples, step))
        return
    rng = np.random.default_rng(seed)
    step = max(1, _CHUNK // queries)
    for first in range(0, resamples, step):
        yield rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=min(step, resamples - first))


@lru_cache(maxsize=4)
def _drawn(clusters: int, seed: int, resamples: int) -> NDArray[np.int64]:
    """The same draws at once, for the many intervals that are taken of runs on one set of queries."""
    shares = np.full(clusters, 1 / clusters)
    found = np.random.default_rng(seed).multinomial(clusters, shares, size=resamples)
    found.flags.writeable = False
    return np.asarray(found)


def _statistic(
    values: Floats, statistic: Statistic, clusters: NDArray[np.int64]
) -> Callable[[NDArray[np.int64]], Floats]:
    """The statistic as a function of cluster weights [R, C] -> [R]."""
    if statistic == "mean":
        sums, sizes = np.bincount(clusters, weights=values), np.bincount(clusters)
        return lambda weights_RC: (weights_RC @ sums) / (weights_RC @ sizes)
    if statistic == "median":
        return _median(values, clusters)
    raise ValueError(f"statistic must be 'mean' or 'median', not {statistic!r}")


def _median(values: Floats, clusters: NDArray[np.int64]) -> Callable[[NDArray[np.int64]], Floats]:
    """The plain median of resampled queries: the mean of the two middle ones where their number is even."""
    order = np.argsort(values, kind="stable")
    ranked, owners = values[order], clusters[order]

    def of(weights_RC: NDArray[np.int64]) -> Floats:
        reached = np.cumsum(weights_RC[:, owners], axis=1)
        total = reached[:, -1:]
        lower = (reached < (total + 1) // 2).sum(axis=1)
        upper = (reached < total // 2 + 1).sum(axis=1)
        middle: Floats = (ranked[lower] + ranked[upper]) / 2
        return middle

    return of


def _plain(values: Floats, statistic: Statistic) -> float:
    return float(np.median(values) if statistic == "median" else np.mean(values))


def _interval(value: float, draws: Floats) -> Interval:
    low, high = np.quantile(draws, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Interval(value, float(low), float(high))
