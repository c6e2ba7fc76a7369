"""Trials for the figures: the kind each is shown as, its values by epoch, the parameters that were searched."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sweep.space.distributions import Distribution
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


def searched(run: RunData) -> dict[str, Distribution]:
    """Return the distributions of the searched parameters; none if they were only tuned for each arm."""
    if run.space.tune is not None:
        return {}
    return {name: parameter.distribution for name, parameter in run.space.space.items() if parameter.searched}


def part_of(record: TrialRecord, board: Leaderboard) -> str:
    """Return what a trial is shown as: a `Trace.part`."""
    if board.best is not None and record.number == board.best.number:
        return "best"
    if record.arm == DEFAULT_ARM and record.state is not TrialState.FAILED:
        return "default"
    return str(record.state)


def common_epoch(run: RunData) -> int | None:
    """Return the last epoch that every completed and stopped trial has seen, or None without such trials."""
    seen = [record.epochs for record in measured_records(run)]
    return min(seen) if seen else None


def at_epoch(record: TrialRecord, metric: str, epoch: int) -> float | None:
    """Return a trial's metric at an epoch, or None if it did not get there."""
    return next((point.get(metric) for point in record.curve if point.get("epoch") == epoch), None)


def rank_correlation(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Compute Spearman's rank correlation; return None for fewer than four points or a constant side."""
    if len(xs) < 4 or len(set(xs)) < 2 or len(set(ys)) < 2:
        return None
    from scipy.stats import spearmanr

    rho = float(spearmanr(xs, ys).statistic)
    return rho if math.isfinite(rho) else None


def measured_records(run: RunData) -> list[TrialRecord]:
    """Return the completed and stopped trials."""
    return [record for record in run.records if record.state in (TrialState.COMPLETED, TrialState.STOPPED)]
