"""A run folder as read once, with everything that leaderboard and report are computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from adsw.errors import InputError, faults_of
from adsw.metrics import Metric, digits_of
from adsw.report.format import gap_number, kept_digits
from adsw.report.table import Cell, change
from adsw.retrieval.evaluation import Direction, Evaluation
from adsw.stats.bootstrap import bootstrap_interval, paired_interval
from adsw.stats.interval import Interval
from sweep.live.status import run_status
from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord
from sweep.run.sweep_record import StoreRecord, SweepRecord
from sweep.space.model import Space
from sweep.space.sections import Objective

UNTRAINED = "untrained"


@dataclass(frozen=True, slots=True)
class RunData:
    """A run as far as it has come."""

    name: str
    status: str
    """That of `sweep.json`, but `interrupted` if it says running and no process drives the sweep."""
    sweep: SweepRecord
    """Its `sweep.json`."""
    space: Space
    records: tuple[TrialRecord, ...]
    """Ended trials in order of number, without those of `aside`."""
    unfinished: tuple[int, ...]
    """Trials that were started and have not ended."""
    valid: Mapping[int, Evaluation]
    """Per-query results of a trial on the validation queries, at the epoch that is judged, by trial."""
    test: Mapping[int, Evaluation]
    """The same on the test queries, for the trials that were evaluated on them."""
    untrained: Evaluation | None
    """Untrained heads on the test queries."""
    origins: Mapping[int, str] = field(default_factory=dict)
    """Who chose a trial's values, by number: ``included``, ``grid``, ``random`` or the sampler's name."""
    unreadable: tuple[str, ...] = ()
    """Names of evaluation files that could not be read."""
    sets: Mapping[str, Mapping[int, Evaluation]] = field(default_factory=dict)
    """Per-query results on the extra evaluation sets: set -> trial -> results at the epoch that is judged."""
    aside: tuple[TrialRecord, ...] = ()
    """Ended trials with a purpose, which are no results: they chose nuisance values or trained the winner again."""
    path: Path | None = None
    """The run folder."""

    @property
    def objective(self) -> Objective:
        """The objective that trials are compared by; of several objectives the first."""
        return self.space.objective

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """All objectives."""
        return self.space.objectives

    def on_test(self, metric: Metric) -> Metric:
        """Return the metric on the test split, limited to the same source of queries if it is limited to one."""
        return replace(metric.on("test"), source=self._source(metric) or "")

    def has_counterpart(self, metric: Metric) -> bool:
        """Return whether the test split has the same kind of queries and pool as the set that a metric is of."""
        return metric.dataset == "valid" or self._source(metric) is not None

    def _source(self, metric: Metric) -> str | None:
        """Return the source that a set is limited to, if that is its only difference from the validation split."""
        dataset = next((extra for extra in self.space.evaluate if extra.name == metric.dataset), None)
        if dataset is None or dataset.store is not None or dataset.split != "valid" or dataset.dataset is not None:
            return None
        return dataset.source if metric.way == "t2m" else None

    def evaluation(self, dataset: str, number: int) -> Evaluation | None:
        """Return a trial's per-query results on one set (``valid``, ``test`` or an extra one), or None if missing."""
        if dataset in ("valid", "test"):
            return (self.valid if dataset == "valid" else self.test).get(number)
        return self.sets.get(dataset, {}).get(number)

    @property
    def stores(self) -> Mapping[str, StoreRecord]:
        """Each store's entry in sweep.json by name; empty where the run has one.

        The first is that of arms that name none.
        """
        return self.sweep.stores

    @property
    def tuning(self) -> tuple[TrialRecord, ...]:
        """Ended trials that only chose nuisance values."""
        return tuple(record for record in self.aside if record.purpose == "tune")

    @property
    def confirming(self) -> tuple[TrialRecord, ...]:
        """Ended trials that trained the winner and the default again, on fresh seeds."""
        return tuple(record for record in self.aside if record.purpose == "confirm")

    @property
    def every_record(self) -> tuple[TrialRecord, ...]:
        """All ended trials by number, whatever they were for."""
        return tuple(sorted((*self.records, *self.aside), key=lambda record: record.number))


def read_run(path: Path) -> RunData:
    """Read a run folder, whether its sweep is running, interrupted or done.

    Missing results are left out, and evaluation files that cannot be read are named, so that the others can be
    shown.

    Raises:
        InputError: this is no run folder, or its space or a line of its trials cannot be read.
    """
    folder = RunFolder.open(path)
    sweep = folder.read_sweep()
    unreadable: list[str] = []
    evaluations: dict[str, Evaluation] = {}
    for file in sorted(folder.evaluations.glob("*.npz")):
        try:
            evaluations[file.name.removesuffix(".npz")] = Evaluation.load(file)
        except InputError:
            unreadable.append(file.name)
    records = sorted(folder.trials(), key=lambda record: record.number)
    return RunData(
        name=sweep.name,
        status=run_status(folder).status.value,
        sweep=sweep,
        space=_space(sweep, path),
        records=tuple(record for record in records if not record.purpose),
        unfinished=tuple(folder.unfinished()),
        valid=_of_trials(evaluations, "valid"),
        test=_of_trials(evaluations, "test"),
        untrained=evaluations.get(f"{UNTRAINED}.test"),
        origins={number: str(started.get("origin", "")) for number, started in folder.started_trials().items()},
        unreadable=tuple(unreadable),
        sets=_extra_sets(evaluations),
        aside=tuple(record for record in records if record.purpose),
        path=path,
    )


