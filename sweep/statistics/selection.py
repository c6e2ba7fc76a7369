"""Optimism of a picked winner's score: its drop on fresh seeds, and from validation to test."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from adsw.stats.bootstrap import RESAMPLES, bootstrap_interval
from adsw.stats.interval import Interval
from adsw.stats.resampling import Statistic
from sweep.statistics.replicates import checked, replicate_interval


def fresh_seed_drop(picked: float, fresh: ArrayLike) -> Interval:
    """Compute the value a winner was picked by minus its mean on fresh seeds, with a 95 % interval.

    The interval is that of the mean over fresh seeds (`replicate_interval`) and covers the drop to the configuration's
    true mean. The picked value counts as exact: its optimism is what is measured (Cawley and Talbot, *On
    Over-fitting in Model Selection*, JMLR 11, 2010).

    Args:
        picked: the winner's value where it was picked.
        fresh: the same configuration's values on other seeds, [R], R at least 2.

    Raises:
        ValueError: fewer than two fresh values, or one that is not finite.
    """
    return replicate_interval(float(picked) - checked(fresh, "fresh values"))


def split_gap(
    values: ArrayLike,
    groups: ArrayLike,
    other_values: ArrayLike,
    other_groups: ArrayLike,
    statistic: Statistic = "mean",
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval:
    """Compute a run's figure on one split minus that on another, with a 95 % interval over the tracks of both.

    The splits hold different tracks, so each is resampled separately and the two intervals are joined by the root of
    the sum of their squared arms (MOVER: Zou and Donner, *Statistics in Medicine* 27, 2008). Says nothing of the seed.

    Args:
        values: per-query values on the first split, [Q].
        groups: their tracks, [Q].
        other_values: on the second split, [P].
        other_groups: their tracks, [P].
        statistic: how the figure is made of its per-query values.
        seed: the same seed, the same interval.
        resamples: bootstrap resamples.

    Raises:
        ValueError: as `adsw.stats.bootstrap.bootstrap_interval`.
    """
    first = bootstrap_interval(values, groups, seed, resamples, statistic)
    # Another seed: with the same one, splits of equally many tracks would be drawn alike.
    second = bootstrap_interval(other_values, other_groups, seed + 1, resamples, statistic)
    gap = first.value - second.value
    below = float(np.hypot(first.value - first.low, second.high - second.value))
    above = float(np.hypot(first.high - first.value, second.value - second.low))
    return Interval(gap, gap - below, gap + above)


def replicate_gap(valid: ArrayLike, test: ArrayLike) -> Interval:
    """Compute validation minus test, paired over the replicates of one arm, with a 95 % interval over seeds.

    Args:
        valid: one per replicate, [R], R at least 2.
        test: the same replicates on test, [R].

    Raises:
        ValueError: lengths differ, fewer than two replicates, or a value is not finite.
    """
    first, second = checked(valid, "validation values"), checked(test, "test values")
    if len(first) != len(second):
        raise ValueError(f"both splits need the same replicates: {len(first)} and {len(second)}")
    return replicate_interval(first - second)
