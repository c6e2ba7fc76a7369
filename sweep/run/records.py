"""States of sweeps and trials, the transitions that are allowed, and the record of an ended trial. All pure.

A transition that is not declared here is a bug and raises ValueError.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from adsw.errors import Fault, InputError, faults_of
from adsw.files import publish_json
from adsw.json_text import JsonError, JsonSyntaxError, parse_json
from sweep.space.part import Purpose

if TYPE_CHECKING:
    from sweep.space.trial_spec import TrialSpec

KEEP = 3
"""Number of best checkpoints that a sweep keeps by default, beside those of included configurations."""


class SweepStatus(StrEnum):
    """Status of a sweep in `sweep.json`."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    DONE = "done"
    FAILED = "failed"


class TrialState(StrEnum):
    """State of a trial. All but STARTED have ended; of those only a failed trial may be trained again."""

    STARTED = "started"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"
    DUPLICATE = "duplicate"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to a trial in this state."""
        return not TRIAL_TRANSITIONS[self]


SWEEP_TRANSITIONS: Mapping[SweepStatus, frozenset[SweepStatus]] = {
    SweepStatus.RUNNING: frozenset({SweepStatus.INTERRUPTED, SweepStatus.DONE, SweepStatus.FAILED}),
    SweepStatus.INTERRUPTED: frozenset({SweepStatus.RUNNING}),
    SweepStatus.FAILED: frozenset({SweepStatus.RUNNING}),
    SweepStatus.DONE: frozenset({SweepStatus.RUNNING}),
}
"""A sweep that is done runs again if it is extended, or has trials left to repeat."""

TRIAL_TRANSITIONS: Mapping[TrialState, frozenset[TrialState]] = {
    TrialState.STARTED: frozenset({TrialState.COMPLETED, TrialState.STOPPED, TrialState.FAILED}),
    TrialState.COMPLETED: frozenset(),
    TrialState.STOPPED: frozenset(),
    TrialState.FAILED: frozenset(),
    TrialState.DUPLICATE: frozenset(),
}
"""A duplicate is never started: it ends when it is proposed, or together with the trial whose recipe it repeats."""

_State = TypeVar("_State", SweepStatus, TrialState)


def moved(current: _State, to: _State, transitions: Mapping[_State, frozenset[_State]]) -> _State:
    """Return the new state if the transition to it is declared.

    Raises:
        ValueError: it is not.

    >>> moved(SweepStatus.RUNNING, SweepStatus.DONE, SWEEP_TRANSITIONS)
    <SweepStatus.DONE: 'done'>
    """
    if to not in transitions[current]:
        raise ValueError(f"no transition from {current} to {to}")
    return to


class TrialRecord(BaseModel):
    """One ended trial: one line of `trials.jsonl`. Metrics that are not finite are left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=0)
    """0-based, unique in the sweep, the same after a resume."""
    arm: str | None = None
    """Name of the arm or of the included configuration (``default``); None for a searched trial."""
    params: dict[str, Any] = {}
    """Searched values only, by dotted name; inactive parameters are left out."""
    recipe: dict[str, Any] = {}
    """The whole recipe, nested."""
    seed: int = 0
    """Training seed."""
    state: TrialState
    purpose: Purpose = ""
    """``tune`` chooses an arm's nuisance values, ``confirm`` repeats a winner; empty for trials that are compared."""
    store: str = ""
    """Name of its store, if the run has several."""
    epochs: int = Field(default=0, ge=0)
    """Fidelity: epochs actually trained."""
    metrics: dict[str, float] = {}
    """Metrics of the epoch at which it is judged: the last, or `best_epoch`."""
    best_epoch: int | None = None
    """The epoch of the best objective, where trials are judged at it (`judge: best`); else None."""
    last_metrics: dict[str, float] = {}
    """Metrics of the last epoch where another may be judged, for comparison; else empty."""
    curve: list[dict[str, Any]] = []
    """One mapping per epoch, each with ``epoch``."""
    seconds: float = Field(default=0.0, ge=0)
    why: str = ""
    """Why it stopped or failed, or which trial it repeats."""

    @field_validator("state")
    @classmethod
    def _has_ended(cls, state: TrialState) -> TrialState:
        """Check that the state is one of an ended trial."""
        if not state.ended:
            raise ValueError(f"a trial that is {state} has no record yet")
        return state

    @field_validator("metrics", "last_metrics", "curve", mode="before")
    @classmethod
    def _finite(cls, value: Any) -> Any:
        """Leave out NaN and infinities."""
        return [finite(point) for point in value] if isinstance(value, list | tuple) else finite(value)

    @classmethod
    def of(cls, spec: TrialSpec, number: int, state: TrialState, **ending: Any) -> TrialRecord:
        """Return the record of an ended trial by its description.

        Args:
            spec: what the trial was.
            number: of the trial.
            state: how it ended.
            ending: further fields of the record.
        """
        return cls(
            number=number,
            arm=spec.arm,
            params=spec.params,
            recipe=spec.recipe.model_dump(mode="json"),
            seed=spec.seed,
            state=state,
            purpose=spec.purpose,
            store=spec.store,
            **ending,
        )

    def spec(self) -> TrialSpec:
        """Return what the trial was; who chose it is not in its record.

        Raises:
            InputError: its recipe is none of this version.
        """
        # `sweep --help` loads this file, and must not load recipes.
        from adsw.train.recipe import resolve
        from sweep.space.trial_spec import TrialSpec

        return TrialSpec(resolve(self.recipe), self.params, self.arm, "", self.store, self.purpose)

    @property
    def has_result(self) -> bool:
        """Whether it has the metrics of a full training, its own or that of the trial it duplicates."""
        return self.state in (TrialState.COMPLETED, TrialState.DUPLICATE)

    def configuration(self) -> str:
        """Return the recipe without its seed as text, which is equal for replicates of the same configuration."""
        # Sorted: recipes are equal whatever the order of their fields.
        return json.dumps({key: value for key, value in self.recipe.items() if key != "seed"}, sort_keys=True)

    @property
    def fidelity(self) -> int:
        """Epochs that its result stands for: all planned, where a completed trial ended early as it got no better.

        Trials of equal fidelity may be compared.
        """
        if self.state is TrialState.COMPLETED and self.best_epoch is not None:
            return max(self.epochs, int(self.recipe.get("epochs", 0)))
        return self.epochs

    def value(self, metric: str) -> float | None:
        """Return a metric at the epoch at which it is judged, or None if it was not measured or not finite."""
        return self.metrics.get(metric)


