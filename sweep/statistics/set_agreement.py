"""Agreement of two evaluation sets on the order of trials, and the cost on one of picking by the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from adsw.arrays import Floats
from adsw.draws import generator
from adsw.stats.interval import Interval, containing_interval
from adsw.stats.resampling import resampled
from sweep.statistics.rank_agreement import RESAMPLES, rank_agreement
from sweep.statistics.replicates import checked


@dataclass(frozen=True, slots=True)
class SetAgreement:
    """The order of the same trials on two evaluation sets."""

    trials: int
    tau: Interval
    """Kendall's tau-b with its 95 % interval."""
    rho: Interval
    """Spearman's rank correlation with its 95 % interval."""


@dataclass(frozen=True, slots=True)
class PickingCost:
    """Cost of picking the best by one set and using it on another."""

    picked: int
    """Place of the pick among the trials."""
    place: int
    """Rank of the pick on the other set, 1-based; the worse one where it shares one."""
    best: int
    """Place of the other set's own best."""
    lost: float
    """Value of the other set's own best minus the pick's, there; 0 or more. The best is itself picked by luck, so this
    is an upper estimate."""


def set_agreement(values: ArrayLike, others: ArrayLike, seed: int = 0) -> SetAgreement | None:
    """Compute Kendall's tau-b and Spearman's rho of two sets over the same trials.

    Intervals: percentile bootstrap over trials. Trials tied with themselves in a resample count for neither side.

    Args:
        values: the trials' values on one set, [N].
        others: the same trials on the other, [N].
        seed: of the bootstrap.

    Returns:
        The agreement, or None if there are fewer than `rank_agreement.FEWEST` trials or one side does not vary.

    Raises:
        ValueError: lengths differ, or a value is not finite.
    """
    agreement = rank_agreement(values, others, seed=seed)
    if agreement is None:
        return None
    first, second = np.asarray(values, dtype=np.float64), np.asarray(others, dtype=np.float64)
    taus = partial(_taus, _signs(first), _signs(second))
    draws = resampled(taus, len(first), RESAMPLES, generator(seed, "set agreement"))
    return SetAgreement(agreement.trials, containing_interval(agreement.tau, draws), agreement.rho)


def picking_cost(values: ArrayLike, others: ArrayLike, mode: str = "max") -> PickingCost:
    """Compute what it costs on one set to pick by another; the first of several best is picked.

    Args:
        values: the trials' values on the set that is picked by, [N], N at least 1.
        others: the same trials on the set that the pick is used on, [N].
        mode: ``max`` or ``min``, of both.

    Raises:
        ValueError: lengths differ, no trial, or a value is not finite.
    """
    sign = 1.0 if mode == "max" else -1.0
    first, second = sign * checked(values, "values", least=1), sign * checked(others, "values", least=1)
    if len(first) != len(second):
        raise ValueError(f"both sets must have the same trials: {len(first)} and {len(second)}")
    picked, best = int(first.argmax()), int(second.argmax())
    place = int((second >= second[picked]).sum())
    return PickingCost(picked, place, best, float(second[best] - second[picked]))


def _signs(values_N: Floats) -> NDArray[np.int8]:
    """Return which of two trials has the larger value, as -1, 0 or 1, [N, N]."""
    return np.sign(values_N[:, None] - values_N[None, :]).astype(np.int8)


def _taus(first_NN: NDArray[np.int8], second_NN: NDArray[np.int8], times_BN: NDArray[np.int64]) -> Floats:
    """Compute tau-b with trial n counted `times_BN[b, n]` times, [B]; NaN if a side does not vary."""
    times = times_BN.astype(np.float64)

    def pairs(matrix_NN: NDArray[np.int8]) -> Floats:
        """Sum a matrix over all pairs of the resample's trials, [B]."""
        return np.asarray(((times @ matrix_NN.astype(np.float64)) * times).sum(axis=1))

    scale = np.sqrt(pairs(first_NN**2) * pairs(second_NN**2))
    return np.divide(pairs(first_NN * second_NN), scale, out=np.full(len(times), np.nan), where=scale > 0)
