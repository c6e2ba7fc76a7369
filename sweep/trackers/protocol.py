"""Interface of trackers, which keep another tool's record of a sweep, and what they are given."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from adsw.fingerprint import fingerprint
from sweep.run.records import TrialRecord
from sweep.run.sweep_record import SweepRecord
from sweep.space.model import Space
from sweep.space.sections import Objective

RUNNING = "running"
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TrackedTrial:
    """State of a trial at one moment."""

    number: int
    state: str
    """``running``, or how it ended."""
    arm: str | None = None
    purpose: str = ""
    store: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Searched values by dotted name."""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    """The whole recipe, nested."""
    seed: int = 0
    curve: Sequence[Mapping[str, Any]] = ()
    """One mapping per epoch so far, each with ``epoch``."""
    seconds: float = 0.0
    why: str = ""

    @property
    def ended(self) -> bool:
        """Whether the trial has ended, in whatever way."""
        return self.state != RUNNING

    @property
    def label(self) -> str:
        """Name for people and folders, with the number first: ``0003-tune-wide``."""
        return "-".join(part for part in (f"{self.number:04d}", self.purpose, self.arm) if part)

    @classmethod
    def of(cls, record: TrialRecord) -> TrackedTrial:
        """Make it from the record of a trial that has ended."""
        return cls(
            number=record.number,
            state=record.state.value,
            arm=record.arm,
            purpose=record.purpose,
            store=record.store,
            params=record.params,
            recipe=record.recipe,
            seed=record.seed,
            curve=record.curve,
            seconds=record.seconds,
            why=record.why,
        )

    @classmethod
    def running(cls, number: int, started: Mapping[str, Any], curve: Sequence[Mapping[str, Any]]) -> TrackedTrial:
        """Make it for a trial under way.

        Args:
            number: number of the trial.
            started: its ``started/NNNN.json``.
            curve: its epochs so far.
        """
        return cls(
            number=number,
            state=RUNNING,
            arm=started.get("arm"),
            purpose=started.get("purpose", ""),
            store=started.get("store", ""),
            params=started.get("params", {}),
            recipe=started.get("recipe", {}),
            seed=started.get("seed", 0),
            curve=curve,
            seconds=sum(point.get("seconds", 0.0) for point in curve),
        )


@dataclass(frozen=True, slots=True)
class TrackedSweep:
    """A sweep as trackers describe it."""

    name: str
    document: SweepRecord
    """Its sweep.json."""
    space: Space
    objectives: tuple[Objective, ...]
    compared: bool
    """Whether arms are compared; then trials of one arm belong together."""

    @property
    def identity(self) -> str:
        """Identifier that differs from other sweeps of the same name and stays when the sweep is resumed or moved."""
        return fingerprint([self.name, self.document.created, self.store_fingerprint("")])[:32]

    def store_fingerprint(self, store: str) -> str:
        """Return the fingerprint of one of the run's stores, or of the first if the name is not known."""
        return self.document.stores.get(store, self.document.store).fingerprint or ""

    @property
    def revision(self) -> str:
        """Revision of the code, marked if files were changed since; empty if there is none."""
        code = self.document.code
        return f"{code.revision or ''}{'+changed' if code.dirty else ''}"


class Tracker(Protocol):
    """Keeps another tool's record of one sweep.

    Every call may be repeated, on this object or on another one after a resume: what was kept before stays as it was.
    A tracker may raise any exception: `sweep.trackers.protocol` keeps it from the sweep.
    """

    def write(self, trial: TrackedTrial) -> None:
        """Take in the state of a trial that began, has more epochs, or has ended."""
        ...

    def finish(self, files: Sequence[Path]) -> None:
        """Complete the record of a sweep that is done.

        Args:
            files: report and leaderboard, for trackers that keep files.
        """
        ...

    def close(self) -> None:
        """Close files and connections; trials that still run go on when the sweep is resumed."""
        ...


def finite_metrics(point: Mapping[str, Any]) -> dict[str, float]:
    """Return the finite numbers of one epoch by name, without the epoch itself.

    Figures of the training, whose names have no evaluation set in front, get ``train/``: tools group by that part.

    >>> finite_metrics({"epoch": 1.0, "loss": 2.5, "valid/t2m/R@1": 0.1})
    {'train/loss': 2.5, 'valid/t2m/R@1': 0.1}
    """
    return {
        name if "/" in name else f"train/{name}": float(value)
        for name, value in point.items()
        if name != "epoch" and isinstance(value, int | float) and math.isfinite(value)
    }


