"""The leaderboard: completed trials ranked, stopped ones below, the default marked; leaderboard.json."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from adsw.judging import Judging
from adsw.metrics import Metric, mode_of
from adsw.retrieval.evaluation import Evaluation
from adsw.retrieval.intervals import intervals
from adsw.stats.interval import Interval
from sweep.report.data import RunData, difference, estimate, matches
from sweep.run.ranking import place_of, ranked_completed
from sweep.run.records import TrialRecord, TrialState
from sweep.space.distributions import Distribution

SCHEMA_VERSION = 1

DEFAULT_ARM = "default"

OPTIMISTIC = "each trial's best epoch, chosen by it and therefore optimistic"


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A trial's figures on the test queries."""

    metrics: Mapping[str, float]
    intervals: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Row:
    """One trial on the leaderboard."""

    rank: int | None
    """Among completed trials, best first; None for a trial that saw fewer epochs or has no value."""
    number: int
    arm: str | None
    state: str
    epochs: int
    value: float | None
    """The objective at the epoch that is judged."""
    interval: Interval | None
    """Its 95 % bootstrap interval over tracks; None if its per-query results are missing."""
    to_default: Interval | None
    """Paired difference to the default on the same queries; None for itself and for other fidelities."""
    params: Mapping[str, Any]
    metrics: Mapping[str, float | None]
    seconds: float
    test: HeldOut | None = None

    @property
    def is_default(self) -> bool:
        """Whether this is the default configuration."""
        return self.arm == DEFAULT_ARM


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """All trials that have a place, and counts of those that have none."""

    name: str
    metric: str
    mode: str
    rows: tuple[Row, ...]
    failed: int
    duplicates: int
    unfinished: int
    parameters: tuple[str, ...]
    """Every searched name that a row has a value of, in the order of the space."""
    judged_at: str = "each trial's last epoch"
    """The epoch of the values, in words."""

    @property
    def best(self) -> Row | None:
        """The best completed trial."""
        return next((row for row in self.rows if row.rank == 1), None)

    @property
    def default(self) -> Row | None:
        """The default configuration's trial, whatever its state, unless it failed."""
        return next((row for row in self.rows if row.is_default), None)

    @property
    def ranked(self) -> tuple[Row, ...]:
        """Completed trials with a value, best first."""
        return tuple(row for row in self.rows if row.rank is not None)


def build_leaderboard(run: RunData) -> Leaderboard:
    """Rank the ended trials of a run.

    Only completed trials are ranked against each other: a stopped trial has seen fewer epochs, so its value
    is of a lower fidelity. Stopped ones follow by epochs, then value. Failed and duplicate ones are counted.
    """
    metric = Metric.parse(run.objective.metric)
    ranked = ranked_completed(run.records, run.objective)
    places = {record.number: place for place, record in enumerate(ranked, start=1)}

    def below(record: TrialRecord) -> tuple[int, float, int]:
        return -record.fidelity, *place_of(record.value(metric.full), record.number, run.objective.mode)

    trained = (TrialState.COMPLETED, TrialState.STOPPED)
    rest = [record for record in run.records if record.state in trained and record.number not in places]
    shown = [*ranked, *sorted(rest, key=below)]
    default = next((record for record in shown if record.arm == DEFAULT_ARM), None)
    rows = [_row(run, record, places.get(record.number), default, metric) for record in shown]
    return Leaderboard(
        name=run.name,
        metric=metric.full,
        mode=run.objective.mode,
        rows=tuple(rows),
        failed=sum(record.state == TrialState.FAILED for record in run.records),
        duplicates=sum(record.state == TrialState.DUPLICATE for record in run.records),
        unfinished=len(run.unfinished),
        parameters=tuple(name for name in run.space.space if any(name in row.params for row in rows)),
        **({"judged_at": OPTIMISTIC} if run.space.judge == "best" else {}),
    )


def _row(run: RunData, record: TrialRecord, rank: int | None, default: TrialRecord | None, metric: Metric) -> Row:
    evaluation = _results_of(run, record, metric)
    to_default = None
    # Trials of different epochs are of different fidelity: their difference would not be the configurations'.
    if default is not None and record.number != default.number and record.fidelity == default.fidelity:
        of_default = _results_of(run, default, metric)
        to_default = difference(evaluation, of_default, metric) if evaluation and of_default else None
    tested = run.test.get(record.number)
    return Row(
        rank=rank,
        number=record.number,
        arm=record.arm,
        state=str(record.state),
        epochs=record.epochs,
        value=record.value(metric.full),
        interval=estimate(evaluation, metric) if evaluation else None,
        to_default=to_default,
        params=record.params,
        metrics=record.metrics,
        seconds=record.seconds,
        test=HeldOut(tested.metrics, intervals(tested)) if tested else None,
    )


def _results_of(run: RunData, record: TrialRecord, metric: Metric) -> Evaluation | None:
    """Return the trial's per-query results on the objective's set, or None unless of the epoch that is judged."""
    evaluation = run.evaluation(metric.dataset, record.number)
    return evaluation if evaluation is not None and matches(evaluation, metric, record.value(metric.full)) else None


def document(board: Leaderboard) -> dict[str, Any]:
    """Return the content of `leaderboard.json`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "name": board.name,
        "objective": {"metric": board.metric, "mode": board.mode},
        "best": board.best.number if board.best else None,
        "default": board.default.number if board.default else None,
        "failed": board.failed,
        "duplicates": board.duplicates,
        "unfinished": board.unfinished,
        "rows": [
            {
                "rank": row.rank,
                "number": row.number,
                "arm": row.arm,
                "state": row.state,
                "epochs": row.epochs,
                "value": row.value,
                "interval": _ends(row.interval),
                "to_default": asdict(row.to_default) if row.to_default else None,
                "params": dict(row.params),
                "metrics": dict(row.metrics),
                "seconds": row.seconds,
                "test": None
                if row.test is None
                else {
                    "metrics": dict(row.test.metrics),
                    "intervals": {name: _ends(span) for name, span in row.test.intervals.items()},
                },
            }
            for row in board.rows
        ],
    }


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


@dataclass(frozen=True, slots=True)
class Trace:
    """One trial's line: y against epochs."""

    number: int
    part: str
    """``best``, ``default``, ``completed``, ``stopped`` or ``failed``."""
    epochs: tuple[float, ...]
    values: tuple[float, ...]
    objective: float | None
    """The trial's objective at the epoch that is judged."""
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
    seen = [record.fidelity for record in measured_records(run)]
    return min(seen) if seen else None


def at_epoch(record: TrialRecord, metric: str, epoch: int) -> float | None:
    """Return a trial's objective at an epoch, or None if it did not get there.

    Where trials are judged at their best epoch, it is the best value up to there.
    """
    if record.best_epoch is None:
        return next((point.get(metric) for point in record.curve if point.get("epoch") == epoch), None)
    best = Judging(metric, mode_of(metric), "best").judged(record.curve[:epoch])
    return best.get(metric) if epoch <= record.fidelity else None


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
