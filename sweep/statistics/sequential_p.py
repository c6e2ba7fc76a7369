"""Sequential p-value: one p-value for all looks at an arm, which may be read and acted upon at every look."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from adsw.arrays import Floats
from adsw.draws import generator
from sweep.statistics.flips import MOST_EXACT, SAMPLED, TOLERANCE
from sweep.statistics.paired import t_test
from sweep.statistics.replicates import checked


def sequential_p(
    differences: ArrayLike, plan: Sequence[int], weights: Sequence[float], by_flips: Sequence[bool]
) -> float:
    """Compute the sequential p-value after the looks whose replicates are there.

    Looks by t and looks by sign flips share the error rate as their weights sum. Among the first it is the smallest
    p_k / w_k (Bonferroni). Among the second let S be the smallest p_k / w_k so far. Given the differences' sizes, all
    patterns of signs are equally likely, so the share of patterns whose own S is as small is known; a look to come adds
    w_k S at most. When it is made, what it really adds takes that place, which is no more, so the sum never rises; at
    the last look it is the exact p-value of S.

    Up to `flips.MOST_EXACT` replicates in the plan all flips are listed. Beyond, `flips.SAMPLED` are drawn once for
    all looks, and the observed signs are counted among them, which keeps it exact (Phipson and Smyth, 2010).

    Args:
        differences: of one arm, [R]; R is the replicates of the last look made, or fewer where the arm had failures.
        plan: replicates at the looks, [K].
        weights: of the looks, summing to 1, [K].
        by_flips: which looks the sign-flip test judges; the paired t test the others, [K].

    Returns:
        At most 1; 1 with fewer than two differences.

    Raises:
        ValueError: a difference is not finite.
    """
    differences_R = checked(differences, "differences", least=0)
    if len(differences_R) < 2:
        return 1.0
    # An arm with failures has fewer replicates than its last look planned: that look counts as made.
    made = next((index + 1 for index, count in enumerate(plan) if count >= len(differences_R)), len(plan))
    looks = list(zip(plan, weights, by_flips, strict=True))
    by_t = [t_test(differences_R[:count]) / weight for count, weight, flips in looks[:made] if not flips]
    made_by_flips = [(count, weight) for count, weight, flips in looks[:made] if flips]
    total = sum(weight for _, weight, flips in looks if flips)
    return min([1.0, *by_t, _by_flips(differences_R, plan[-1], made_by_flips, total)])


def _by_flips(differences_R: Floats, most: int, looks: Sequence[tuple[int, float]], total: float) -> float:
    """Compute the sequential p-value of the looks judged by sign flips.

    Args:
        differences_R: of one arm, in the order of seeds.
        most: replicates at the plan's last look.
        looks: those made, as replicates and weight.
        total: weight of all looks by sign flips, also of those to come.
    """
    if not looks:
        return 1.0
    # Listed patterns depend on the differences seen only; drawn ones must be the same at every look, so as long as
    # the plan.
    signs_FR = _signs(min(most, len(differences_R)) if most <= MOST_EXACT else most, most <= MOST_EXACT)
    smallest_F = np.full(len(signs_FR), np.inf)
    for count, weight in looks:
        seen = differences_R[:count]
        sums_F = np.abs(signs_FR[:, : len(seen)] @ seen)
        # p of every pattern, had it been the observed one: the share of patterns with a sum at least as large.
        order_F = np.argsort(sums_F)
        rising_F = sums_F[order_F]
        below_F = np.searchsorted(rising_F, rising_F - TOLERANCE * np.abs(seen).sum())
        ps_F = np.empty_like(sums_F)
        ps_F[order_F] = 1 - below_F / len(sums_F)
        smallest_F = np.minimum(smallest_F, ps_F / weight)
    reached = float((smallest_F <= smallest_F[0] * (1 + TOLERANCE)).mean())
    to_come = total - sum(weight for _, weight in looks)
    return (reached + max(0.0, to_come) * float(smallest_F[0])) / total


@lru_cache(maxsize=16)
def _signs(count: int, listed: bool) -> Floats:
    """Return patterns of signs, the first one as observed, [F, count]; of a listed pattern and its mirror only one."""
    if listed:
        codes = np.arange(2 ** (count - 1), dtype=np.int64)
        return np.asarray(1.0 - 2.0 * ((codes[:, None] >> np.arange(count)) & 1))
    signs_FR = 1.0 - 2.0 * generator(0, "sequential flips").integers(0, 2, (SAMPLED + 1, count))
    signs_FR[0] = 1.0
    return signs_FR
