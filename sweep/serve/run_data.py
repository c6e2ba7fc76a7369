"""What the page shows of runs, read from their folders: only what is new is read again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adsw.errors import InputError
from adsw.json_text import parse_json
from adsw.report.format import short_names
from sweep.live.state import LiveTrial
from sweep.live.status import run_status
from sweep.plan.describe import trials_of
from sweep.run.folder import RunFolder, StartedTrials
from sweep.run.ranking import best_completed, objective_of
from sweep.run.records import TrialRecord
from sweep.serve.notes import FILE as NOTES_FILE
from sweep.serve.notes import read_notes
from sweep.space.load import parse_space
from sweep.space.model import Space

STATISTICS = "statistics.json"
WATCHED = ("sweep.json", "trials.jsonl", "live.json", "reopened.json", "stop", STATISTICS, NOTES_FILE)
"""Files of a run folder whose change is news."""

Stamp = tuple[tuple[int, int] | None, ...]
"""Time and size of each watched file; None for one that is not there."""


def stamp_of(run: Path) -> Stamp:
    """Return what changes whenever there is news of a run."""
    return tuple(_file_stamp(run / name) for name in WATCHED)


def _file_stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


@dataclass
class _Known:
    """Ended trials of a run as far as its file was read."""

    inode: tuple[int, ...] = ()
    """What the file and the reopened trials were; another makes all of it to be read again."""
    offset: int = 0
    records: list[TrialRecord] = field(default_factory=list)
    generation: int = 0


class Runs:
    """All runs of a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()
        self._spaces: dict[str, tuple[tuple[int, int] | None, Space]] = {}

    def names(self) -> list[str]:
        """Return the names of all runs, the latest first."""
        found = [file.parent for file in self.path.glob("*/sweep.json") if not file.parent.name.startswith(".")]
        return [folder.name for folder in sorted(found, key=lambda each: -_age(each))]

    def folder(self, name: str) -> RunFolder:
        """Open a run.

        Raises:
            InputError: there is no such run.
        """
        return RunFolder.named(self.path, name)

    def stamps(self) -> dict[str, Stamp]:
        """Return the stamp of every run."""
        return {name: stamp_of(self.path / name) for name in self.names()}

    def listing(self) -> list[dict[str, Any]]:
        """Return every run in a line; one that cannot be read says so."""
        rows = []
        for name in self.names():
            try:
                rows.append(self._line(name))
            except InputError as error:
                rows.append({"name": name, "status": "unreadable", "why": str(error)})
        return rows

    def _line(self, name: str) -> dict[str, Any]:
        folder = self.folder(name)
        sweep = folder.read_sweep()
        objective = objective_of(sweep)
        records = self.records(folder)[0]
        best = best_completed(records, objective)
        answer = answer_of(folder.path)
        return {
            "name": name,
            "status": run_status(folder).status.value,
            "created": sweep.created,
            "description": sweep.space.get("description", ""),
            "kind": "ablation" if self.space(folder).is_ablation else "search",
            "states": dict(Counter(record.state.value for record in records)),
            "planned": trials_of(self.space(folder)),
            "metric": objective.metric,
            "best": None if best is None else {"number": best.number, "value": best.value(objective.metric)},
            "answer": None if answer is None else answer["sentence"],
            "tone": None if answer is None else answer["tone"],
            **read_notes(folder.path).model_dump(mode="json"),
        }

    def space(self, folder: RunFolder) -> Space:
        """Return the space of a run, parsed once for each content of its file."""
        name, stamp = folder.path.name, _file_stamp(folder.sweep_file)
        if name not in self._spaces or self._spaces[name][0] != stamp:
            self._spaces[name] = stamp, parse_space(folder.read_sweep().space)
        return self._spaces[name][1]

    def records(self, folder: RunFolder) -> tuple[list[TrialRecord], int]:
        """Return the ended trials, and a number that changes if earlier ones are no longer as they were."""
        with self._lock:
            known = self._known.setdefault(folder.path.name, _Known())
            try:
                found = folder.trials_file.stat()
            except OSError:
                return [], known.generation
            reopened = _file_stamp(folder.path / "reopened.json") or (0, 0)
            inode = (found.st_ino, *reopened)
            if inode != known.inode or found.st_size < known.offset:
                # Opened again, or another file: the log itself tells which lines count.
                known.inode, known.records = inode, folder.trials()
                known.offset, known.generation = found.st_size, known.generation + 1
                return list(known.records), known.generation
            self._read_on(folder, known)
            return list(known.records), known.generation

    def _read_on(self, folder: RunFolder, known: _Known) -> None:
        with folder.trials_file.open("rb") as file:
            file.seek(known.offset)
            whole, end, _ = file.read().rpartition(b"\n")
        if not end:
            return
        numbers = {record.number for record in known.records}
        fresh = [TrialRecord.model_validate(parse_json(line)) for line in whole.split(b"\n") if line.strip()]
        if any(record.number in numbers for record in fresh):
            known.records, known.generation = folder.trials(), known.generation + 1
        else:
            known.records += fresh
        known.offset += len(whole) + 1

    def document(self, name: str, after: int = 0, generation: int = -1) -> dict[str, Any]:
        """Return a run: its head, running trials, and the ended ones that the reader has not got.

        Args:
            name: of the run.
            after: how many ended trials the reader has.
            generation: of these; if it is not the present one, all are sent again.

        Raises:
            InputError: there is no such run, or it cannot be read.
        """
        folder = self.folder(name)
        sweep, space = folder.read_sweep(), self.space(folder)
        objective = objective_of(sweep)
        records, now = self.records(folder)
        begun = after if generation == now and after <= len(records) else 0
        current = run_status(folder)
        published = current.published if current.running else None
        running = [trial for trial in published.state.trials if trial.state == "running"] if published else []
        ended = {record.number for record in records}
        started = StartedTrials(folder.started)
        return {
            "name": name,
            "status": current.status.value,
            "said": current.said,
            "stopping": folder.stop_requested(),
            "description": space.description,
            "kind": "ablation" if space.is_ablation else "search",
            "metric": objective.metric,
            "mode": objective.mode,
            "planned": trials_of(space),
            "parameters": short_names(space.space),
            "created": sweep.created,
            "rate": published.state.epochs_per_second if published else None,
            "eta": published.state.eta_seconds if published else None,
            "phase": published.state.phase if published else "",
            "answer": answer_of(folder.path) if not current.running else None,
            **read_notes(folder.path).model_dump(mode="json"),
            "generation": now,
            "after": begun,
            "total": len(records),
            "trials": [_ended(record, objective.metric) for record in records[begun:]],
            "running": [_running(trial, started(trial.number)) for trial in running if trial.number not in ended],
        }


