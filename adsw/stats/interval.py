"""An estimate with its 95 % interval, and the conventions by which an interval is made of resampled estimates.

Every interval of the project is made by one of these functions, so that the name of the function that a caller takes is
the convention of its interval:

* `percentile_interval`, the plain one: means and medians over many clusters, and differences of such figures.
* `containing_interval`: statistics that repeated values pull to one side, such as rank correlations and shares.
* `centred_interval`: figures that lie beside their resamples as a whole, such as average precision with few positives.
* `expanded_interval`: means over a handful of replicates, where percentiles cover 75 to 91 % and not 95.
* `normal_interval`: estimates whose standard error is known otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from adsw.arrays import Floats

TAILS = (0.025, 0.975)
"""Shares of a distribution below either end of a 95 % interval."""
NORMAL_95 = 1.959963984540054
"""Standard errors on either side of a normal estimate that make a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float


def percentile_interval(value: float, draws: Floats) -> Interval:
    """Return the percentiles of the draws (Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 13).

    Args:
        value: the estimate.
        draws: the estimate on every resample, [R]; NaN, where it was not defined, is left out. The interval has no
            width if nothing is left.
    """
    return Interval(value, *_ends(value, draws))


def containing_interval(value: float, draws: Floats) -> Interval:
    """Return the percentiles of the draws, widened to hold the estimate.

    Trials that a resample repeats tie with themselves, which pulls a strong correlation or a large share down: the
    percentiles of a perfect order do not reach it. Arguments as `percentile_interval`.
    """
    low, high = _ends(value, draws)
    return Interval(value, min(low, value), max(high, value))


def centred_interval(value: float, draws: Floats, least: float = 0.0) -> Interval:
    """Return the percentiles of the draws, shifted by their bias and cut to the figure's range.

    A resample repeats tracks and so has fewer distinct ones, which raises average precision where positives are few,
    and would put the interval beside the figure.

    Args:
        value: as `percentile_interval`.
        draws: as `percentile_interval`.
        least: the smallest value the figure can have; 1 is the largest.
    """
    known = draws[~np.isnan(draws)]
    if not len(known):
        return Interval(value, value, value)
    # The bias is the mean of the draws minus the estimate.
    low, high = np.clip(np.quantile(known, TAILS) - (known.mean() - value), least, 1.0)
    return Interval(value, float(low), float(high))


def expanded_interval(value: float, draws: Floats, replicates: int) -> Interval:
    """Return the percentiles of the draws, stretched about the estimate for so many replicates.

    Hesterberg's *expanded* percentile interval (*What Teachers Should Know About the Bootstrap*, The American
    Statistician 69, 2015). Arguments as `percentile_interval`.
    """
    # Stretched about the estimate and not about the middle, so that a skewed interval stays skewed.
    low, high = value + stretch(replicates) * (np.array(_ends(value, draws)) - value)
    return Interval(value, float(low), float(high))


def normal_interval(value: float, error: float) -> Interval:
    """Return the interval of an estimate that is normal with this standard error."""
    return Interval(value, value - NORMAL_95 * error, value + NORMAL_95 * error)


def stretch(replicates: int) -> float:
    """Return by how much a percentile interval of so many replicates is too narrow, for means of normal values.

    The bootstrap's variance divides by R and not by R - 1; and the quantile is Student's and not the normal one.

    >>> round(stretch(3), 2), round(stretch(30), 2)
    (2.69, 1.06)
    """
    from scipy.stats import t

    return float(np.sqrt(replicates / (replicates - 1)) * t.ppf(TAILS[1], replicates - 1) / NORMAL_95)


def _ends(value: float, draws: Floats) -> tuple[float, float]:
    """Return the percentiles of the draws that are not NaN, or the estimate as both if there are none."""
    known = draws[~np.isnan(draws)]
    low, high = np.quantile(known, TAILS) if len(known) else (value, value)
    return float(low), float(high)
