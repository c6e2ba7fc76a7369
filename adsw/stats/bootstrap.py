"""Bootstrap intervals over queries, resampled by cluster (the track), and paired differences.

Percentile intervals (`adsw.stats.interval`) of resamples of whole clusters (`adsw.stats.resampling`).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from adsw.arrays import Floats, Ints
from adsw.stats.interval import TAILS, Interval, percentile_interval
from adsw.stats.resampling import Statistic, Weights, numbered, resampled, weighted

RESAMPLES = 2000
"""Bootstrap resamples, unless a caller asks for another number."""


def bootstrap_interval(
    values: ArrayLike,
    groups: ArrayLike,
    seed: int = 0,
    resamples: int = RESAMPLES,
    statistic: Statistic = "mean",
) -> Interval:
    """Return the 95 % percentile interval of the mean or median of per-query values.

    Args:
        values: [Q].
        groups: the cluster of every query, [Q], numbers or strings.
        seed: the same seed, the same interval.
        resamples: bootstrap resamples.
        statistic: ``mean`` or ``median``.

    Raises:
        ValueError: nothing to resample, lengths differ, a value is not finite, or the statistic is unknown.
    """
    columns, clusters = checked_columns([values], groups)
    draws = column_draws(columns, [statistic], clusters, seed, resamples)
    return percentile_interval(_plain(columns[0], statistic), draws[:, 0])


def paired_interval(
    values: ArrayLike,
    others: ArrayLike,
    groups: ArrayLike,
    seed: int = 0,
    resamples: int = RESAMPLES,
    statistic: Statistic = "mean",
) -> Interval:
    """Return the 95 % interval of the difference (first minus second) of two statistics of the same queries.

    Both are taken on the same resampled queries, so what makes a query hard for both cancels. Arguments and
    errors as `bootstrap_interval`.
    """
    columns, clusters = checked_columns([values, others], groups)
    draws = column_draws(columns, [statistic, statistic], clusters, seed, resamples)
    difference = _plain(columns[0], statistic) - _plain(columns[1], statistic)
    return percentile_interval(difference, draws[:, 0] - draws[:, 1])


def contrast_interval(
    values: ArrayLike, chosen: ArrayLike, groups: ArrayLike, seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """Return the 95 % interval of the chosen queries' mean minus that of the others, on joint resamples.

    Resamples that hold queries of one kind only have no difference and are left out.

    Args:
        values: [Q].
        chosen: bool [Q], at least one query of each kind.
        groups, seed, resamples: as `bootstrap_interval`.

    Raises:
        ValueError: as `bootstrap_interval`, or all queries are of one kind.
    """
    inside = np.asarray(chosen, dtype=np.float64)
    (values_Q, chosen_Q), clusters = checked_columns([values, inside], groups)
    if chosen_Q.min() == chosen_Q.max():
        raise ValueError("a contrast needs chosen queries and others")
    totals = _sums([values_Q * chosen_Q, chosen_Q, values_Q * (1 - chosen_Q), 1 - chosen_Q], clusters, seed, resamples)
    # Chosen queries in the second column, others in the last: without either there is no mean to subtract.
    totals = totals[(totals[:, 1] > 0) & (totals[:, 3] > 0)]
    draws = totals[:, 0] / totals[:, 1] - totals[:, 2] / totals[:, 3]
    return percentile_interval(float(values_Q[chosen_Q > 0].mean() - values_Q[chosen_Q == 0].mean()), draws)


def share_interval(
    values: ArrayLike, chosen: ArrayLike, groups: ArrayLike, seed: int = 0, resamples: int = RESAMPLES
) -> Interval | None:
    """Return the 95 % interval of the chosen queries' share of a sum over all queries.

    Return None if the sum is not above zero, itself and in 97.5 % of resamples: a share of it would have no meaning.
    Arguments and errors as `bootstrap_interval`; `chosen` is bool [Q].
    """
    (values_Q, chosen_Q), clusters = checked_columns([values, np.asarray(chosen, dtype=np.float64)], groups)
    totals = _sums([values_Q * chosen_Q, values_Q], clusters, seed, resamples)
    if values_Q.sum() <= 0 or np.quantile(totals[:, 1], TAILS[0]) <= 0:
        return None
    positive = totals[totals[:, 1] > 0]
    return percentile_interval(float((values_Q * chosen_Q).sum() / values_Q.sum()), positive[:, 0] / positive[:, 1])


def checked_columns(columns: list[Any], groups: ArrayLike) -> tuple[list[Floats], Ints]:
    """Return columns of per-query values as float64 and their groups as numbers 0 to C - 1.

    Raises:
        ValueError: nothing to resample, lengths differ, or a value is not finite.
    """
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    labels = np.asarray(groups)
    shapes = {array.shape for array in [*arrays, labels]}
    if len(shapes) > 1 or labels.ndim != 1 or not labels.size:
        raise ValueError(f"values and groups must be vectors of one length, at least 1, not {sorted(shapes)}")
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError("values must be finite")
    return arrays, numbered(labels)


def column_draws(
    columns: list[Floats], statistics: list[Statistic], clusters: Ints, seed: int, resamples: int
) -> Floats:
    """Compute the statistic of every column on the same resamples, [resamples, columns].

    Args:
        columns: per-query values, [Q] each.
        statistics: of every column.
        clusters: the cluster of every query, 0 to C - 1, [Q].
        seed: of the draws.
        resamples: bootstrap resamples.
    """
    figures = [weighted(column, clusters, statistic) for column, statistic in zip(columns, statistics, strict=True)]

    def at(weights_RC: Ints) -> Floats:
        """Compute every column's statistic on some resamples, [R, columns]."""
        return np.stack([figure(weights_RC) for figure in figures], axis=1)

    return resampled(at, int(clusters.max()) + 1, resamples, seed, width=len(clusters))


