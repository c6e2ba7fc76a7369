"""Reuse of results of other runs, so that the same configuration is not trained twice.

Two trainings are the same if these are equal: resolved recipe with its seed, fingerprint of the store, digest of the
code that trains, kind of device.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from typing import Any

from adsw.errors import InputError
from sweep.run.folder import RunFolder
from sweep.run.ranking import objective_of
from sweep.run.records import TrialRecord, TrialState
from sweep.run.sweep_record import SweepRecord
from sweep.space.trial_spec import TrialSpec

logger = logging.getLogger(__name__)


class KnownResults:
    """Completed trials of the other runs in the same folder of runs.

    A trial counts as known if its per-query results on every evaluation set and its checkpoint still exist, so that
    the copy can be used for everything that a trial trained in this run can.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        sweep = folder.read_sweep()
        self._sweep = sweep
        self._sets = ("valid", *(entry["name"] for entry in sweep.space.get("evaluate", ())))
        self._results = {
            key: (run, record) for run in _alike(folder, sweep) for key, record in _completed(run, self._sets)
        }

    def find(self, number: int, spec: TrialSpec) -> TrialRecord | None:
        """Return the record of a trial if its result is known, after copying its files to this run; else None."""
        wanted = _trained_as(self._sweep, spec)
        run, record = self._results.get(wanted, (None, None))
        if run is None or record is None:
            return None
        self._take_over(run, record.number, number)
        return TrialRecord.of(
            spec,
            number,
            record.state,
            epochs=record.epochs,
            metrics=record.metrics,
            best_epoch=record.best_epoch,
            last_metrics=record.last_metrics,
            curve=record.curve,
            why=f"known from {run.path.name}, trial {record.number}",
        )

    def _take_over(self, run: RunFolder, source_number: int, target_number: int) -> None:
        """Copy the evaluations and the checkpoint of another run's trial."""
        for name in self._sets:
            shutil.copyfile(run.evaluation(source_number, name), self._folder.evaluation(target_number, name))
        target = self._folder.checkpoint(target_number)
        shutil.copytree(run.checkpoint(source_number), target, dirs_exist_ok=True)


def _trained_as(sweep: SweepRecord, spec: TrialSpec) -> tuple[str, str]:
    """Return the store's fingerprint, and the identity of the recipe with its seed."""
    name, recipe = spec.training
    return sweep.fingerprint_of(name), recipe


def _alike(folder: RunFolder, sweep: SweepRecord) -> Iterator[RunFolder]:
    """Yield the other runs of the same code, kind of device and evaluation sets."""
    for path in sorted(folder.path.parent.glob("*/sweep.json")):
        if path.parent.name == folder.path.name or path.parent.name.startswith("."):  # a folder being created
            continue
        other = RunFolder(path.parent)
        try:
            if _trains_alike(sweep, other.read_sweep()):
                other.trials()  # to see here whether they can be read
                yield other
        except InputError as error:
            logger.warning("nothing is taken over from the run %s: %s", other.path.name, error)


def _trains_alike(sweep: SweepRecord, other: SweepRecord) -> bool:
    """Check that two runs have the same code, kind of device and evaluation sets, and judge the same epoch."""
    digest = sweep.code.digest
    wanted, offered = (
        {entry["name"]: entry for entry in record.space.get("evaluate", ())} for record in (sweep, other)
    )
    return (
        digest is not None
        and other.code.digest == digest
        and other.device == sweep.device
        and _judged_at(other) == _judged_at(sweep)
        and all(offered.get(name) == entry for name, entry in wanted.items())
        and all(other.sets.get(name) == mark for name, mark in sweep.sets.items())
    )


def _judged_at(sweep: SweepRecord) -> tuple[Any, ...]:
    """Return what decides which epoch of a trial a run judges; nothing where it is the last."""
    judge, patience = sweep.space.get("judge", "last"), sweep.space.get("patience")
    return () if judge == "last" else (judge, patience, objective_of(sweep))


def _completed(run: RunFolder, sets: tuple[str, ...]) -> Iterator[tuple[tuple[str, str], TrialRecord]]:
    """Yield the completed trials of a run whose files all exist, each after its store and recipe."""
    sweep = run.read_sweep()
    for record in run.trials():
        files = [run.evaluation(record.number, name) for name in sets]
        if record.state is not TrialState.COMPLETED or run.kept_checkpoint(record.number) is None:
            continue
        if all(file.is_file() for file in files):
            yield _trained_as(sweep, record.spec()), record
