"""Group-sequential comparison of arms: repeated looks while replicates come in, at one family-wise error rate.

**What is guaranteed.** The chance that any arm whose true difference to the reference is zero is ever called
different, at any look, is at most 5 % (family-wise, in the strong sense: whatever the other arms' differences are,
and however arms and looks depend on each other). It rests on three steps:

1. *Over looks*, each look k has a weight w_k, the increments of the spending function t^2 of the replicates' share t
   (Lan and DeMets, *Discrete Sequential Boundaries for Clinical Trials*, Biometrika 70, 1983; Kim and DeMets,
   Biometrika 74, 1987); they sum to 1. An arm's *sequential p-value* is a p-value for all looks at once: the chance
   that it is ever at or below x is at most x (Liu and Anderson, *On Adaptive Extensions of Group Sequential Trials*,
   JASA 103, 2008). By Bonferroni over looks that is the smallest p_k / w_k so far.
2. Looks judged by *sign flips* do better than Bonferroni, and stay exact: given the sizes of the differences, every
   pattern of signs is as likely, at all looks at once. So the smallest p_k / w_k is referred to its distribution over
   sign flips (min-P: Westfall and Young, *Resampling-Based Multiple Testing*, 1993); Bonferroni is left for looks to
   come, whose differences are not known. This bound only falls as looks are made, so rejecting by it at some look is
   rejecting by it at the last one, where it is exact.
3. *Over arms*, Holm on the sequential p-values. They only fall from look to look and Holm is monotone: what is decided
   stays decided, and an arm that gets no more replicates keeps the p-value it stopped with, which is no smaller than
   what it would have come to.

**What it assumes.** Within a replicate, the sign of an arm's difference is as likely to be either under the null,
independently between replicates (as `flips`). At looks with too few replicates for the exact test to call anything
the paired t test judges (the rule of `paired.judged`), which assumes normal differences; which looks those are follows
from the plan and the number of arms alone. Looks are at replicates planned beforehand, and whether a trial fails does
not depend on its result.

**What it costs.** Three arms, looks at 5, 8 and on to 20 replicates, against one look at 20 (benchmarks/calibration.py;
differences in deviations): of 0.64, 57 % are found instead of 67 %, with 17.9 replicates on average; of 1.06, 99 %
instead of 100 %, with 13.4; of 2.12 all, with 7.9. Spending by t instead finds large ones a replicate earlier and small
ones 8 points less often; by t^3 the other way round.

**Intervals.** An arm that was stopped because it looked different is estimated too far from zero: in the same
simulation, 1.4 times too far of those at 0.64 deviations that were decided before the last look, and the plain 95 %
interval covered 90 % of them. `Decision.interval` is a *repeated confidence interval* (Jennison and Turnbull, *Interim
Analyses: The Repeated Confidence Interval Approach*, JRSS B 51, 1989): each look has its t interval at the level it
spends, so in 95 % of arms the truth is in all of them, whenever one stops and whatever the reason (98 to 99 % where it
stopped). Its middle is no better an estimate.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from adsw.arrays import Floats
from adsw.draws import generator
from adsw.stats.interval import Interval
from sweep.stats.paired import LEVEL, Test, holm, t_test
from sweep.stats.replicates import checked
from sweep.stats.sign_flips import MOST_EXACT, SAMPLED, TOLERANCE, sign_flip_test, smallest_p


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


SPENDING = 2.0
"""Power of the replicates' share by which the error rate is spent: little at early looks, most at late ones."""


@dataclass(frozen=True, slots=True)
class Decision:
    """State of one arm's comparison with the reference arm."""

    arm: str
    decided: bool
    """Whether it may be called different: `adjusted` is at most 5 %."""
    look: int | None
    """Index of the last look at it, from 0; None before the first."""
    replicates: int
    """Differences that this look rests on, 0 before the first; later ones of a decided arm are not looked at."""
    p: float
    """Two-sided p of this look's test alone."""
    sequential: float
    """Sequential p-value, valid for all looks together."""
    adjusted: float
    """The sequential p-value with Holm's adjustment over the arms, when the arm was decided or last looked at."""
    level: float
    """Part of the 5 % that this look spends, the level of `interval`."""
    interval: Interval | None
    """Mean difference with its repeated confidence interval; None before the first look."""
    test: Test | None
    exhausted: bool
    """Whether it is undecided and no look is left for it."""
    wanted: int
    """Replicates it must have at the next look; 0 where it needs no more."""


def spent(plan: Sequence[int]) -> tuple[float, ...]:
    """Return the part of the 5 % that each look spends, [K]; the sum is 5 %.

    >>> [round(level, 4) for level in spent((5, 8, 11, 14, 17, 20))]
    [0.0031, 0.0049, 0.0071, 0.0094, 0.0116, 0.0139]
    """
    return tuple(LEVEL * weight for weight in _weights(plan))


