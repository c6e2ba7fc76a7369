"""What picking the best does to its score: the drop on fresh seeds, and from validation to test."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from adsw.stats.bootstrap import RESAMPLES, bootstrap_interval
from adsw.stats.interval import Interval
from adsw.stats.resampling import Statistic
from sweep.statistics.replicates import checked, replicate_interval


def fresh_seed_drop(picked: float, fresh: ArrayLike) -> Interval:
    """The value a winner was picked by minus its mean on fresh seeds, with a 95 % interval.

    The interval is that of the mean over fresh seeds (`replicate_interval`) and covers the drop to the configuration's
    true mean. The picked value itself is taken as it is: its flattery is what is asked for (Cawley and Talbot, *On
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
    """A run's figure on one split minus that on another, with a 95 % interval over the tracks of both.

    The splits hold different tracks, so both are resampled on their own and the two intervals are joined by the square
    root of their squared arms (MOVER: Zou and Donner, *Statistics in Medicine* 27, 2008). Says nothing of the seed.

    Args:
        values: per-query values on the first split, [Q].
        groups: their tracks, [Q].
        other_values: on the second split, [P].
        other_groups: their tracks, [P].
        statistic: what the figure is of its per-query values.
        seed: the same seed, the same interval.
        resamples: bootstrap resamples.

    Raises:
        ValueError: as `adsw.stats.bootstrap.bootstrap_interval`.
    """
    one = bootstrap_interval(values, groups, seed, resamples, statistic)
    two = bootstrap_interval(other_values, other_groups, seed + 1, resamples, statistic)
    gap = one.value - two.value
    below = float(np.hypot(one.value - one.low, two.high - two.value))
    above = float(np.hypot(one.high - one.value, two.value - two.low))
    return Interval(gap, gap - below, gap + above)


def replicate_gap(valid: ArrayLike, test: ArrayLike) -> Interval:
    """Validation minus test, paired over the replicates of one arm, with a 95 % interval over seeds.

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
