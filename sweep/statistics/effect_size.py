"""How large a paired difference is against the scatter between replicates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from adsw.stats.interval import Interval
from sweep.statistics.replicates import checked


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
