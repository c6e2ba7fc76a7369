"""The exact paired test over replicates: sign flips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from adsw.arrays import Floats
from adsw.draws import generator
from sweep.stats.replicates import checked

MOST_EXACT = 16
"""Up to so many replicates all flips are listed; beyond, `SAMPLED` are drawn."""
SAMPLED = 20_000
_CHUNK = 2**20
"""Most signs drawn at a time."""
TOLERANCE = 1e-9
"""Sums that differ by less than this share of the largest one count as equal."""


@dataclass(frozen=True, slots=True)
class FlipTest:
    """The outcome of a sign-flip test."""

    p: float
    """Two-sided."""
    smallest: float
    """Smallest p that so many replicates can give; where it is above the level, the test cannot find anything."""
    flips: int
    """Flips that were listed or drawn."""
    exact: bool
    """Whether all flips were listed, and p is exact."""


def smallest_p(replicates: int) -> float:
    """Return the smallest two-sided p of the exact test: two of the 2^R flips are as extreme as can be.

    >>> smallest_p(5), smallest_p(6)
    (0.0625, 0.03125)
    """
    return min(1.0, 2.0 ** (1 - replicates))


def fewest_replicates(level: float) -> int:
    """Return the fewest replicates whose smallest p is at most `level`; a family of m tests at 5 % needs 0.05 / m.

    Raises:
        ValueError: the level is not between 0 and 1.

    >>> fewest_replicates(0.05), fewest_replicates(0.05 / 3)
    (6, 7)
    """
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not at {level!r}")
    return int(np.ceil(1 - np.log2(level)))


def sign_flip_test(differences: ArrayLike, seed: int = 0) -> FlipTest:
    """Test two-sidedly whether paired differences are as likely to have either sign.

    Fisher, *The Design of Experiments*, 1935, section 21; Good, *Permutation, Parametric and Bootstrap Tests of
    Hypotheses*, 2005, section 3.6.

    Assumes that under the null each replicate's difference could as well have come with the other sign, which holds
    where the two arms are exchangeable within a replicate; the distribution may have any shape. All 2^R flips are
    listed to R = 16 and p is exact; beyond, 20,000 are drawn and p is (k + 1) / (n + 1) (Phipson and Smyth, 2010),
    which keeps the level.

    Args:
        differences: first arm minus second on the same seed, [R].
        seed: of drawn flips.

    Raises:
        ValueError: no difference, or one that is not finite.
    """
    differences_R = checked(differences, "differences", least=1)
    count = len(differences_R)
    # Sums of the same numbers in another order differ by rounding; they must count as equally extreme.
    bar = abs(differences_R.sum()) - TOLERANCE * np.abs(differences_R).sum()
    if count <= MOST_EXACT:
        # A flip and its mirror image have the same absolute sum: the first sign can stay.
        codes = np.arange(2 ** (count - 1), dtype=np.int64)
        signs_FR = 1.0 - 2.0 * ((codes[:, None] >> np.arange(count)) & 1)
        return FlipTest(float((np.abs(signs_FR @ differences_R) >= bar).mean()), smallest_p(count), 2**count, True)
    beyond = _drawn_beyond(differences_R, bar, seed)
    return FlipTest((beyond + 1) / (SAMPLED + 1), max(smallest_p(count), 1 / (SAMPLED + 1)), SAMPLED, False)


def _drawn_beyond(differences_R: Floats, bar: float, seed: int) -> int:
    """Count the drawn flips whose absolute sum is at least `bar`."""
    rng = generator(seed, "sign flips")
    step = max(1, _CHUNK // len(differences_R))
    beyond = 0
    for first in range(0, SAMPLED, step):
        shape = (min(step, SAMPLED - first), len(differences_R))
        signs_FR = 1.0 - 2.0 * rng.integers(0, 2, shape)
        beyond += int((np.abs(signs_FR @ differences_R) >= bar).sum())
    return beyond