def finite(point: Any) -> Any:
    """Return a mapping without its NaN and infinities, which JSON cannot hold; return other values unchanged."""
    if not isinstance(point, Mapping):
        return point
    return {key: value for key, value in point.items() if not isinstance(value, float) or math.isfinite(value)}


class TrialLog:
    """The file of ended trials; each trial has one line, and one more for each time that it was opened again.

    Of several lines of a trial the last one counts. `reopened.json` holds how many lines of a trial were superseded
    when it was opened again: while it has no more lines than that, the trial has not ended.

    Appending costs the same however long the file is: the numbers of the lines read so far are kept, and only what
    other processes have appended since is read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reopened_file = path.with_name("reopened.json")
        self._seen = 0
        """Bytes of the file, in whole lines, whose numbers are known."""
        self._numbers: Counter[bytes] = Counter()

    def read(self) -> list[TrialRecord]:
        """Read the ended trials, in the order of their end.

        Raises:
            InputError: a line is no record of a trial.
        """
        return self._read()[0]

    def superseded(self) -> list[TrialRecord]:
        """Read the last records of the trials that were opened again and have not ended since.

        Raises:
            InputError: as `read`.
        """
        return self._read()[1]

    def reopened(self) -> dict[int, int]:
        """Return how many lines of a trial are superseded, by its number, for the trials that were opened again."""
        try:
            document = parse_json(self._reopened_file.read_bytes())
        except FileNotFoundError:
            return {}
        return {int(number): int(lines) for number, lines in document.items()}

    def reopen(self, numbers: Iterable[int]) -> None:
        """Open ended trials again: their lines so far are superseded."""
        lines = Counter(record.number for record in self._lines())
        publish_json(self._reopened_file, {**self.reopened(), **{number: lines[number] for number in numbers}})

    def _read(self) -> tuple[list[TrialRecord], list[TrialRecord]]:
        """Return the records that count and those that are superseded, the last of each trial."""
        lines, last = Counter[int](), dict[int, TrialRecord]()
        for record in self._lines():
            lines[record.number] += 1
            last.pop(record.number, None)  # so that the order is that of the last lines
            last[record.number] = record
        reopened = self.reopened()
        again = {number for number, superseded in reopened.items() if lines[number] <= superseded}
        ended = [record for number, record in last.items() if number not in again]
        return ended, [record for number, record in last.items() if number in again]

    def _lines(self) -> list[TrialRecord]:
        """Read the records of all lines.

        A line cut off by a crash, which can only be the last, is ignored.

        Raises:
            InputError: another line is no record of a trial.
        """
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        last = len(lines)
        return [
            self._record(line, number)
            for number, line in enumerate(lines, start=1)
            if line and (number < last or _is_whole(line))
        ]

    def append(self, record: TrialRecord) -> None:
        """Append the line of a trial, and flush it to disk before returning.

        Raises:
            ValueError: this trial has ended before, and was not opened again.
        """
        line = json.dumps(record.model_dump(mode="json"), ensure_ascii=False, allow_nan=False).encode() + b"\n"
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._catch_up(file)
            if self._numbers[_number_part(line)] > self.reopened().get(record.number, 0):
                raise ValueError(f"trial {record.number} has ended before")
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
            self._seen += len(line)
            self._numbers[_number_part(line)] += 1

    def mend(self) -> bool:
        """Repair a last line that a crash cut off, as `append` does, and return whether one was dropped."""
        if not self.path.exists():
            return False
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            size = file.seek(0, os.SEEK_END)
            self._catch_up(file)
            return file.seek(0, os.SEEK_END) < size

    def _catch_up(self, file: BinaryIO) -> None:
        """Read the numbers of lines appended since the last call, and repair a last line that a crash cut off."""
        size = file.seek(0, os.SEEK_END)
        if size < self._seen:  # the file is not the one that was seen
            self._seen, self._numbers = 0, Counter()
        if size == self._seen:
            return
        file.seek(self._seen)
        *lines, tail = file.read().split(b"\n")
        if tail and _is_whole(tail):  # only its line end was lost
            file.write(b"\n")
            lines.append(tail)
        elif tail:
            file.truncate(size - len(tail))
        self._seen += sum(len(line) + 1 for line in lines)
        self._numbers.update(_number_part(line) for line in lines)

    def _record(self, line: bytes, number: int) -> TrialRecord:
        """Return the record of a line, or raise an InputError that names the line."""
        try:
            return TrialRecord.model_validate(parse_json(line))
        except JsonError as error:
            faults = [Fault(f"{self.path} line {number}", str(error))]
        except ValidationError as error:
            faults = faults_of(error, TrialRecord, f"{self.path} line {number}")
        raise InputError("The run cannot be read", faults)


def _number_part(line: bytes) -> bytes:
    """Return the start of a line, ``{"number": 7``, which identifies the trial without parsing the record."""
    return line.partition(b",")[0]


def _is_whole(line: bytes) -> bool:
    """Check whether a last line without its line end is a whole record."""
    try:
        return isinstance(parse_json(line), dict)
    except JsonSyntaxError:
        return False
    except JsonError:  # it is all there, and faulty
        return True
