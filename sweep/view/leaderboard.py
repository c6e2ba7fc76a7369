"""The leaderboard: completed trials ranked, stopped ones below, the default marked; leaderboard.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from adsw.evaluate.evaluation import Evaluation
from adsw.evaluate.intervals import intervals
from adsw.metrics import Metric
from adsw.stats.interval import Interval
from sweep.ranking import place_of, ranked_completed
from sweep.state import TrialRecord, TrialState
from sweep.view.run_data import RunData
from sweep.view.scores import difference, estimate, matches

SCHEMA_VERSION = 1
DEFAULT_ARM = "default"


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
    """The objective at the last epoch."""
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
        return -record.epochs, *place_of(record.value(metric.full), record.number, run.objective.mode)

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
    )


def _row(run: RunData, record: TrialRecord, rank: int | None, default: TrialRecord | None, metric: Metric) -> Row:
    evaluation = _results_of(run, record, metric)
    to_default = None
    # Trials of different epochs are of different fidelity: their difference would not be the configurations'.
    if default is not None and record.number != default.number and record.epochs == default.epochs:
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
    """Return the trial's per-query results on the objective's set, or None unless they are of its last epoch."""
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
