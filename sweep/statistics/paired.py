"""Arms against a reference arm on common random numbers: replicate r of both arms shares its seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from adsw.stats.interval import Interval
from sweep.statistics.effect_size import paired_effect
from sweep.statistics.flips import FlipTest, sign_flip_test
from sweep.statistics.holm import holm
from sweep.statistics.improvement import probability_of_improvement
from sweep.statistics.replicates import checked, replicate_interval

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
    sign = 1.0 if mode == "max" else -1.0
    return probability_of_improvement(sign * np.asarray(values), sign * np.asarray(others))
