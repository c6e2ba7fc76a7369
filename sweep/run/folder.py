"""The run folder of a sweep: its files, each read and written so that any crash leaves it readable.

    sweep.json        what runs: the space, the store, versions, status (published atomically)
    trials.jsonl      one line per ended trial, appended under a lock and flushed; the later line of a trial wins
    reopened.json     the failed trials that are trained again, each with its number of superseded lines
    started/NNNN.json what each started trial is, published before it starts
    optuna.journal    the study;  state/, evaluations/, checkpoints/  what the cells write;  sweep.log

A trial is unfinished while it has a started file and no line that counts. The process that drives a sweep holds a lock
that the kernel releases with its death, so a second driver is refused and a dead one is known for dead.
"""

from __future__ import annotations

import fcntl
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adsw.errors import Fault, Faults, InputError, nearest
from adsw.files import check_writable, publish_json
from adsw.json_text import parse_json
from sweep.run.command_lines import command_line
from sweep.run.records import SWEEP_TRANSITIONS, SweepStatus, TrialLog, TrialRecord, moved
from sweep.run.sweep_record import SCHEMA_VERSION, SweepRecord, read_sweep_record, write_sweep_record
from sweep.space.part import NAME

BEING_RUN = "is being run by another process"

FOLDERS = ("started", "state", "evaluations", "checkpoints")


