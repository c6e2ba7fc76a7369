"""Everything a run folder says, read once: the base of leaderboard and report."""

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
    """As `sweep.json` says it, but `interrupted` where it says running and nobody drives the sweep."""
    sweep: SweepRecord
    """Its `sweep.json`."""
    space: Space
    records: tuple[TrialRecord, ...]
    """Ended trials by number, but for those with a purpose (`aside`)."""
    unfinished: tuple[int, ...]
    """Trials that were started and have not ended."""
    valid: Mapping[int, Evaluation]
    """Per-query results of a trial's last epoch on the validation queries, by trial."""
    test: Mapping[int, Evaluation]
    """The same on the test queries, for the trials they were opened for."""
    untrained: Evaluation | None
    """Untrained heads on the test queries."""
    origins: Mapping[int, str] = field(default_factory=dict)
    """Who chose a trial's values, by number: ``included``, ``grid``, ``random`` or the sampler's name."""
    unreadable: tuple[str, ...] = ()
    """Names of evaluation files that could not be read."""
    sets: Mapping[str, Mapping[int, Evaluation]] = field(default_factory=dict)
    """Per-query results on the extra evaluation sets: set -> trial -> results of its last epoch."""
    aside: tuple[TrialRecord, ...] = ()
    """Ended trials that are no results: they chose nuisance values, or trained the winner again."""
    path: Path | None = None
    """The run folder."""

    @property
    def objective(self) -> Objective:
        """What trials are compared by; of several objectives the first."""
        return self.space.objective

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """All of them."""
        return self.space.objectives

    def on_test(self, metric: Metric) -> Metric:
        """The metric on the test split: of the same source of queries, where it is of one."""
        return replace(metric.on("test"), source=self._source(metric) or "")

    def has_counterpart(self, metric: Metric) -> bool:
        """Whether the test split has the same kind of queries and pool as the set that a metric is of."""
        return metric.dataset == "valid" or self._source(metric) is not None

    def _source(self, metric: Metric) -> str | None:
        """The source that a set is limited to, where that is all that sets it apart from the validation split."""
        own = next((one for one in self.space.evaluate if one.name == metric.dataset), None)
        if own is None or own.store is not None or own.split != "valid" or own.dataset is not None:
            return None
        return own.source if metric.way == "t2m" else None

    def evaluation(self, dataset: str, number: int) -> Evaluation | None:
        """A trial's per-query results on one set: ``valid``, ``test`` or an extra one."""
        if dataset in ("valid", "test"):
            return (self.valid if dataset == "valid" else self.test).get(number)
        return self.sets.get(dataset, {}).get(number)

    @property
    def stores(self) -> Mapping[str, StoreRecord]:
        """What sweep.json says of each store, by name, the first being that of arms that name none; empty where the
        run has one."""
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

    Results that are missing stay away, and evaluation files that cannot be read are named, so that what is
    there can be shown.

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
        origins={number: str(found.get("origin", "")) for number, found in folder.started_trials().items()},
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
    """Results on every set beside validation and test."""
    named = {name.partition(".")[2] for name in evaluations if name.partition(".")[0].isdigit()}
    return {name: _of_trials(evaluations, name) for name in sorted(named - {"valid", "test"})}


def _of_trials(evaluations: Mapping[str, Evaluation], split: str) -> dict[int, Evaluation]:
    found = {}
    for name, evaluation in evaluations.items():
        stem, _, of = name.partition(".")
        if of == split and stem.isdigit():
            found[int(stem)] = evaluation
    return found
