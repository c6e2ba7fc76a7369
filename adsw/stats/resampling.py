"""Resamples with replacement, and figures of weighted queries, for every bootstrap of the project.

Queries of one track are not independent, so clusters are drawn with all their queries: C of C with replacement, as
weights that count how often each is drawn. Where a statistic has no weighted form, places are drawn instead. Draws come
in chunks, so that memory does not grow with the number of resamples; the size of the chunks does not change the draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from adsw.arrays import Floats, Ints

Statistic: TypeAlias = Literal["mean", "median"]
Weights: TypeAlias = Ints
"""How often every cluster is drawn, [R, C]."""

_KEPT = 2**22
"""Most weights that are kept for the next interval on as many clusters: 32 MB."""
_CHUNK = 2**21
"""Most values weighted at a time."""


def numbered(groups: ArrayLike) -> Ints:
    """Return groups of any kind as cluster numbers 0 to C - 1, [Q], each of which occurs."""
    return np.asarray(np.unique(np.asarray(groups), return_inverse=True)[1], dtype=np.int64)


def resampled(
    figures: Callable[[Weights], Floats],
    clusters: int,
    resamples: int,
    source: int | np.random.Generator,
    width: int | None = None,
) -> Floats:
    """Compute figures on every resample of the clusters.

    Args:
        figures: computes from weights [r, C] the figures of these resamples, [r, ...].
        clusters: C.
        resamples: R.
        source: a seed, whose draws are kept for the next interval on as many clusters, or a generator.
        width: values that `figures` holds in memory for every resample, which bounds a chunk; None for C.

    Returns:
        [R, ...].
    """
    step = max(1, _CHUNK // (width or clusters))
    return np.concatenate([figures(weights_RC) for weights_RC in _weights(clusters, resamples, source, step)])


def drawn_places(count: int, resamples: int, rng: np.random.Generator) -> Ints:
    """Draw places 0 to N - 1 with replacement, [R, N], for statistics without a weighted form."""
    return rng.integers(0, count, (resamples, count))


def weighted(values: Floats, clusters: Ints, statistic: Statistic) -> Callable[[Weights], Floats]:
    """Return the statistic of per-query values as a function of cluster weights, [R, C] -> [R].

    The median is the plain one of the resampled queries: the mean of the two middle ones where their number is even.

    Args:
        values: [Q].
        clusters: the cluster of every query, 0 to C - 1, [Q].
        statistic: ``mean`` or ``median``.

    Raises:
        ValueError: another statistic; and, where the function is called, a resample without a query.
    """
    if statistic == "mean":
        return _mean(values, clusters)
    if statistic == "median":
        return _median(values, clusters)
    raise ValueError(f"statistic must be 'mean' or 'median', not {statistic!r}")


def weighted_figures(values: ArrayLike, clusters: ArrayLike, weights: Weights, statistic: Statistic = "mean") -> Floats:
    """Compute the figure of every run on every resample, each cluster with all its queries.

    The same weights give paired draws: of several runs, and of several metrics of the same clusters.

    Args:
        values: per-query values of every run, [N, Q].
        clusters: the cluster of every query, 0 to C - 1, [Q].
        weights: how often each cluster is drawn, [R, C].
        statistic: how a run's figure is made of its queries.

    Returns:
        [R, N].

    Raises:
        ValueError: the shapes do not fit, or a resample holds no query.
    """
    values_NQ, clusters_Q = np.asarray(values, dtype=np.float64), np.asarray(clusters)
    if values_NQ.ndim != 2 or clusters_Q.shape != values_NQ.shape[1:] or clusters_Q.max(initial=-1) >= weights.shape[1]:
        raise ValueError(
            f"values must be [N, Q] and clusters [Q] below {weights.shape[1]}: {values_NQ.shape}, {clusters_Q.shape}"
        )
    # Run by run: equal runs must have equal figures to the last bit, which a product of all at once does not promise.
    return np.stack([weighted(row, clusters_Q, statistic)(weights) for row in values_NQ], axis=1)


def _weights(clusters: int, resamples: int, source: int | np.random.Generator, step: int) -> Iterator[Weights]:
    """Yield the weights of at most `step` resamples at a time, [step, C]."""
    if isinstance(source, int) and resamples * clusters <= _KEPT:
        # One multinomial draw of all resamples gives the same as draws of some at a time.
        drawn = _drawn(clusters, source, resamples)
        yield from (drawn[first : first + step] for first in range(0, resamples, step))
        return
    rng = np.random.default_rng(source)
    for first in range(0, resamples, step):
        yield rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=min(step, resamples - first))


@lru_cache(maxsize=4)
def _drawn(clusters: int, seed: int, resamples: int) -> Weights:
    """Draw all resamples at once, kept for the many intervals on one set of queries, [R, C]."""
    shares = np.full(clusters, 1 / clusters)
    weights_RC = np.random.default_rng(seed).multinomial(clusters, shares, size=resamples)
    # All callers share the array.
    weights_RC.flags.writeable = False
    return np.asarray(weights_RC)


def _mean(values: Floats, clusters: Ints) -> Callable[[Weights], Floats]:
    """Return the mean as a function of cluster weights."""

    def of(weights_RC: Weights) -> Floats:
        """Compute the mean of every resample, [R]."""
        count = weights_RC.shape[1]
        sizes_R = weights_RC @ np.bincount(clusters, minlength=count)
        if not sizes_R.all():
            raise ValueError("a resample holds no query")
        return np.asarray((weights_RC @ np.bincount(clusters, weights=values, minlength=count)) / sizes_R)

    return of


def _median(values: Floats, clusters: Ints) -> Callable[[Weights], Floats]:
    """Return the median as a function of cluster weights; the values are sorted only once."""
    order = np.argsort(values, kind="stable")
    ranked, owners = values[order], clusters[order]

    def of(weights_RC: Weights) -> Floats:
        """Compute the median of every resample, [R]."""
        # Queries counted up to each value in rising order: the middle ones are the first to reach half of the total.
        reached_RQ = np.cumsum(weights_RC[:, owners], axis=1)
        total_R1 = reached_RQ[:, -1:]
        if not total_R1.all():
            raise ValueError("a resample holds no query")
        # The two middle queries, which are the same one if the number of queries is odd.
        lower_R = (reached_RQ < (total_R1 + 1) // 2).sum(axis=1)
        upper_R = (reached_RQ < total_R1 // 2 + 1).sum(axis=1)
        return np.asarray((ranked[lower_R] + ranked[upper_R]) / 2)

    return of
