"""Agreement of the order of trials at an early epoch with their order at the end, which early stopping relies on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from adsw.arrays import Floats
from adsw.draws import generator
from adsw.metrics import sign_of
from adsw.stats.interval import Interval, containing_interval
from adsw.stats.resampling import drawn_places, resampled
from sweep.stats.replicates import checked

FEWEST = 5
"""Below this many trials no agreement is computed."""

RESAMPLES = 2000
"""Bootstrap samples of trials."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Early and final ranks of the same trials."""

    trials: int
    tau: float
    """Kendall's tau-b."""
    rho: Interval
    """Spearman's rank correlation with its 95 % interval."""
    place_of_best: int
    """Early place of the trial that is best in the end, 1-based; the worse place where it shared one."""
    needed_share: float
    """That place over the number of trials: a rung that keeps this share or more keeps the best."""


def rank_agreement(early: ArrayLike, final: ArrayLike, mode: str = "max", seed: int = 0) -> Agreement | None:
    """Compute Kendall's tau-b and Spearman's rho of early and final values, over trials that reached the last epoch.

    scipy's `kendalltau` and `spearmanr`; rho's interval is a percentile bootstrap over trials (95 to 98 % covered from
    eight trials on). Where trials were stopped early, those that got to the end were picked by their early values:
    then both figures say less than they would over all trials, and mostly too little.

    Args:
        early: values at the early epoch, [N].
        final: of the same trials at the last, [N].
        mode: ``max`` or ``min``.
        seed: of the bootstrap.

    Returns:
        The agreement, or None if there are fewer than `FEWEST` trials or one side does not vary.

    Raises:
        ValueError: lengths differ, or a value is not finite.
    """
    from scipy.stats import kendalltau

    first, last = checked(early, "early values", least=0), checked(final, "final values", least=0)
    if len(first) != len(last):
        raise ValueError(f"early and final values must be of the same trials: {len(first)} and {len(last)}")
    if len(first) < FEWEST or np.ptp(first) == 0 or np.ptp(last) == 0:
        return None
    sign = sign_of(mode)
    best = int(np.argmax(sign * last))
    place = int((sign * first >= sign * first[best]).sum())
    rho = _rhos(first[None], last[None])[0]
    drawn = drawn_places(len(first), RESAMPLES, generator(seed, "rank agreement"))
    span = containing_interval(float(rho), _rhos(first[drawn], last[drawn]))
    return Agreement(len(first), float(kendalltau(first, last).statistic), span, place, place / len(first))


def rungs(grace_epochs: int, reduction_factor: float, epochs: int) -> tuple[int, ...]:
    """Return the epochs before the last at which successive halving decides.

    >>> rungs(6, 3.0, 60), rungs(1, 3.0, 20)
    ((6, 18, 54), (1, 3, 9))
    """
    count = max(0, math.ceil(math.log(max(epochs / grace_epochs, 1.0), reduction_factor)) + 1)
    decisions = {math.ceil(grace_epochs * reduction_factor**step) for step in range(count)}
    return tuple(sorted(epoch for epoch in decisions if epoch < epochs))


def _rhos(first_BN: Floats, last_BN: Floats) -> Floats:
    """Compute Spearman's rho of every row, [B]; NaN if a side does not vary."""
    from scipy.stats import rankdata

    # The correlation of ranks, for all resamples at once: scipy's `spearmanr` takes one pair of them.
    x, y = (rankdata(side, axis=1) for side in (first_BN, last_BN))
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    scale = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    return np.divide((x * y).sum(axis=1), scale, out=np.full(len(x), np.nan), where=scale > 0)


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
    sign = sign_of(mode)
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
