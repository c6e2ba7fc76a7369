"""Bootstrap over leakage groups, for figures that are no mean of per-track values: areas, F-measures, macro means.

A figure is given as a function of how often every track is drawn, and evaluated on all resamples at once. Groups are
drawn rather than tracks (Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 8): excerpts of one
work, or the songs of one artist, are not independent.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from adsw.stats.bootstrap import Interval

Floats = NDArray[np.float64]
Figures = Callable[[Floats], Floats]
"""Weights [R, N] of the tracks to figures [R, K]; NaN where a figure is not defined."""

SEED = 0
MOST, LEAST = 1000, 200
"""Resamples: so many at most, fewer where the set is large, but so many at least."""
_BUDGET = 2e7
"""Values that all resamples together may weigh."""
_CHUNK = 2**22
"""Values weighed at a time, so that memory does not grow with the number of resamples."""


class Resamples:
    """The same resamples of a set's tracks for all its figures, so that figures can be compared draw by draw."""

    def __init__(self, groups: Sequence[str], resamples: int | None = None, columns: int = 1, seed: int = SEED) -> None:
        """Number the groups.

        Args:
            groups: the leakage group of every track, [N].
            resamples: how many; None: as many as a bounded time allows.
            columns: values that are weighed per track, such as its tags.
            seed: the same seed, the same draws.

        Raises:
            ValueError: there is no track.
        """
        if not len(groups):
            raise ValueError("nothing to resample: there is no track")
        self._group = np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1]
        self.groups = int(self._group.max()) + 1
        self._columns, self._seed = columns, seed
        cost = len(groups) * columns
        self.count = resamples or int(np.clip(_BUDGET / cost, LEAST, MOST))

    def draw(self, figures: Figures) -> Floats:
        """The figures on every resample, [R, K]."""
        rng = np.random.default_rng(self._seed)
        step = max(1, _CHUNK // (len(self._group) * self._columns))
        even = np.full(self.groups, 1 / self.groups)
        parts = []
        for first in range(0, self.count, step):
            drawn_RC = rng.multinomial(self.groups, even, size=min(step, self.count - first))
            parts.append(figures(drawn_RC[:, self._group].astype(np.float64)))
        return np.concatenate(parts)

    @property
    def convention(self) -> str:
        """How the intervals were made, in words."""
        return (
            "Intervals: 95 %, bootstrap percentiles corrected for bias, tracks resampled by leakage group "
            f"({self.groups} groups, {self.count} resamples, seed {self._seed}); a resample on which a figure is not "
            "defined is left out."
        )


def interval_of(value: float, draws: Floats, least: float = 0.0) -> Interval:
    """The 95 % interval of a figure from its draws [R], NaN left out; of no width where nothing is left.

    Percentiles of the draws, shifted by their bias: a resample repeats tracks and so has fewer distinct ones, which
    raises average precision where positives are few, and would put the interval beside the figure.

    Args:
        value: the figure.
        draws: the figure on every resample.
        least: the smallest value it can have; 1 is the largest.
    """
    known = draws[~np.isnan(draws)]
    if not len(known):
        return Interval(value, value, value)
    low, high = np.clip(np.quantile(known, [0.025, 0.975]) - (known.mean() - value), least, 1.0)
    return Interval(value, float(low), float(high))


def mean_of_known(values: Floats, axis: int = -1) -> Floats:
    """The mean over an axis, NaN left out; NaN where nothing is known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        mean: Floats = np.asarray(np.nanmean(values, axis=axis))
    return mean
