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
    """What the replicates say of one difference."""

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
    """Everything that is said of paired differences.

    Args:
        differences: first arm minus second on the same seed, [R], R at least 2.

    Raises:
        ValueError: fewer than two differences, or one that is not finite.
    """
    found = checked(differences, "differences")
    return Pairing(
        difference=replicate_interval(found),
        differences=tuple(map(float, found)),
        flips=sign_flip_test(found),
        t_p=t_test(found),
        effect=paired_effect(found),
    )


def t_test(differences: ArrayLike) -> float:
    """Two-sided p of the paired t test (`scipy.stats.ttest_1samp`); assumes normal differences.

    Differences without any scatter leave it undefined: then the sign flips' p is given.

    Args:
        differences: one per replicate, [R], R at least 2.

    Raises:
        ValueError: fewer than two differences, or one that is not finite.
    """
    from scipy.stats import ttest_1samp

    found = checked(differences, "differences")
    if np.ptp(found) <= 1e-12 * float(np.abs(found).max()):
        return sign_flip_test(found).p
    return float(ttest_1samp(found, 0.0).pvalue)


def judged(family: Sequence[Pairing]) -> tuple[Judgement, ...]:
    """The comparisons of one report with Holm's adjustment.

    The exact sign-flip test decides where it can: where the fewest replicates of the family allow an adjusted p of
    5 %. With fewer it could never call anything, whatever the data, and the paired t test decides instead, which
    assumes normal differences. The choice rests on the number of replicates and comparisons, not on the results, so
    the error rate holds.
    """
    if not family:
        return ()
    can = max(one.flips.smallest for one in family) * len(family) <= LEVEL
    test: Test = "sign flips" if can else "paired t"
    ps = [one.flips.p if can else one.t_p for one in family]
    return tuple(Judgement(test, p, float(adjusted)) for p, adjusted in zip(ps, holm(ps), strict=True))


def judged_where_paired(family: Sequence[Pairing | None]) -> list[Judgement | None]:
    """Return a judgement for each comparison that has a pairing; the others count for nothing in the family."""
    judgements = iter(judged([one for one in family if one is not None]))
    return [None if one is None else next(judgements) for one in family]


def improvement(values: ArrayLike, others: ArrayLike, mode: str) -> Interval:
    """`probability_of_improvement` where ``min`` makes smaller better.

    Args:
        values: one per run of the first arm, [R].
        others: one per run of the second, [S].
        mode: ``max`` or ``min``.
    """
    sign = 1.0 if mode == "max" else -1.0
    return probability_of_improvement(sign * np.asarray(values), sign * np.asarray(others))
