"""Arms against a reference arm on common random numbers: replicate r of both arms shares its seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from adsw.arrays import Floats
from adsw.metrics import sign_of
from adsw.stats.interval import Interval
from sweep.stats.replicates import checked, replicate_interval
from sweep.stats.sign_flips import FlipTest, sign_flip_test


def paired_effect(differences: ArrayLike) -> Interval | None:
    """Compute the paired standardised difference (Cohen's d_z, corrected for few replicates) with its 95 % interval.

    Mean over standard deviation of the differences, times Hedges' exact correction for R - 1 degrees of freedom
    (Hedges, *Distribution Theory for Glass's Estimator*, Journal of Educational Statistics 6, 1981); the interval
    inverts the noncentral t (Cumming and Finch, *Educational and Psychological Measurement* 61, 2001). Assumes
    normal differences.

    Args:
        differences: one per replicate, [R], R at least 2.

    Returns:
        The effect, or None if there are only two differences or all are equal: no scatter to measure by.

    Raises:
        ValueError: fewer than two differences, or one that is not finite.
    """
    from scipy.stats import nct

    differences_R = checked(differences, "differences")
    deviation = float(differences_R.std(ddof=1))
    # Equal differences may still scatter by rounding errors, hence the tolerance relative to their size.
    if len(differences_R) < 3 or deviation <= 1e-12 * float(np.abs(differences_R).max()):
        return None
    freedom, root = len(differences_R) - 1, float(np.sqrt(len(differences_R)))
    t = float(differences_R.mean()) / deviation * root

    def share(noncentrality: float) -> float:
        """Return the probability that t is below the observed one."""
        below = float(nct.cdf(t, freedom, noncentrality))
        # Far in the tails scipy gives NaN.
        return below if np.isfinite(below) else float(noncentrality < t)

    # The lower limit has the larger share below the observed t: the share falls as the noncentrality grows.
    low, high = (_solve(share, level, t) / root for level in (0.975, 0.025))
    return Interval(correction(freedom) * t / root, low, high)


def correction(freedom: int) -> float:
    """Compute Hedges' correction factor for a number of degrees of freedom, at least 2.

    >>> round(correction(2), 4), round(correction(9), 4)
    (0.5642, 0.9139)
    """
    from scipy.special import gammaln

    # By logarithms: the gamma function itself overflows from about 340 degrees of freedom on.
    return float(np.exp(gammaln(freedom / 2) - gammaln((freedom - 1) / 2)) / np.sqrt(freedom / 2))


def _solve(share: Callable[[float], float], level: float, t: float) -> float:
    """Find the noncentrality at which a share of `level` of the noncentral t distribution is below the observed t."""
    from scipy.optimize import brentq

    reach = 4.0 + abs(t)
    # The share falls as the noncentrality grows: widen the bracket until it holds the root.
    while not share(t - reach) > level > share(t + reach):
        reach *= 2
    return float(brentq(lambda at: share(at) - level, t - reach, t + reach, xtol=1e-8))


def holm(ps: ArrayLike) -> Floats:
    """Adjust the p-values of a family: those then at most 0.05 hold at a family-wise error rate of 5 %.

    Holm, *A Simple Sequentially Rejective Multiple Test Procedure*, Scandinavian Journal of Statistics 6, 1979.
    Nothing is assumed of how the tests depend on each other.

    Args:
        ps: raw p-values of the whole family, [M].

    Returns:
        [M], in the order given, each at least its raw one and at most 1.

    Raises:
        ValueError: one is not between 0 and 1.

    >>> [round(float(p), 4) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    raw = np.asarray(ps, dtype=np.float64)
    if raw.ndim != 1 or not ((raw >= 0) & (raw <= 1)).all():
        raise ValueError(f"p-values lie between 0 and 1, unlike {ps!r}")
    order = np.argsort(raw, kind="stable")
    steps = np.arange(len(raw), 0, -1) * raw[order]
    # A running maximum keeps the order: no test may be called while one with a smaller p is not.
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted


def probability_of_improvement(values: ArrayLike, others: ArrayLike) -> Interval:
    """Estimate the probability that a fresh run of the first arm is above one of the second, with a 95 % interval.

    The share of all R x S pairs in which the first is larger, ties counted half (Agarwal et al., *Deep Reinforcement
    Learning at the Edge of the Statistical Precipice*, NeurIPS 2021; the Mann-Whitney U over R S).
    rliable's percentile bootstrap has no width where no pair disagrees, and covers 34 to 74 % at three replicates; the
    interval here is Newcombe's method 5 (*Statistics in Medicine* 25, 2006, 559-573), which inverts a score test, with
    Student's quantile for R + S - 2 degrees of freedom in place of the normal one: three runs of each arm are all on
    one side in one of ten cases by luck alone.

    Assumes two independent samples of one shape each; replicates that share their seed vary together, which makes
    the interval wider than it need be (97 to 100 % covered at three replicates or more).

    Args:
        values: one per run of the first arm, larger is better, [R].
        others: one per run of the second, [S].

    Raises:
        ValueError: no value, or one that is not finite.
    """
    from scipy.stats import t

    first, second = checked(values, "values", least=1), checked(others, "others", least=1)
    gaps_RS = first[:, None] - second[None, :]
    share = float(((gaps_RS > 0) + 0.5 * (gaps_RS == 0)).mean())
    freedom = len(first) + len(second) - 2
    # One run of each arm says nothing of the scatter: the interval is everything.
    if not freedom:
        return Interval(share, 0.0, 1.0)
    quantile = float(t.ppf(0.975, freedom))
    low = _limit(share, len(first), len(second), quantile)
    high = 1.0 - _limit(1.0 - share, len(second), len(first), quantile)
    return Interval(share, low, high)


def _limit(share: float, first: int, second: int, quantile: float) -> float:
    """Find the smallest probability that the score test does not reject; 0 if the first arm was never above."""
    from scipy.optimize import brentq

    if share <= 0.0:
        return 0.0

    def excess(p: float) -> float:
        """Return by how much the squared deviation from p exceeds what the test allows."""
        return (share - p) ** 2 - quantile**2 * _variance(p, first, second)

    # At p = 1 the variance is 0: a share of 1 would be a root there whatever the number of runs.
    return float(brentq(excess, 0.0, min(share, 1.0 - 1e-12)))


def _variance(p: float, first: int, second: int) -> float:
    """Compute the share's variance at probability p by Hanley and McNeil's exponential model with Newcombe's N*."""
    others = (first + second) / 2 - 1
    shape = (1 - p) / (2 - p) + p / (1 + p)
    return float(p * (1 - p) * (1 + others * shape) / (first * second))


LEVEL = 0.05
"""Family-wise error rate at which a comparison is called decided."""

Test: TypeAlias = Literal["sign flips", "paired t"]


@dataclass(frozen=True, slots=True)
class Pairing:
    """Estimate, tests and effect size of one difference over replicates."""

    difference: Interval
    """Mean over replicates with its 95 % interval (`replicate_interval`)."""
    differences: tuple[float, ...]
    """One per replicate."""
    flips: FlipTest
    t_p: float
    """Two-sided p of the paired t test."""
    effect: Interval | None
    """See `paired_effect`."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One comparison within its family."""

    test: Test
    p: float
    adjusted: float
    """Holm's, over the family."""

    @property
    def decided(self) -> bool:
        """Whether it may be called different at a family-wise error rate of 5 %."""
        return self.adjusted <= LEVEL


def pairing(differences: ArrayLike) -> Pairing:
    """Estimate the mean of paired differences and test it.

    Args:
        differences: first arm minus second on the same seed, [R], R at least 2.

    Raises:
        ValueError: fewer than two differences, or one that is not finite.
    """
    differences_R = checked(differences, "differences")
    return Pairing(
        difference=replicate_interval(differences_R),
        differences=tuple(map(float, differences_R)),
        flips=sign_flip_test(differences_R),
        t_p=t_test(differences_R),
        effect=paired_effect(differences_R),
    )


def t_test(differences: ArrayLike) -> float:
    """Compute the two-sided p of the paired t test (`scipy.stats.ttest_1samp`); assumes normal differences.

    Differences without any scatter leave it undefined: then the sign flips' p is given.

    Args:
        differences: one per replicate, [R], R at least 2.

    Raises:
        ValueError: fewer than two differences, or one that is not finite.
    """
    from scipy.stats import ttest_1samp

    differences_R = checked(differences, "differences")
    if np.ptp(differences_R) <= 1e-12 * float(np.abs(differences_R).max()):
        return sign_flip_test(differences_R).p
    return float(ttest_1samp(differences_R, 0.0).pvalue)


def judged(family: Sequence[Pairing]) -> tuple[Judgement, ...]:
    """Judge the comparisons of one report, with Holm's adjustment over all of them.

    The exact sign-flip test decides where it can: where the fewest replicates of the family allow an adjusted p of
    5 %. With fewer it could never call anything, whatever the data, and the paired t test decides instead, which
    assumes normal differences. The choice rests on the number of replicates and comparisons, not on the results, so
    the error rate holds.
    """
    if not family:
        return ()
    can = max(pair.flips.smallest for pair in family) * len(family) <= LEVEL
    test: Test = "sign flips" if can else "paired t"
    ps = [pair.flips.p if can else pair.t_p for pair in family]
    return tuple(Judgement(test, p, float(adjusted)) for p, adjusted in zip(ps, holm(ps), strict=True))


def judged_where_paired(family: Sequence[Pairing | None]) -> list[Judgement | None]:
    """Return a judgement for each comparison that has a pairing; the others count for nothing in the family."""
    judgements = iter(judged([one for one in family if one is not None]))
    return [None if one is None else next(judgements) for one in family]


def improvement(values: ArrayLike, others: ArrayLike, mode: str) -> Interval:
    """Compute `probability_of_improvement`, where mode ``min`` makes smaller values better.

    Args:
        values: one per run of the first arm, [R].
        others: one per run of the second, [S].
        mode: ``max`` or ``min``.
    """
    sign = sign_of(mode)
    return probability_of_improvement(sign * np.asarray(values), sign * np.asarray(others))