def sequential_decisions(
    differences: Mapping[str, Sequence[float]], plan: Sequence[int], ended: Collection[str] = ()
) -> dict[str, Decision]:
    """Make all looks that the data allow, and return every arm's decision.

    Decisions depend on the data alone: with the same differences, or with more that came in since, they are the same at
    the same looks. A look takes place once every arm that is still undecided has its replicates, or has ended.

    Args:
        differences: by arm, its values so far minus the reference's on the same seeds, in the order of seeds. Every
            arm that is compared is listed, also one without replicates yet. A seed may be missing only if it will never
            be there.
        plan: replicates at the looks, rising (`looks`).
        ended: arms that can get no more replicates (failed for good); they are looked at with what they have.

    Raises:
        ValueError: the plan does not rise from 2 or more, or a difference is not finite.
    """
    _check_plan(plan)
    rows = {arm: checked(row, f"differences of {arm}", least=0) for arm, row in differences.items()}
    standing = {arm: _unseen(arm) for arm in rows}
    for index, count in enumerate(plan):
        undecided = [arm for arm, decision in standing.items() if not decision.decided]
        if any(len(rows[arm]) < count and arm not in ended for arm in undecided):
            break
        for arm in undecided:
            standing[arm] = _looked(standing[arm], rows[arm], plan, index, len(rows))
        # Decided arms stay in the family with the p-value they stopped with, or Holm would adjust too little.
        adjusted = holm([decision.sequential for decision in standing.values()])
        for arm, p in zip(standing, adjusted, strict=True):
            if arm in undecided:
                standing[arm] = replace(standing[arm], adjusted=float(p), decided=bool(p <= LEVEL))
    return {arm: _settled(decision, rows[arm], plan, arm in ended) for arm, decision in standing.items()}


def _unseen(arm: str) -> Decision:
    """Return the decision of an arm before the first look."""
    return Decision(
        arm=arm,
        decided=False,
        look=None,
        replicates=0,
        p=1.0,
        sequential=1.0,
        adjusted=1.0,
        level=0.0,
        interval=None,
        test=None,
        exhausted=False,
        wanted=0,
    )


def _looked(before: Decision, row: Floats, plan: Sequence[int], index: int, arms: int) -> Decision:
    """Return an arm's decision after a look, not yet adjusted for the other arms; unchanged without new replicates."""
    seen = row[: plan[index]]
    if len(seen) < 2 or len(seen) == before.replicates:
        return before
    by_flips = judged_by_flips(plan, arms)
    level = spent(plan)[index]
    return replace(
        before,
        look=index,
        replicates=len(seen),
        p=sign_flip_test(seen).p if by_flips[index] else t_test(seen),
        sequential=min(before.sequential, sequential_p(seen, plan, _weights(plan), by_flips)),
        level=level,
        interval=repeated_interval(seen, level),
        test="sign flips" if by_flips[index] else "paired t",
    )


def _settled(decision: Decision, row: Floats, plan: Sequence[int], ended: bool) -> Decision:
    """Complete an arm's decision with the replicates it still wants, or that no look is left for it."""
    made = -1 if decision.look is None else decision.look
    none_left = made + 1 == len(plan) or (ended and (decision.replicates == len(row) or len(row) < 2))
    if decision.decided or ended or none_left:
        return replace(decision, exhausted=not decision.decided and none_left)
    return replace(decision, wanted=plan[made + 1])


def judged_by_flips(plan: Sequence[int], arms: int) -> tuple[bool, ...]:
    """Return which looks the exact test judges: those whose smallest possible p could decide an arm by itself, [K]."""
    # Beyond `MOST_EXACT` flips are drawn, which bounds p by their number, at all looks alike.
    least = 1 / (SAMPLED + 1) if plan[-1] > MOST_EXACT else 0.0
    return tuple(arms * max(smallest_p(count), least) <= level for count, level in zip(plan, spent(plan), strict=True))


def repeated_interval(differences: ArrayLike, level: float) -> Interval:
    """Compute the mean with its t interval at a two-sided level: one look's part of a repeated confidence interval.

    Args:
        differences: one per replicate, [R], R at least 2.
        level: what the look spends (`spent`).

    Raises:
        ValueError: fewer than two differences, one that is not finite, or a level outside 0 to 1.
    """
    from scipy.stats import t

    differences_R = checked(differences, "differences")
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not at {level!r}")
    mean, error = float(differences_R.mean()), float(differences_R.std(ddof=1)) / np.sqrt(len(differences_R))
    reach = float(t.ppf(1 - level / 2, len(differences_R) - 1)) * error
    return Interval(mean, mean - reach, mean + reach)


def _weights(plan: Sequence[int]) -> tuple[float, ...]:
    """Return the increments of the spending function, one per look, [K]; they sum to 1."""
    reached = [(count / plan[-1]) ** SPENDING for count in plan]
    return tuple(after - before for before, after in pairwise([0.0, *reached]))


def _check_plan(plan: Sequence[int]) -> None:
    """Check that a plan's looks rise from 2 replicates or more."""
    if not plan or plan[0] < 2 or any(after <= before for before, after in pairwise(plan)):
        raise ValueError(f"looks must rise from 2 replicates or more, not {tuple(plan)}")