def answer_of(run: Path) -> dict[str, Any] | None:
    """Return what the report of a run says first; None before there is a report of this version."""
    try:
        answer = parse_json((run / STATISTICS).read_bytes()).get("answer")
    except (OSError, ValueError, AttributeError):
        return None
    return answer if isinstance(answer, dict) else None


def _ended(record: TrialRecord, metric: str) -> dict[str, Any]:
    return {
        "number": record.number,
        "arm": record.arm,
        "state": record.state.value,
        "purpose": record.purpose,
        "seed": record.seed,
        "epochs": record.epochs,
        "value": record.value(metric),
        "params": record.params,
        "seconds": record.seconds,
        "why": record.why,
        "curve": [[point["epoch"], point[metric]] for point in record.curve if point.get(metric) is not None],
    }


def _running(trial: LiveTrial, started: Mapping[str, Any]) -> dict[str, Any]:
    curve = [[epoch, value] for epoch, value in enumerate(trial.curve, start=1) if value is not None]
    return {
        "number": trial.number,
        "arm": trial.arm,
        "state": trial.state,
        "purpose": trial.purpose,
        "epochs": trial.epochs,
        "value": trial.value,
        "params": started.get("params", {}),
        "why": trial.why or "",
        "curve": curve,
    }


def _age(folder: Path) -> float:
    try:
        return (folder / "started").stat().st_ctime
    except OSError:
        return 0.0
