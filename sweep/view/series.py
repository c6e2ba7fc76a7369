"""What the figures draw, as plain numbers: learning curves, slices through the space."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sweep.space.distributions import Choices, Distribution, Integers, Reals
from sweep.state import TrialRecord, TrialState
from sweep.view.leaderboard import DEFAULT_ARM, Leaderboard
from sweep.view.run_data import RunData


@dataclass(frozen=True, slots=True)
class Trace:
    """One trial's line: y against epochs."""

    number: int
    part: str
    """``best``, ``default``, ``completed``, ``stopped`` or ``failed``."""
    epochs: tuple[float, ...]
    values: tuple[float, ...]
    objective: float | None
    """The trial's objective at its last epoch."""
    words: str = ""
    """A schedule's trace: the schedule in words."""


@dataclass(frozen=True, slots=True)
class Point:
    """One trial on a slice."""

    number: int
    part: str
    x: Any
    objective: float
    epochs: int


@dataclass(frozen=True, slots=True)
class Slice:
    """One searched parameter against the objective."""

    name: str
    distribution: Distribution
    points: tuple[Point, ...]

    @property
    def is_log(self) -> bool:
        """Whether the parameter was searched evenly in its logarithm."""
        return isinstance(self.distribution, Reals | Integers) and self.distribution.log

    @property
    def is_category(self) -> bool:
        """Whether the values are choices and no range."""
        return isinstance(self.distribution, Choices)


def searched(run: RunData) -> dict[str, Distribution]:
    """The distributions of the parameters that were searched; none where they were only tuned for each arm."""
    if run.space.tune is not None:
        return {}
    return {name: one.distribution for name, one in run.space.space.items() if one.searched}


def part_of(record: TrialRecord, board: Leaderboard) -> str:
    """What a trial is shown as."""
    if board.best is not None and record.number == board.best.number:
        return "best"
    if record.arm == DEFAULT_ARM and record.state is not TrialState.FAILED:
        return "default"
    return str(record.state)


def curves(run: RunData, board: Leaderboard) -> tuple[Trace, ...]:
    """The objective at each epoch of every trial that has one, failed ones up to their end."""
    found = []
    for record in run.records:
        if record.state is TrialState.DUPLICATE:
            continue
        points = [
            (float(point["epoch"]), float(point[board.metric]))
            for point in record.curve
            if point.get(board.metric) is not None
        ]
        if points:
            epochs, values = zip(*points, strict=True)
            found.append(Trace(record.number, part_of(record, board), epochs, values, record.value(board.metric)))
    return tuple(found)


def common_epoch(run: RunData) -> int | None:
    """The last epoch that every completed and stopped trial has seen; None without such trials."""
    seen = [record.epochs for record in _measured(run)]
    return min(seen) if seen else None


def at_epoch(record: TrialRecord, metric: str, epoch: int) -> float | None:
    """A trial's metric at an epoch, if it got there."""
    return next((point.get(metric) for point in record.curve if point.get("epoch") == epoch), None)


def slices(run: RunData, board: Leaderboard) -> tuple[Slice, ...]:
    """Every searched parameter against the objective at each trial's last epoch."""
    found = []
    for name, distribution in searched(run).items():
        points = tuple(
            Point(record.number, part_of(record, board), record.params[name], value, record.epochs)
            for record in _measured(run)
            if name in record.params and (value := record.value(board.metric)) is not None
        )
        if points:
            found.append(Slice(name, distribution, points))
    return tuple(found)


def rank_correlation(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Spearman's rank correlation; None for fewer than four points or where one side is constant."""
    if len(xs) < 4 or len(set(xs)) < 2 or len(set(ys)) < 2:
        return None
    from scipy.stats import spearmanr

    found = float(spearmanr(xs, ys).statistic)
    return found if math.isfinite(found) else None


def _measured(run: RunData) -> list[TrialRecord]:
    return [record for record in run.records if record.state in (TrialState.COMPLETED, TrialState.STOPPED)]
