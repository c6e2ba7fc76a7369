"""The influence of the searched parameters: spread of trials, importances, rank correlations, slices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats
from adsw.metrics import Metric, sign_of
from sweep.report.data import RunData, difference, excludes_zero, matches
from sweep.report.leaderboard import (
    Leaderboard,
    at_epoch,
    common_epoch,
    measured_records,
    part_of,
    rank_correlation,
    searched,
)
from sweep.run.records import TrialState
from sweep.space.distributions import Choices, Distribution, Integers, Reals
from sweep.stats.importance import Importance, Importances, Observation, importances
from sweep.stats.selection import HeldOutSpread, held_out_spread


@dataclass(frozen=True, slots=True)
class ImportanceBasis:
    """Importances over one choice of trials and epoch."""

    label: str
    trials: int
    epoch: int
    shares: Importances | None
    """None if there are too few trials, or they do not differ."""


@dataclass(frozen=True, slots=True)
class EpochRange:
    """The range of the objective at the last epoch that all trials saw."""

    epoch: int
    trials: int
    lowest: float
    median: float
    highest: float


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """One searched parameter in a line."""

    name: str
    role: str
    values: str
    best: object
    default: object
    correlation: float | None
    """Spearman's, with the objective at the common epoch, over all trials that saw it; None for choices."""
    importances: tuple[Importance | None, ...]
    """One per basis."""


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


