"""A run folder as read once, with everything that leaderboard and report are computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from adsw.errors import InputError, faults_of
from adsw.evaluate.evaluation import Evaluation
from adsw.metrics import Metric
from sweep.run_folder import RunFolder
from sweep.space.model import Space
from sweep.space.objective import Objective
from sweep.standing import run_status
from sweep.state import TrialRecord
from sweep.sweep_record import StoreRecord, SweepRecord

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
    """Per-query results of a trial's last epoch on the validation queries, by trial."""
    test: Mapping[int, Evaluation]
    """The same on the test queries, for the trials that were evaluated on them."""
    untrained: Evaluation | None
    """Untrained heads on the test queries."""
    origins: Mapping[int, str] = field(default_factory=dict)
    """Who chose a trial's values, by number: ``included``, ``grid``, ``random`` or the sampler's name."""
    unreadable: tuple[str, ...] = ()
    """Names of evaluation files that could not be read."""
    sets: Mapping[str, Mapping[int, Evaluation]] = field(default_factory=dict)
    """Per-query results on the extra evaluation sets: set -> trial -> results of its last epoch."""
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
