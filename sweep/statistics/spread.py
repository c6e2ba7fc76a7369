"""Spread between the best and the worst trial, without the optimism of picking extremes after seeing them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Ints
from adsw.draws import generator
from adsw.stats.interval import percentile_interval
from adsw.stats.resampling import numbered


@dataclass(frozen=True, slots=True)
class HeldOutSpread:
    """Distance of the best trial from the worst: picked on half of the tracks, measured on the other half."""

    value: float
    """Mean over all splits."""
    low: float
    high: float
    """Ends of the range that holds 95 % of the splits."""
    splits: int


def held_out_spread(
    values_KQ: NDArray[np.float64],
    clusters_Q: Ints,
    median: bool = False,
    seed: int = 0,
    splits: int = 500,
) -> HeldOutSpread:
    """Compute best minus worst of K trials, picked on random halves of the tracks and measured on the other halves.

    The best of several noisy trials looks better than it is and the worst looks worse; on tracks that were not
    used for the choice neither does, so trials of equal worth spread by 0 on average (sample splitting; Cox, *A
    note on data-splitting for the evaluation of significance levels*, Biometrika 1975).

    Args:
        values_KQ: per-query values of every trial on the same queries, larger is better.
        clusters_Q: the track of every query.
        median: whether the metric is the median of its per-query values; otherwise it is their mean.
        seed: of the splits.
        splits: number of random splits.

    Raises:
        ValueError: fewer than two trials or two clusters.
    """
    owner_Q = numbered(clusters_Q)
    tracks = int(owner_Q.max()) + 1
    if len(values_KQ) < 2 or tracks < 2:
        raise ValueError("a spread needs two trials and two tracks or more")
    rng = generator(seed, "held-out spread")
    worth = np.median if median else np.mean
    gaps_S = np.empty(splits)
    for split in range(splits):
        chosen = np.zeros(tracks, dtype=bool)
        chosen[rng.permutation(tracks)[: tracks // 2]] = True
        seen_Q = chosen[owner_Q]
        seen_K = worth(values_KQ[:, seen_Q], axis=1)
        unseen_K = worth(values_KQ[:, ~seen_Q], axis=1)
        gaps_S[split] = unseen_K[seen_K.argmax()] - unseen_K[seen_K.argmin()]
    span = percentile_interval(float(gaps_S.mean()), gaps_S)
    return HeldOutSpread(span.value, span.low, span.high, splits)
