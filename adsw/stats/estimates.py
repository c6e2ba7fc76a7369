"""Means with bootstrap intervals, many at a time, resampled by track.

Percentile intervals (Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 13). The texts of a
track are not independent, so tracks are drawn, with all their texts. A mean over texts is then a ratio of two
sums over tracks, and all columns of a group share the same resamples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from adsw.arrays import Floats, Ints
from adsw.draws import generator
from adsw.stats.interval import percentile_interval
from adsw.stats.resampling import drawn_places, numbered

RESAMPLES = 1000
LEAST = 5
"""Clusters below which no interval is given: resamples of so few say little of the scatter."""
_CHUNK = 64
"""Resamples at a time."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean and its 95 % interval, whose ends are None if there is too little to resample."""

    value: float
    low: float | None
    high: float | None
    n: int
    """Number of values in the mean: texts, blocks of n-grams, or sampled texts."""

    def document(self) -> dict[str, float | int | None]:
        """Return the estimate as plain JSON values."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


def means(values_MK: Floats, clusters_M: Ints, seed: int = 0, resamples: int = RESAMPLES) -> list[Estimate | None]:
    """Compute the mean of every column, with its interval.

    Args:
        values_MK: [M, K]; a NaN is a value that was not measured, and is left out of its column.
        clusters_M: the track of every value, any integers; values of a track are drawn together.
        seed: the same seed, the same intervals.
        resamples: bootstrap resamples.

    Returns:
        K estimates; None for a column without a value.

    Raises:
        ValueError: the shapes do not fit.
    """
    return ratios(values_MK, np.isfinite(values_MK).astype(np.float64), clusters_M, seed, resamples)


def ratios(
    values_MK: Floats, weights_MK: Floats, clusters_M: Ints, seed: int = 0, resamples: int = RESAMPLES
) -> list[Estimate | None]:
    """Compute the sum of every column's values over the sum of its weights, with its interval.

    Arguments, returns and errors as `means`; a value with a weight of 0 is left out.
    """
    if values_MK.ndim != 2 or values_MK.shape != weights_MK.shape or clusters_M.shape != values_MK.shape[:1]:
        shapes = values_MK.shape, weights_MK.shape, clusters_M.shape
        raise ValueError(f"values and weights must be [M, K] and clusters [M], not {shapes}")
    numbers_M = numbered(clusters_M)
    sums_CK = _summed(np.where(weights_MK > 0, values_MK, 0.0), numbers_M)
    sizes_CK = _summed(weights_MK, numbers_M)
    draws_RK = _drawn(sums_CK, sizes_CK, seed, resamples)
    counts = (weights_MK > 0).sum(axis=0)
    return [
        _estimate(sums_CK[:, place], sizes_CK[:, place], draws_RK[:, place], int(counts[place]))
        for place in range(values_MK.shape[1])
    ]


def _summed(values_MK: Floats, clusters_M: Ints) -> Floats:
    """Sum every column by cluster, [C, K]."""
    size = int(clusters_M.max()) + 1 if len(clusters_M) else 0
    out = np.empty((size, values_MK.shape[1]))
    for column in range(values_MK.shape[1]):
        out[:, column] = np.bincount(clusters_M, weights=values_MK[:, column], minlength=size)
    return out


def _drawn(sums_CK: Floats, sizes_CK: Floats, seed: int, resamples: int) -> Floats:
    """Compute the ratios on every resample, [R, K]; NaN where a resample holds nothing of a column."""
    clusters = len(sums_CK)
    if not clusters:
        return np.full((resamples, sums_CK.shape[1]), np.nan)
    rng = generator(seed, "quality intervals")
    out = np.empty((resamples, sums_CK.shape[1]))
    for first in range(0, resamples, _CHUNK):
        # Places are drawn and counted: five times as fast as drawing weights for 100,000 tracks.
        picked = drawn_places(clusters, min(_CHUNK, resamples - first), rng)
        weights = np.stack([np.bincount(row, minlength=clusters) for row in picked]).astype(np.float64)
        sizes = weights @ sizes_CK
        drawn = weights @ sums_CK
        out[first : first + len(picked)] = np.divide(drawn, sizes, out=np.full_like(drawn, np.nan), where=sizes > 0)
    return out


def _estimate(sums_C: Floats, sizes_C: Floats, draws_R: Floats, count: int) -> Estimate | None:
    """Return one column's estimate, or None if it has no value."""
    if not count:
        return None
    value = float(sums_C.sum() / sizes_C.sum())
    # Only clusters that hold a value of this column count.
    if (sizes_C > 0).sum() < LEAST or np.isnan(draws_R).all():
        return Estimate(value, None, None, count)
    span = percentile_interval(value, draws_R)
    return Estimate(value, span.low, span.high, count)
