"""Power of a comparison, and the replicates it takes to see a difference, before and after they are run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from adsw.arrays import Floats
from adsw.stats.interval import Interval
from sweep.stats.replicates import checked

POWER = 0.8
"""Power that a plan aims at."""
MOST = 100_000
"""More replicates than this are not counted."""


@dataclass(frozen=True, slots=True)
class Needed:
    """Replicates that one difference needs, from the scatter that was seen."""

    replicates: int | None
    """None if more than `MOST`."""
    low: int | None
    high: int | None
    """At the ends of the scatter's own 95 % interval: the scatter of few replicates is poorly known."""
    deviation: float
    """Standard deviation of the paired differences that were seen."""


def power_of(difference: float, deviation: float, replicates: int, level: float = 0.05) -> float:
    """Compute the probability that a two-sided paired t test detects a true difference, by the noncentral t.

    Cohen, *Statistical Power Analysis for the Behavioral Sciences*, 1988, chapter 2. Assumes normal differences. The
    sign-flip test has no power below `flips.fewest_replicates`, 10 to 24 points less just there, at most 5 less with
    two replicates more, and about the same from then on (simulated, levels 0.05 to 0.05 / 7).

    Args:
        difference: true mean of the paired differences.
        deviation: their standard deviation over replicates, above 0.
        replicates: at least 2.
        level: two-sided; 0.05 / m where m comparisons are made.

    Raises:
        ValueError: an argument is out of its range.

    >>> round(power_of(1.0, 1.0, 10), 3)
    0.803
    """
    from scipy.stats import nct, t

    if replicates < 2 or not deviation > 0 or not 0 < level < 1 or not np.isfinite(difference):
        raise ValueError(
            "power needs a finite difference, a deviation above 0, 2 replicates or more and a level between 0 and 1, "
            f"not {difference}, {deviation}, {replicates} and {level}"
        )
    bar, shift = t.ppf(1 - level / 2, replicates - 1), abs(difference) / deviation * np.sqrt(replicates)
    # The chance to call it in the wrong direction; scipy gives NaN where it is too small for a double.
    wrong = float(np.nan_to_num(nct.cdf(-bar, replicates - 1, shift)))
    return float(nct.sf(bar, replicates - 1, shift)) + wrong


def replicates_needed(difference: float, deviation: float, level: float = 0.05, power: float = POWER) -> int | None:
    """Return the fewest replicates whose `power_of` reaches `power`, or None if more than `MOST`.

    Args:
        difference: the difference to be seen, not 0.
        deviation, level: as `power_of`.
        power: between 0 and 1.

    Raises:
        ValueError: an argument is out of its range.

    >>> replicates_needed(1.0, 1.0), replicates_needed(0.5, 1.0)
    (10, 34)
    """
    if difference == 0 or not 0 < power < 1:
        raise ValueError(f"needs a difference that is not 0 and a power between 0 and 1: {difference}, {power}")
    if power_of(difference, deviation, MOST, level) < power:
        return None
    # Double until the power is reached, then halve: it rises with the replicates.
    low, high = 1, 2
    while power_of(difference, deviation, high, level) < power:
        low, high = high, min(MOST, 2 * high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_of(difference, deviation, middle, level) >= power else (middle, high)
    return high


def needed_after(differences: ArrayLike, difference: float, level: float = 0.05, power: float = POWER) -> Needed | None:
    """Compute `replicates_needed` from paired differences that were seen, with the range their scatter leaves open.

    Args:
        differences: one per replicate, [R], R at least 2.
        difference, level, power: as `replicates_needed`.

    Returns:
        The counts, or None if the differences do not scatter at all.

    Raises:
        ValueError: as `replicates_needed`, or fewer than two differences.
    """
    scatter = paired_scatter([checked(differences, "differences")])
    return None if scatter is None else needed_at(difference, scatter, level, power)


def needed_at(difference: float, scatter: Interval, level: float = 0.05, power: float = POWER) -> Needed:
    """Compute `replicates_needed` at a standard deviation of paired differences and at the ends of its interval.

    Raises:
        ValueError: as `replicates_needed`.
    """
    ends = (scatter.value, scatter.low, scatter.high)
    counts = [replicates_needed(difference, deviation, level, power) for deviation in ends]
    return Needed(counts[0], counts[1], counts[2], scatter.value)


def paired_scatter(comparisons: Sequence[ArrayLike]) -> Interval | None:
    """Estimate the standard deviation of paired differences, pooled over comparisons, with its 95 % interval.

    The square root of the mean variance, weighted by degrees of freedom; the interval is the chi-square one of a
    normal distribution's standard deviation with the degrees of freedom of the largest comparison, rather too wide than
    too narrow.

    Args:
        comparisons: differences to the reference arm, one vector per arm; those of fewer than two are left out.

    Returns:
        The deviation, or None if nothing is left or nothing scatters.

    Raises:
        ValueError: a difference is not finite.
    """
    from scipy.stats import chi2

    rows = [checked(differences, "differences", least=0) for differences in comparisons]
    rows = [row for row in rows if len(row) > 1]
    scale = max((float(np.abs(row).max()) for row in rows), default=0.0)
    squares = sum(_squares(row) for row in rows)
    deviation = float(np.sqrt(squares / max(1, sum(len(row) - 1 for row in rows))))
    if deviation <= 1e-12 * scale:
        return None
    # Comparisons to one reference share its scatter, so they count as no more than the largest of them.
    freedom = max(len(row) - 1 for row in rows)
    low, high = (deviation * float(np.sqrt(freedom / chi2.ppf(at, freedom))) for at in (0.975, 0.025))
    return Interval(deviation, low, high)


def _squares(row: Floats) -> float:
    """Return the sum of squared deviations from the mean."""
    return float(((row - row.mean()) ** 2).sum())