class RunFolder:
    """The folder of one sweep: made by `create`, opened by `open` or `named`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sweep_file = path / "sweep.json"
        self.trials_file = path / "trials.jsonl"
        self.started = path / "started"
        self.states = path / "state"
        self.evaluations = path / "evaluations"
        self.checkpoints = path / "checkpoints"
        self.journal = path / "optuna.journal"
        self.leaderboard = path / "leaderboard.json"
        self.report = path / "report.html"
        self.tensorboard = path / "tensorboard"
        self.log = path / "sweep.log"
        self._log = TrialLog(self.trials_file)
        self._stop_file = path / "stop"
        self._lock_file = path / "driver.lock"

    @classmethod
    def create(cls, runs: Path, name: str, sweep: Mapping[str, Any]) -> RunFolder:
        """Create a run folder, complete or not at all.

        Args:
            runs: the folder of all runs, made if need be.
            name: name of the sweep and of its folder.
            sweep: content of sweep.json beside schema_version, name, status and the times.

        Raises:
            InputError: the name cannot be used for a folder, or is taken.
        """
        require_name(name)
        path = runs / name
        if path.exists():
            raise InputError("The sweep cannot be started", [_taken(path)])
        runs.mkdir(parents=True, exist_ok=True)
        # Built under a hidden name and renamed, so that no reader sees an incomplete folder.
        making = RunFolder(runs / f".{name}.{uuid.uuid4().hex[:12]}.part")
        making.path.mkdir()
        try:
            for folder in FOLDERS:
                (making.path / folder).mkdir()
            head = SweepRecord(
                schema_version=SCHEMA_VERSION, name=name, status=SweepStatus.RUNNING, created=now(), ended=None
            )
            record = head.changed(**sweep)
            write_sweep_record(making.sweep_file, record)
            making.path.rename(path)
        except OSError as error:
            if path.exists():  # another process created it meanwhile
                raise InputError("The sweep cannot be started", [_taken(path)]) from None
            raise error
        finally:
            shutil.rmtree(making.path, ignore_errors=True)
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Open an existing run folder.

        Raises:
            InputError: it does not exist, or is no run folder that this version can read.
        """
        folder = cls(path)
        if not path.is_dir():
            raise InputError("The run cannot be opened", [Fault(str(path), "there is no such run folder")])
        folder.read_sweep()
        return folder

    @classmethod
    def named(cls, runs: Path, name: str) -> RunFolder:
        """Open the run folder of a name among all runs.

        Raises:
            InputError: as `open`; it suggests the nearest name of a run.
        """
        require_name(name)
        if not (runs / name).is_dir():
            names = sorted(entry.parent.name for entry in runs.glob("*/sweep.json"))
            near = nearest(name, names)
            known = f"Known in {runs}: {', '.join(names[:20]) or 'none'}."
            fix = f"Did you mean {near!r}?" if near else known
            raise InputError("The run cannot be opened", [Fault(name, "there is no such run", None, fix)])
        return cls.open(runs / name)

    def checkpoint(self, number: int) -> Path:
        """Return where a trial's checkpoint lies, if it was kept."""
        return self.checkpoints / f"{number:04d}"

    def kept_checkpoint(self, number: int) -> Path | None:
        """Return a trial's checkpoint, or None if none was kept."""
        place = self.checkpoint(number)
        return place if place.is_dir() else None

    def evaluation(self, number: int, name: str) -> Path:
        """Return where a trial's results on an evaluation set lie, if they were kept."""
        return self.evaluations / f"{number:04d}.{name}.npz"

    def read_sweep(self) -> SweepRecord:
        """Return the content of sweep.json.

        Raises:
            InputError: it is missing, foreign or of another version.
        """
        return read_sweep_record(self.sweep_file)

    def update_sweep(self, **fields: Any) -> None:
        """Set fields of sweep.json other than the status, which `move_to` sets."""
        if "status" in fields:
            raise ValueError("set the status with move_to")
        with self._locked("sweep.lock"):
            write_sweep_record(self.sweep_file, self.read_sweep().changed(**fields))

    @property
    def status(self) -> SweepStatus:
        """Status in sweep.json, which stays ``running`` if the driver dies (see `sweep.live.status`)."""
        return self.read_sweep().status

    def move_to(self, status: SweepStatus, **fields: Any) -> None:
        """Change the status, and other fields with it; `ended` is set when the sweep stops running.

        Raises:
            ValueError: no such transition is declared.
        """
        with self._locked("sweep.lock"):
            sweep = self.read_sweep()
            moved(sweep.status, status, SWEEP_TRANSITIONS)
            ended = None if status is SweepStatus.RUNNING else now()
            write_sweep_record(self.sweep_file, sweep.changed(**fields, status=status, ended=ended))

    @contextmanager
    def driving(self) -> Iterator[None]:
        """Hold the driver's lock within the context, and drop earlier requests to stop.

        Raises:
            InputError: another process drives it, or the folder cannot be written.
        """
        require_writable(self.path)
        with self._lock_file.open("a+b") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                fault = Fault(self.path.name, BEING_RUN, None, being_run_fix(self.path))
                raise InputError("The sweep cannot be run", [fault]) from None
            self._stop_file.unlink(missing_ok=True)  # a request to an earlier driver
            yield

    def resume(self) -> None:
        """Set the status to running again, within `driving`. A new folder has that status already."""
        if self.status is SweepStatus.RUNNING:  # its driver died: running to running is no transition
            self.move_to(SweepStatus.INTERRUPTED)
        self.move_to(SweepStatus.RUNNING, **({"why": ""} if self.read_sweep().why else {}))

    def is_driven(self) -> bool:
        """Check whether a process holds the lock; on other machines it may not show (see `sweep.live.status`)."""
        if not self._lock_file.exists():
            return False
        with self._lock_file.open("rb") as lock:
            try:
                # Shared, so that two processes that look do not take each other for a driver.
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    def request_stop(self) -> None:
        """Ask the driving process to stop cleanly."""
        self._stop_file.touch()

    def stop_requested(self) -> bool:
        """Check whether a stop was requested since the driver began."""
        return self._stop_file.exists()

    def start_trial(self, number: int, document: Mapping[str, Any]) -> None:
        """Publish the document of a trial before it starts.

        Raises:
            ValueError: this number was started before.
        """
        path = self.started / f"{number:04d}.json"
        if path.exists():
            raise ValueError(f"trial {number} was started before")
        publish_json(path, {"number": number, **document})

    def started_trials(self) -> dict[int, dict[str, Any]]:
        """Read the documents of all started trials, by number.

        Raises:
            InputError: a file among them is no such document.
        """
        documents: dict[int, dict[str, Any]] = {}
        for path in sorted(self.started.glob("*.json")):
            try:
                document = parse_json(path.read_bytes())
                documents[int(document["number"])] = document
            except (OSError, ValueError, KeyError, TypeError) as error:
                fix = f"If a crash cut it off, this mends it: {command_line('resume', self.path)}"
                fault = Fault(str(path), f"is no started trial: {error}", None, fix)
                raise InputError("The run cannot be read", [fault]) from None
        return documents

    def unfinished(self) -> list[int]:
        """Return the numbers of the trials that were started and have not ended, in order."""
        ended = {record.number for record in self.trials()}
        return sorted(number for number in self.started_trials() if number not in ended)

    def trials(self) -> list[TrialRecord]:
        """Read the ended trials, in the order of their end (see `TrialLog.read`)."""
        return self._log.read()

    def reopen_trials(self, numbers: Iterable[int]) -> None:
        """Let ended trials count as unfinished again (see `TrialLog.reopen`)."""
        self._log.reopen(numbers)

    def reopened_trials(self) -> list[int]:
        """Return the numbers of the trials that were opened again, whether they have ended since or not."""
        return sorted(self._log.reopened())

    def superseded_trials(self) -> list[TrialRecord]:
        """Read the earlier records of trials that were opened again and have not ended since."""
        return self._log.superseded()

    def append_trial(self, record: TrialRecord) -> None:
        """Add the line of an ended trial (see `TrialLog.append`)."""
        self._log.append(record)

    def mend_trials(self) -> bool:
        """Drop a last line that a crash cut off, and return whether there was one (see `TrialLog.mend`)."""
        return self._log.mend()

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        """Hold an exclusive lock on a file of the folder within the context."""
        with (self.path / name).open("a+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def require_name(name: str) -> None:
    """Check that a name can be used for a run and its folder.

    Raises:
        InputError: it cannot.
    """
    if not NAME.fullmatch(name) or len(name) > 64:
        rule = "must be 1 to 64 letters, digits, '.', '_' or '-', a letter or digit first"
        raise InputError("The name cannot be used", [Fault("--name", rule, name, "Choose another one.")])


def require_writable(folder: Path) -> None:
    """Check that the folder of all runs, or one run's, can be written, whether it is there or not.

    Raises:
        InputError: it cannot.
    """
    faults = Faults("The sweep cannot be run")
    check_writable("--runs", folder, faults)
    faults.raise_if_any()


def being_run_fix(run: Path) -> str:
    """Return the advice about a run that another process drives."""
    return f"Wait for it, or end it with: {command_line('stop', run)}"


def now() -> str:
    """Return the time in UTC, to the second, in ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _taken(path: Path) -> Fault:
    """Return the fault of a name that another run has."""
    fix = f"Choose another --name, or go on with it: {command_line('resume', path)}"
    return Fault("--name", f"{path} exists already", None, fix)


class StartedTrials:
    """Reads each file of a run's ``started`` folder once, as the files do not change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[int, Mapping[str, Any]] = {}

    def __call__(self, number: int) -> Mapping[str, Any]:
        """Return the document of a trial, empty if it cannot be read: the view then lacks its name."""
        if number not in self._known:
            try:
                self._known[number] = parse_json((self.folder / f"{number:04d}.json").read_bytes())
            except (OSError, ValueError):
                return {}
        return self._known[number]
