"""Bootstrap over leakage groups, for figures other than means of per-track values: areas, F-measures, macro means.

A figure is given as a function of how often every track is drawn, and evaluated on all resamples at once. Groups are
drawn rather than tracks (Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 8): excerpts of one
work, or the songs of one artist, are not independent.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np

from adsw.arrays import Floats
from adsw.stats.resampling import Weights, numbered, resampled

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
