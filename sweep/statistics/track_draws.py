"""Many runs on the same resampled query tracks: how their figures move together with the choice of tracks."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from adsw.draws import generator
from adsw.stats.bootstrap import Statistic
from sweep.statistics.replicates import Floats

RESAMPLES = 1000


def track_weights(tracks: int, seed: int = 0, resamples: int = RESAMPLES) -> NDArray[np.int64]:
    """How often every track is drawn, with replacement, [resamples, tracks]."""
    rng = generator(seed, "track draws")
    return np.asarray(rng.multinomial(tracks, np.full(tracks, 1 / tracks), size=resamples))


def resampled_figures(
    values: ArrayLike, tracks: ArrayLike, weights: NDArray[np.int64], statistic: Statistic = "mean"
) -> Floats:
    """The figure of every run on every resample of tracks, each with all its queries.

    The same weights give paired draws: of several runs, and of several metrics of the same tracks.

    Args:
        values: per-query values of every run, [N, Q].
        tracks: the track of every query, 0 to C - 1, [Q].
        weights: how often each track is drawn, [B, C] (`track_weights`).
        statistic: what a run's figure is of its queries.

    Returns:
        [B, N].

    Raises:
        ValueError: the shapes do not fit, or a resample holds no query.
    """
    found, owners = np.asarray(values, dtype=np.float64), np.asarray(tracks)
    if found.ndim != 2 or owners.shape != found.shape[1:] or owners.max(initial=-1) >= weights.shape[1]:
        raise ValueError(
            f"values must be [N, Q] and tracks [Q] below {weights.shape[1]}: {found.shape}, {owners.shape}"
        )
    if statistic == "median":
        return _medians(found, weights[:, owners])
    count = weights.shape[1]
    sums_CN = np.stack([np.bincount(owners, weights=row, minlength=count) for row in found], axis=1)
    sizes_B = weights @ np.bincount(owners, minlength=count)
    if not sizes_B.all():
        raise ValueError("a resample holds no query")
    return np.asarray((weights @ sums_CN) / sizes_B[:, None])


def _medians(values_NQ: Floats, times_BQ: NDArray[np.int64]) -> Floats:
    """The median of every run where query q stands `times_BQ[b, q]` times, [B, N]."""
    out = np.empty((len(times_BQ), len(values_NQ)))
    total_B = times_BQ.sum(axis=1)
    for run, row in enumerate(values_NQ):
        order = np.argsort(row, kind="stable")
        reached_BQ = np.cumsum(times_BQ[:, order], axis=1)
        lower = (reached_BQ < ((total_B + 1) // 2)[:, None]).sum(axis=1)
        upper = (reached_BQ < (total_B // 2 + 1)[:, None]).sum(axis=1)
        out[:, run] = (row[order][lower] + row[order][upper]) / 2
    return out