logger = logging.getLogger(__name__)

LONGEST_PAUSE_S = 60.0
"""Longest pause between two attempts at a tracker that fails."""

CLOSING_S = 30.0
"""Time at the end for what is still to be written."""


class Relay:
    """Hands trials to a tracker, only the newest state of each, until it has taken them.

    A failure is reported once; failures are counted, and tried again after a pause that doubles. The tracker is made,
    used and closed by the thread alone.

    Args:
        name: name of the tracker, for people.
        make: makes the tracker; may fail, and is then tried again.
        tell: prints a line for the person at the terminal.
        pause: seconds before the first new attempt.
    """

    def __init__(self, name: str, make: Callable[[], Tracker], tell: Callable[[str], None], pause: float = 1.0) -> None:
        self.name = name
        self.failures = 0
        """Number of attempts that failed."""
        self._failing = False
        self._make = make
        self._tell = tell
        self._pause = pause
        self._tracker: Tracker | None = None
        self._waiting: dict[int, TrackedTrial] = {}
        self._news = threading.Condition()
        self._closing = False
        # A daemon, so that a tracker that hangs cannot keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str:
        """Message about what is wrong now; empty while all is well."""
        return f"{self.name} fails ({self.failures} attempts); the sweep goes on." if self._failing else ""

    def put(self, trial: TrackedTrial) -> None:
        """Queue the state of a trial, in place of an older one that still waits; returns at once."""
        with self._news:
            self._waiting[trial.number] = trial
            self._news.notify()

    def close(self, patience: float = CLOSING_S) -> int:
        """End the thread after one more attempt at what waits.

        Args:
            patience: seconds to wait for it.

        Returns:
            The number of trials that the tracker has not taken in.
        """
        with self._news:
            self._closing = True
            self._news.notify()
        self._thread.join(patience)
        with self._news:
            return len(self._waiting)

    def _run(self) -> None:
        """Hand over what waits, again and again, until closed; the body of the thread."""
        pause = self._pause
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting or self._closing)
                trials, closing = sorted(self._waiting.items()), self._closing
            # Outside the lock: `put` must not wait for a slow tracker.
            done = self._attempt([trial for _, trial in trials])
            if closing:
                self._let_go()
                return
            if done:
                pause = self._pause
                continue
            self._rest(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def _attempt(self, trials: list[TrackedTrial]) -> bool:
        """Write the trials to the tracker, which is made if need be, and return whether all went well."""
        try:
            if self._tracker is None:
                self._tracker = self._make()
            for trial in trials:
                self._tracker.write(trial)
                self._taken(trial)
        except Exception as error:
            self._failed(error)
            return False
        if self._failing:
            self._tell(f"{self.name} works again, after {self.failures} failed attempts.")
            self._failing = False
        return True

    def _taken(self, trial: TrackedTrial) -> None:
        """Remove a trial that was taken in from those that wait."""
        with self._news:
            # A newer state may have come meanwhile, and still waits.
            if self._waiting.get(trial.number) is trial:
                del self._waiting[trial.number]

    def _failed(self, error: Exception) -> None:
        """Count and log a failure, and report the first of a series at the terminal."""
        self.failures += 1
        logger.warning("%s failed (%d): %r", self.name, self.failures, error)
        if not self._failing:
            self._failing = True
            self._tell(f"{self.name} fails; the sweep goes on: {reason_of(error)}")

    def _rest(self, seconds: float) -> None:
        """Wait for some seconds, or less if the relay is closed; new trials do not end the wait."""
        until = time.monotonic() + seconds
        with self._news:
            self._news.wait_for(lambda: self._closing, timeout=max(0.0, until - time.monotonic()))

    def _let_go(self) -> None:
        """Close the tracker."""
        try:
            if self._tracker is not None:
                self._tracker.close()
        except Exception as error:
            self._failed(error)


def reason_of(error: BaseException) -> str:
    """Return one line that says what went wrong, from the innermost of wrapped errors, whose words are plainest."""
    inner: BaseException | None = error
    while inner is not None:
        error, inner = inner, inner.__cause__ or inner.__context__
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