@dataclass(frozen=True, slots=True)
class Influence:
    """How much hyperparameters mattered, and which."""

    held_out: HeldOutSpread | None
    """Best to worst completed trial; None with fewer than two that can be compared."""
    compared: int
    """Completed trials in that comparison."""
    all_trials: EpochRange | None
    tied_with_best: tuple[int, ...]
    """Completed trials whose paired interval to the best, on the validation queries, contains 0."""
    judged_against_best: int
    """Completed trials for which there is such an interval."""
    bases: tuple[ImportanceBasis, ...]
    parameters: tuple[ParameterRow, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """The searched parameters, those that mattered most first, by the basis with most trials."""
        best = max((basis for basis in self.bases if basis.shares), key=lambda basis: basis.trials, default=None)
        rows = best.shares.rows if best and best.shares else ()
        ranked = [row.name for row in sorted(rows, key=lambda row: (not row.above_noise, -row.share))]
        return (*ranked, *(row.name for row in self.parameters if row.name not in ranked))

    @property
    def standing_out(self) -> tuple[str, ...]:
        """Parameters whose importance is above what shuffled values give, on the basis with most trials."""
        best = max((basis for basis in self.bases if basis.shares), key=lambda basis: basis.trials, default=None)
        return tuple(row.name for row in best.shares.rows if row.above_noise) if best and best.shares else ()


def influence(run: RunData, board: Leaderboard, resamples: int) -> Influence:
    """Measure the influence of the searched parameters; `resamples` is for the importances' intervals."""
    held_out, compared = _spread(run, board)
    bases = _bases(run, board, resamples)
    tied, compared_with_best = _tied(run, board)
    return Influence(
        held_out=held_out,
        compared=compared,
        all_trials=_epoch_range(run, board),
        tied_with_best=tied,
        judged_against_best=compared_with_best,
        bases=bases,
        parameters=_parameters(run, board, bases),
    )


def _comparable(run: RunData, board: Leaderboard) -> dict[int, tuple[Floats, NDArray[np.int64]]]:
    """Return per-query values and tracks, [Q] each, of completed trials measured on the same queries as the best."""
    metric = Metric.parse(board.metric)
    comparable: dict[int, tuple[Floats, NDArray[np.int64]]] = {}
    queries = None
    for row in board.ranked:
        evaluation = run.evaluation(metric.dataset, row.number)
        if evaluation is None or not matches(evaluation, metric, row.value):
            continue
        queries = queries or evaluation.queries
        if evaluation.queries == queries:
            direction = evaluation.direction(metric.way)
            comparable[row.number] = direction.scores.of(metric.name), direction.clusters
    return comparable


def _spread(run: RunData, board: Leaderboard) -> tuple[HeldOutSpread | None, int]:
    per_trial = _comparable(run, board)
    if len(per_trial) < 2:
        return None, len(per_trial)
    sign = sign_of(board.mode)  # The spread takes more as better.
    values_KQ = sign * np.stack([values for values, _ in per_trial.values()])
    clusters_Q = next(iter(per_trial.values()))[1]
    median = Metric.parse(board.metric).statistic == "median"
    return held_out_spread(values_KQ, clusters_Q, median), len(per_trial)


def _tied(run: RunData, board: Leaderboard) -> tuple[tuple[int, ...], int]:
    """Return the trials that cannot be told from the best, and how many were compared with it."""
    metric = Metric.parse(board.metric)
    evaluations = {
        row.number: evaluation
        for row in board.ranked
        if (evaluation := run.evaluation(metric.dataset, row.number)) is not None
        and matches(evaluation, metric, row.value)
    }
    if board.best is None or board.best.number not in evaluations:
        return (), 0
    best = evaluations.pop(board.best.number)
    gaps = {number: difference(best, other, metric) for number, other in evaluations.items()}
    known = {number: gap for number, gap in gaps.items() if gap is not None}
    return tuple(number for number, gap in known.items() if not excludes_zero(gap)), len(known)


def _epoch_range(run: RunData, board: Leaderboard) -> EpochRange | None:
    epoch = common_epoch(run)
    if epoch is None:
        return None
    reached = [at_epoch(record, board.metric, epoch) for record in run.records]
    values = [value for value in reached if value is not None]
    if len(values) < 2:
        return None
    return EpochRange(epoch, len(values), min(values), float(np.median(values)), max(values))


def _bases(run: RunData, board: Leaderboard, resamples: int) -> tuple[ImportanceBasis, ...]:
    """Compute importances over completed trials at their end and, if some were stopped, over all trials.

    All trials are taken at the last epoch that they all saw.
    """
    space = searched(run)
    completed = [record for record in run.records if record.state is TrialState.COMPLETED]
    choices = []
    if completed:
        last = max(record.fidelity for record in completed)
        choices.append((f"completed trials, epoch {last}", last, completed))
    epoch = common_epoch(run)
    if epoch is not None and any(record.state is TrialState.STOPPED for record in run.records):
        reached = [record for record in run.records if at_epoch(record, board.metric, epoch) is not None]
        choices.insert(0, (f"all trials, epoch {epoch}", epoch, reached))
    bases = []
    for label, at, records in choices:
        observations = [
            Observation(record.params, value)
            for record in records
            if (value := at_epoch(record, board.metric, at)) is not None
        ]
        shares = importances(observations, space, board.mode, resamples=resamples)
        bases.append(ImportanceBasis(label, len(observations), at, shares))
    return tuple(bases)


def _parameters(run: RunData, board: Leaderboard, bases: tuple[ImportanceBasis, ...]) -> tuple[ParameterRow, ...]:
    epoch = common_epoch(run)
    shares: list[Mapping[str, Importance]] = [
        {row.name: row for row in basis.shares.rows} if basis.shares else {} for basis in bases
    ]
    rows = []
    for name, parameter in run.space.space.items():
        if name not in searched(run):
            continue
        rows.append(
            ParameterRow(
                name=name,
                role=parameter.role,
                values=parameter.words(),
                best=board.best.params.get(name) if board.best else None,
                default=board.default.params.get(name) if board.default else None,
                correlation=_correlation(run, board, name, epoch),
                importances=tuple(by_name.get(name) for by_name in shares),
            )
        )
    return tuple(rows)


def _correlation(run: RunData, board: Leaderboard, name: str, epoch: int | None) -> float | None:
    pairs = [
        (float(record.params[name]), value)
        for record in run.records
        if epoch is not None
        and isinstance(record.params.get(name), int | float)
        and not isinstance(record.params[name], bool)  # A bool is an int in Python, but a choice here.
        and (value := at_epoch(record, board.metric, epoch)) is not None
    ]
    return rank_correlation([x for x, _ in pairs], [y for _, y in pairs])


def slices(run: RunData, board: Leaderboard) -> tuple[Slice, ...]:
    """Return every searched parameter against the objective at each trial's last epoch."""
    cuts = []
    for name, distribution in searched(run).items():
        points = tuple(
            Point(record.number, part_of(record, board), record.params[name], value, record.fidelity)
            for record in measured_records(run)
            if name in record.params and (value := record.value(board.metric)) is not None
        )
        if points:
            cuts.append(Slice(name, distribution, points))
    return tuple(cuts)