def _sums(columns: list[Floats], clusters: Ints, seed: int, resamples: int) -> Floats:
    """Compute the sum of every column on the same resamples, [resamples, columns]."""
    # A sum over queries is a sum over clusters, which is shorter: a matrix product then does all resamples.
    sums = [np.bincount(clusters, weights=column) for column in columns]

    def at(weights_RC: Ints) -> Floats:
        """Compute every column's sum on some resamples, [R, columns]."""
        return np.stack([weights_RC @ column for column in sums], axis=1)

    return resampled(at, int(clusters.max()) + 1, resamples, seed, width=len(clusters))


def _plain(values: Floats, statistic: Statistic) -> float:
    """Compute the statistic of the values themselves, without resampling."""
    return float(np.median(values) if statistic == "median" else np.mean(values))


Figures = Callable[[Floats], Floats]
"""Maps weights of the tracks, [R, N], to figures, [R, K]; NaN where a figure is not defined."""

SEED = 0

MOST, LEAST = 1000, 200
"""Largest number of resamples, and the smallest that a large set is given."""

_BUDGET = 2e7
"""Values that all resamples together may weigh, which bounds the time."""


class Resamples:
    """The same resamples of a set's tracks for all its figures, so that figures can be compared draw by draw."""

    def __init__(self, groups: Sequence[str], resamples: int | None = None, columns: int = 1, seed: int = SEED) -> None:
        """Number the groups.

        Args:
            groups: the leakage group of every one of N tracks.
            resamples: how many; None for as many as a bounded time allows.
            columns: number of values that are weighed per track, such as its tags.
            seed: of the draws.

        Raises:
            ValueError: there is no track.
        """
        if not len(groups):
            raise ValueError("nothing to resample: there is no track")
        self._group = numbered(np.asarray(groups, dtype=str))
        self.groups = int(self._group.max()) + 1
        self._seed = seed
        self._cost = len(groups) * columns
        self.count = resamples or int(np.clip(_BUDGET / self._cost, LEAST, MOST))

    def draw(self, figures: Figures) -> Floats:
        """Compute the figures on every resample, float64 [R, K]; the same resamples in every call."""

        # Groups are drawn; every track of one then weighs as much as its group was drawn.
        def at(weights_RC: Weights) -> Floats:
            return figures(weights_RC[:, self._group].astype(np.float64))

        return resampled(at, self.groups, self.count, self._seed, width=self._cost)

    @property
    def convention(self) -> str:
        """How the intervals (`adsw.stats.interval.centred_interval`) were made, in words."""
        return (
            "Intervals: 95 %, bootstrap percentiles corrected for bias, tracks resampled by leakage group "
            f"({self.groups} groups, {self.count} resamples, seed {self._seed}); a resample on which a figure is not "
            "defined is left out."
        )


def mean_of_known(values: Floats, axis: int = -1) -> Floats:
    """Compute the mean over an axis without its NaN; NaN if all are."""
    with warnings.catch_warnings():  # nanmean warns of an empty slice, which is a case foreseen here
        warnings.simplefilter("ignore", RuntimeWarning)
        mean: Floats = np.asarray(np.nanmean(values, axis=axis))
    return mean
