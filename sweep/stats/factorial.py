"""Main effects and interactions of a full two-level factorial design, replicates as blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from sweep.stats.paired import Pairing, pairing


@dataclass(frozen=True, slots=True)
class Effect:
    """One main effect or interaction."""

    factors: tuple[str, ...]
    pairing: Pairing

    @property
    def order(self) -> int:
        """1 for a main effect, 2 for an interaction of two factors, and so on."""
        return len(self.factors)


def factorial_effects(values: ArrayLike, levels: ArrayLike, names: Sequence[str]) -> tuple[Effect, ...]:
    """Estimate all 2^k - 1 effects of a 2^k design, main effects first.

    In the convention of Yates (Box, Hunter and Hunter, *Statistics for Experimenters*, 2005, chapter 5): a main effect
    is the mean of the arms with the factor high minus the mean of those with it low; an interaction of two is half
    the difference between the effect of one with the other high and with it low. Each effect is one contrast per
    replicate, so replicates are blocks and every effect is judged by its own scatter between replicates; its squared
    t is the F of a repeated-measures analysis of variance. Assumes what `replicate_interval` and `sign_flip_test` do
    of these contrasts.

    Args:
        values: one per replicate and arm, [R, A], A = 2^k, R at least 2.
        levels: whether arm a has factor f high, bool [A, k].
        names: of the factors, [k].

    Raises:
        ValueError: the arms are no full design, shapes do not agree, or a value is not finite.
    """
    values_RA, high = np.asarray(values, dtype=np.float64), np.asarray(levels, dtype=bool)
    if high.ndim != 2 or high.shape[1] != len(names) or not is_full(high):
        raise ValueError(f"levels {high.shape} of {list(names)} are no full two-level design")
    if values_RA.ndim != 2 or values_RA.shape[1] != len(high) or not np.isfinite(values_RA).all():
        raise ValueError(f"a design of {len(high)} arms needs finite values [R, {len(high)}], not {values_RA.shape}")
    signs_AK = np.where(high, 1.0, -1.0)
    effects = []
    for order in range(1, len(names) + 1):
        for chosen in combinations(range(len(names)), order):
            # An interaction's contrast is the product of its factors' signs.
            contrast_A = signs_AK[:, chosen].prod(axis=1)
            per_replicate_R = values_RA @ contrast_A * 2 / len(high)
            effects.append(Effect(tuple(names[index] for index in chosen), pairing(per_replicate_R)))
    return tuple(effects)


def is_full(levels: ArrayLike) -> bool:
    """Return whether levels [A, k], k at least 2, hold every combination exactly once."""
    high = np.asarray(levels, dtype=bool)
    arms, factors = high.shape
    return factors >= 2 and arms == 2**factors and len(np.unique(high, axis=0)) == arms