def _space(sweep: SweepRecord, path: Path) -> Space:
    try:
        return Space.model_validate(sweep.space)
    except ValidationError as error:
        raise InputError("The run cannot be read", faults_of(error, Space, f"{path}/sweep.json: space")) from None


def _extra_sets(evaluations: Mapping[str, Evaluation]) -> dict[str, dict[int, Evaluation]]:
    """Return the results on every set beside validation and test, by set and trial."""
    # Files are called <trial>.<set>.npz; that of untrained heads has no number in front.
    named = {name.partition(".")[2] for name in evaluations if name.partition(".")[0].isdigit()}
    return {name: _of_trials(evaluations, name) for name in sorted(named - {"valid", "test"})}


def _of_trials(evaluations: Mapping[str, Evaluation], split: str) -> dict[int, Evaluation]:
    """Return the results of trials on one set, by trial."""
    by_trial = {}
    for name, evaluation in evaluations.items():
        stem, _, of = name.partition(".")
        if of == split and stem.isdigit():
            by_trial[int(stem)] = evaluation
    return by_trial


OBJECTIVE_TOLERANCE = 1e-6
"""Largest difference of a saved evaluation from a trial's recorded value that it belongs to."""


def direction_of(evaluation: Evaluation, metric: Metric) -> Direction | None:
    """Return the results on the queries that a metric is of, or None if no query is of its source."""
    if metric.way not in evaluation.ways:
        return None
    direction = evaluation.direction(metric.way)
    return direction.by_text_source().get(metric.source) if metric.source else direction


def value_of(evaluation: Evaluation, metric: Metric) -> float | None:
    """Return a metric's value, or None if no query is of its source."""
    part = direction_of(evaluation, metric)
    return None if part is None else part.metrics[metric.name]


def estimate(evaluation: Evaluation, metric: Metric, source: str | None = None) -> Interval | None:
    """Estimate a metric with its 95 % bootstrap interval over tracks.

    Args:
        evaluation: the saved results.
        metric: which metric.
        source: kind of query to take; None for all that the metric is of.

    Returns:
        None if no query is of that source.
    """
    part = _part(evaluation, metric, source)
    if part is None:
        return None
    return bootstrap_interval(part.scores.of(metric.name), part.clusters, statistic=metric.statistic)


def difference(one: Evaluation, other: Evaluation, metric: Metric, source: str | None = None) -> Interval | None:
    """Estimate the paired difference (first minus second) with its 95 % interval over tracks.

    Returns:
        None if the two were not measured on the same queries, or no query is of that source.
    """
    first, second = _part(one, metric, source), _part(other, metric, source)
    if one.queries != other.queries or first is None or second is None or len(first) != len(second):
        return None
    return paired_interval(
        first.scores.of(metric.name),
        second.scores.of(metric.name),
        first.clusters,
        statistic=metric.statistic,
    )


def matches(evaluation: Evaluation, metric: Metric, value: float | None) -> bool:
    """Return whether a saved evaluation is the one a recorded value came from, and not of another epoch."""
    measured = evaluation.metrics.get(metric.full)
    return measured is not None and value is not None and abs(measured - value) <= OBJECTIVE_TOLERANCE


def excludes_zero(interval: Interval) -> bool:
    """Return whether a difference's interval lies wholly on one side of 0."""
    return interval.low > 0.0 or interval.high < 0.0


def side_of(interval: Interval, mode: str) -> str:
    """Return on which side of 0 a difference's interval lies: ``better``, ``worse``, or ``open`` for both.

    >>> gain = Interval(0.2, 0.1, 0.3)
    >>> side_of(gain, "max"), side_of(gain, "min"), side_of(Interval(0.1, -0.1, 0.3), "max")
    ('better', 'worse', 'open')
    """
    return "open" if not excludes_zero(interval) else "better" if is_gain(interval, mode) else "worse"


def gap_cell(gap: Interval | None, metric: str, mode: str) -> Cell:
    """Return a difference as a cell of a table, with its interval and the side it lies on."""
    return change(metric, gap, side_of(gap, mode) if gap else "")


def ends_text(gap: Interval, metric: str) -> str:
    """Return the ends of a difference's interval as text: ``+0.0010 to +0.0200``."""
    digits = kept_digits(gap, digits_of(metric))
    return f"{gap_number(gap.low, digits)} to {gap_number(gap.high, digits)}"


def gap_text(gap: Interval, metric: str) -> str:
    """Return a difference and its 95 % interval as text.

    >>> gap_text(Interval(0.0204, 0.0057, 0.0351), "test/t2m/R@10")
    '+0.020 (95 % +0.006 to +0.035)'
    """
    return f"{gap_number(gap.value, kept_digits(gap, digits_of(metric)))} (95 % {ends_text(gap, metric)})"


def is_gain(interval: Interval, mode: str) -> bool:
    """Return whether a difference's interval lies wholly on the better side."""
    return interval.low > 0.0 if mode == "max" else interval.high < 0.0


def _part(evaluation: Evaluation, metric: Metric, source: str | None) -> Direction | None:
    """Return the queries that a metric is of, of one kind of query where `source` names it."""
    part = direction_of(evaluation, metric)
    return part if source is None or part is None else part.by_source().get(source)
