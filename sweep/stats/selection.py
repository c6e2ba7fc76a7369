"""Optimism of a picked winner's score: its drop on fresh seeds, and from validation to test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from adsw.arrays import Floats, Ints
from adsw.draws import generator
from adsw.metrics import sign_of
from adsw.stats.bootstrap import RESAMPLES, bootstrap_interval
from adsw.stats.interval import Interval, percentile_interval
from adsw.stats.resampling import Statistic, numbered
from sweep.stats.replicates import checked, replicate_interval


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


def expected_best_with(values: ArrayLike, mode: str = "max") -> Floats:
    """Estimate the best of n random trials by draws *with* replacement from the trials seen, n = 1 to N.

    Dodge et al., *Show Your Work: Improved Reporting of Experimental Results*, EMNLP 2019. As an estimate of what n
    fresh trials give it is biased towards the worse (Tang et al., 2020), more so the nearer n comes to N.
    Only random trials are a sample: those that a model suggested depend on the earlier ones.

    Args:
        values: of the random trials, [N].
        mode: ``max`` or ``min``.

    Returns:
        [N], entry n - 1 for n trials.

    Raises:
        ValueError: no value, one that is not finite, or another mode.
    """
    ranked, sign = _ranked(values, mode)
    # The best of n draws is at most the value of rank i with probability (i / N)^n.
    shares_N = np.arange(len(ranked) + 1) / len(ranked)
    reached = shares_N[None, :] ** np.arange(1, len(ranked) + 1)[:, None]
    return np.asarray(sign * (np.diff(reached, axis=1) @ ranked))


def expected_best_without(values: ArrayLike, mode: str = "max") -> Floats:
    """Estimate the best of n random trials by draws *without* replacement, n = 1 to N; unbiased for fresh trials.

    Tang et al., *Showing Your Work Doesn't Always Work*, ACL 2020: the mean over all subsets of n trials.
    At n = N it is the best trial itself, known from one draw only. Arguments, returns and errors as
    `expected_best_with`.
    """
    ranked, sign = _ranked(values, mode)
    return np.asarray(sign * (chances_of_ranks(len(ranked)) @ ranked))


def chances_of_ranks(count: int) -> Floats:
    """Return the chance of every rank to be the best of n draws without replacement, n = 1 to N.

    Args:
        count: N, of all values.

    Returns:
        [N, N]: entry (n - 1, i - 1) for n draws and the value that is i-th from the worst, C(i - 1, n - 1) / C(N, n).

    >>> chances_of_ranks(3).round(2).tolist()
    [[0.33, 0.33, 0.33], [0.0, 0.33, 0.67], [0.0, 0.0, 1.0]]
    """
    from scipy.special import gammaln

    ranks_N, sizes_N = np.arange(1, count + 1), np.arange(1, count + 1)
    # By logarithms: the binomials overflow from about a thousand values on.
    below, drawn = ranks_N[None, :] - 1, sizes_N[:, None] - 1
    possible = drawn <= below
    # Impossible subsets get weight 0 below; a negative number would give `gammaln` a wrong argument.
    rest = np.where(possible, below - drawn, 0)
    log_ways = gammaln(below + 1) - gammaln(drawn + 1) - gammaln(rest + 1)
    log_all = gammaln(count + 1) - gammaln(sizes_N + 1) - gammaln(count - sizes_N + 1)
    return np.asarray(np.where(possible, np.exp(log_ways - log_all[:, None]), 0.0))


def _ranked(values: ArrayLike, mode: str) -> tuple[Floats, float]:
    """Return the values sorted so that the best comes last, and the sign that turned them."""
    if mode not in ("max", "min"):
        raise ValueError(f"mode must be max or min, not {mode!r}")
    sign = sign_of(mode)
    return np.sort(sign * checked(values, "values", least=1)), sign


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
