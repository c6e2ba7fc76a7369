"""Results that other runs of the same code have already: the same configuration is never trained twice.

Identity: resolved recipe with its seed, fingerprint of the store, digest of the code that trains, kind of device.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

from adsw.errors import InputError
from sweep.run_folder import RunFolder
from sweep.space.trial_spec import TrialSpec
from sweep.state import TrialRecord, TrialState
from sweep.sweep_record import SweepRecord

logger = logging.getLogger(__name__)


class KnownResults:
    """Completed trials of the other runs in the same folder of runs, and how to take one over.

    A trial counts as known where its per-query results on every evaluation set and its checkpoint are still there, so
    that it can do all that a trial trained here can.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        sweep = folder.read_sweep()
        self._sweep = sweep
        self._sets = ("valid", *(one["name"] for one in sweep.space.get("evaluate", ())))
        self._found = {
            key: (run, record) for run in _alike(folder, sweep) for key, record in _completed(run, self._sets)
        }

    def find(self, number: int, spec: TrialSpec) -> TrialRecord | None:
        """The record of a trial whose result is known; its files are then in this run's folder."""
        wanted = _trained_as(self._sweep, spec)
        run, record = self._found.get(wanted, (None, None))
        if run is None or record is None:
            return None
        self._take_over(run, record.number, number)
        return spec.record(
            number,
            record.state,
            epochs=record.epochs,
            metrics=record.metrics,
            curve=record.curve,
            why=f"known from {run.path.name}, trial {record.number}",
        )

    def _take_over(self, run: RunFolder, theirs: int, ours: int) -> None:
        for name in self._sets:
            source = run.evaluations / f"{theirs:04d}.{name}.npz"
            shutil.copyfile(source, self._folder.evaluations / f"{ours:04d}.{name}.npz")
        target = self._folder.checkpoints / f"{ours:04d}"
        shutil.copytree(run.checkpoints / f"{theirs:04d}", target, dirs_exist_ok=True)


def _trained_as(sweep: SweepRecord, spec: TrialSpec) -> tuple[str, str]:
    """Return the store's fingerprint, and the identity of the recipe with its seed."""
    name, recipe = spec.training
    return sweep.fingerprint_of(name), recipe


def _alike(folder: RunFolder, sweep: SweepRecord) -> Iterator[RunFolder]:
    """Other runs of the same code, kind of device and evaluation sets."""
    for path in sorted(folder.path.parent.glob("*/sweep.json")):
        if path.parent.name == folder.path.name or path.parent.name.startswith("."):
            continue
        other = RunFolder(path.parent)
        try:
            if _trains_alike(sweep, other.read_sweep()):
                other.trials()
                yield other
        except InputError as error:
            logger.warning("nothing is taken over from the run %s: %s", other.path.name, error)


def _trains_alike(ours: SweepRecord, theirs: SweepRecord) -> bool:
    digest = ours.code.digest
    wanted, offered = ({one["name"]: one for one in sweep.space.get("evaluate", ())} for sweep in (ours, theirs))
    return (
        digest is not None
        and theirs.code.digest == digest
        and theirs.device == ours.device
        and all(offered.get(name) == one for name, one in wanted.items())
        and all(theirs.sets.get(name) == mark for name, mark in ours.sets.items())
    )


def _completed(run: RunFolder, sets: tuple[str, ...]) -> Iterator[tuple[tuple[str, str], TrialRecord]]:
    """Completed trials of a run whose files are all there, by store and recipe."""
    sweep = run.read_sweep()
    for record in run.trials():
        files = [run.evaluations / f"{record.number:04d}.{name}.npz" for name in sets]
        checkpoint: Path = run.checkpoints / f"{record.number:04d}"
        if record.state is not TrialState.COMPLETED or not checkpoint.is_dir():
            continue
        if all(file.is_file() for file in files):
            yield _trained_as(sweep, TrialSpec.of_record(record)), record
