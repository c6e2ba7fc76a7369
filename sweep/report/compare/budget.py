"""Sweeps at the same budget: the expected best of random trials, and the best of all trials so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adsw.draws import generator
from adsw.metrics import sign_of
from adsw.report.format import duration
from adsw.stats.interval import Interval, percentile_interval
from sweep.report.compare.sides import Side
from sweep.report.search_quality import FEWEST_RANDOM
from sweep.run.records import TrialRecord, TrialState
from sweep.stats.selection import chances_of_ranks, expected_best_without

RESAMPLES = 1000
SHARES = (0.5, 1.0)
"""Budgets as shares of the largest that all sweeps have spent on random trials."""
_SLACK = 1e-9
"""Added before a number of trials is rounded down, so that rounding costs no trial."""
_MOST = 0.5
"""Largest share of a sweep's random trials for which an interval by resampling them is given."""


@dataclass(frozen=True, slots=True)
class Bought:
    """What one sweep gets for a budget."""

    name: str
    trials: int
    """Random trials that the budget buys, at what this sweep's took on average."""
    expected: float
    """The expected best of so many (Tang et al., 2020), on validation."""
    difference: Interval | None
    """Difference to the first sweep, over the choice of trials.

    None for the first sweep, and if the budget takes more than half of the random trials of any sweep.
    """


@dataclass(frozen=True, slots=True)
class EqualBudget:
    """One budget, spent by every sweep that has random trials."""

    unit: str
    """``trials``, ``trial-epochs`` or ``seconds of a cell``."""
    amount: float
    bought: tuple[Bought, ...]

    @property
    def words(self) -> str:
        """The budget as people read it."""
        if self.unit == "seconds of a cell":
            return f"{duration(self.amount)} of a cell"
        return f"{int(self.amount + _SLACK):,} {self.unit}"


@dataclass(frozen=True, slots=True)
class BestSoFar:
    """The best completed trial against what was spent, in the order of trial numbers."""

    name: str
    epochs: tuple[int, ...]
    """Trial-epochs of all trials of the search up to this one."""
    seconds: tuple[float, ...]
    """Seconds that cells worked for them."""
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Random:
    """A sweep's random trials."""

    name: str
    values: NDArray[np.float64]
    epochs: float
    """Epochs of one trial on average."""
    seconds: float
    """Seconds of one trial on average."""


def equal_budgets(sides: Sequence[Side]) -> tuple[EqualBudget, ...]:
    """Return what each sweep gets for half and for all of the largest budget that all have spent on random trials.

    Suggested trials depend on those before them and are left out: only random ones are a sample.
    """
    drawn = [sweep for side in sides if (sweep := _random(side)) is not None]
    if len(drawn) < 2:
        return ()
    mode = sides[0].board.mode
    budgets = []
    for unit, costs in (
        ("trials", [1.0 for _ in drawn]),
        ("trial-epochs", [sweep.epochs for sweep in drawn]),
        ("seconds of a cell", [sweep.seconds for sweep in drawn]),
    ):
        most = min(cost * len(sweep.values) for cost, sweep in zip(costs, drawn, strict=True))
        for share in SHARES if most > 0 else ():
            counts = [int(share * most / cost + _SLACK) for cost in costs]
            if min(counts) > 0:
                budgets.append(EqualBudget(unit, share * most, _bought(drawn, counts, mode)))
    return tuple(budgets)


def best_so_far(side: Side) -> BestSoFar | None:
    """Return a search's best completed trial against what was spent, or None for an ablation or without results."""
    if side.arms or side.board.best is None:
        return None
    sign = sign_of(side.board.mode)
    ranked = {record.number for record in side.completed}
    epochs, seconds, best = 0, 0.0, -np.inf
    points = []
    for record in _spending(side):
        epochs, seconds = epochs + record.epochs, seconds + record.seconds
        value = record.value(side.board.metric) if record.number in ranked else None
        if value is not None and sign * value > best:
            best = sign * value
            points.append((epochs, seconds, sign * best))
    # The line goes on to all that was spent.
    points.append((epochs, seconds, sign * best))
    return BestSoFar(side.name, *(tuple(column) for column in zip(*points, strict=True)))


def _spending(side: Side) -> list[TrialRecord]:
    """Return the trials that were trained, without duplicates."""
    return [record for record in side.run.records if record.state is not TrialState.DUPLICATE]


def _random(side: Side) -> _Random | None:
    """Return the random trials of a search, or None if there are fewer than `FEWEST_RANDOM`."""
    ended = (TrialState.COMPLETED, TrialState.STOPPED)
    drawn = [
        (value, record)
        for record in side.run.records
        if record.state in ended
        and side.run.origins.get(record.number) == "random"
        and (value := record.value(side.board.metric)) is not None
    ]
    if side.arms or len(drawn) < FEWEST_RANDOM:
        return None
    return _Random(
        name=side.name,
        values=np.array([value for value, _ in drawn]),
        epochs=float(np.mean([record.epochs for _, record in drawn])),
        seconds=float(np.mean([record.seconds for _, record in drawn])),
    )


def _bought(drawn: Sequence[_Random], counts: Sequence[int], mode: str) -> tuple[Bought, ...]:
    """Return what each sweep gets for one budget, given how many trials it buys."""
    means = [
        float(expected_best_without(sweep.values, mode)[count - 1]) for sweep, count in zip(drawn, counts, strict=True)
    ]
    # Resamples of nearly all trials hold mostly the same best one, and would make it look certain.
    safe = all(count <= _MOST * len(sweep.values) for sweep, count in zip(drawn, counts, strict=True))
    draws = [_resampled(sweep, count, mode) for sweep, count in zip(drawn, counts, strict=True)] if safe else []
    bought = []
    for place, (sweep, count) in enumerate(zip(drawn, counts, strict=True)):
        gap = None
        # Sweeps draw apart from each other, so the resamples of two are independent.
        if draws and place:
            gap = percentile_interval(means[place] - means[0], draws[place] - draws[0])
        bought.append(Bought(sweep.name, count, means[place], gap))
    return tuple(bought)


def _resampled(sweep: _Random, count: int, mode: str) -> NDArray[np.float64]:
    """Return the expected best of `count` trials on every resample of the random ones, [B]."""
    total = len(sweep.values)
    sign = sign_of(mode)
    drawn_BN = generator(0, "equal budget", sweep.name).integers(0, total, (RESAMPLES, total))
    return np.asarray(sign * (np.sort(sign * sweep.values[drawn_BN], axis=1) @ chances_of_ranks(total)[count - 1]))
