"""How large a paired difference is against the scatter between replicates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from adsw.stats.interval import Interval
from sweep.statistics.replicates import checked


def paired_effect(differences: ArrayLike) -> Interval | None:
    """The paired standardised difference (Cohen's d_z, corrected for few replicates) with its 95 % interval.

    Mean over standard deviation of the differences, times Hedges' exact correction for R - 1 degrees of freedom
    (Hedges, *Distribution Theory for Glass's Estimator*, Journal of Educational Statistics 6, 1981); the interval
    inverts the noncentral t (Cumming and Finch, *Educational and Psychological Measurement* 61, 2001). Assumes
    normal differences.

    Args:
        differences: one per replicate, [R], R at least 2.

    Returns:
        None where there are two differences only or all are equal: then there is no scatter to measure by.

    Raises:
        ValueError: fewer than two differences, or one that is not finite.
    """
    from scipy.stats import nct

    found = checked(differences, "differences")
    deviation = float(found.std(ddof=1))
    if len(found) < 3 or deviation <= 1e-12 * float(np.abs(found).max()):
        return None
    freedom, root = len(found) - 1, float(np.sqrt(len(found)))
    t = float(found.mean()) / deviation * root

    def share(noncentrality: float) -> float:
        below = float(nct.cdf(t, freedom, noncentrality))
        # Far in the tails scipy gives NaN.
        return below if np.isfinite(below) else float(noncentrality < t)

    low, high = (_solve(share, level, t) / root for level in (0.975, 0.025))
    return Interval(correction(freedom) * t / root, low, high)


def correction(freedom: int) -> float:
    """Hedges' factor for so many degrees of freedom, at least 2.

    >>> round(correction(2), 4), round(correction(9), 4)
    (0.5642, 0.9139)
    """
    from scipy.special import gammaln

    return float(np.exp(gammaln(freedom / 2) - gammaln((freedom - 1) / 2)) / np.sqrt(freedom / 2))


def _solve(share: Callable[[float], float], level: float, t: float) -> float:
    """The noncentrality at which the observed t has this share of the law below it; the share falls with it."""
    from scipy.optimize import brentq

    reach = 4.0 + abs(t)
    while not share(t - reach) > level > share(t + reach):
        reach *= 2
    return float(brentq(lambda at: share(at) - level, t - reach, t + reach, xtol=1e-8))
