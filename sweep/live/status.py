"""Tells from its folder whether a sweep is running: by the driver's lock, and by the age of `live.json`."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from adsw.errors import Fault, InputError
from sweep.live.live_file import HEARTBEAT_SECONDS, LiveFile, Published
from sweep.live.state import clock
from sweep.run.folder import BEING_RUN, RunFolder, being_run_fix
from sweep.run.records import SweepStatus

STALE_S = 4 * HEARTBEAT_SECONDS
"""Age of `live.json` from which a driver is taken for dead if its lock cannot be tested."""
STARTING_S = 30.0
"""Age of a run folder up to which its driver may not have published anything yet."""


@dataclass(frozen=True, slots=True)
class RunStatus:
    """Actual status of a sweep, which sweep.json does not know of if the driver died."""

    status: SweepStatus
    said: str = ""
    """Remark for people about the evidence; empty if there is nothing to remark."""
    published: Published | None = None
    """Last state that its driver published; None if the sweep has ended or nothing was published."""

    @property
    def running(self) -> bool:
        """Whether a driver is running it."""
        return self.status is SweepStatus.RUNNING


class Pulse:
    """Measures the age of the last published state, by two clocks.

    The first state is dated by the driver's clock, which on another machine may be wrong. A state that comes while one
    watches is dated by the watcher's clock.

    Args:
        now: returns seconds since 1970.
        steady: returns seconds of a monotonic clock.
    """

    def __init__(self, now: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._steady = steady
        self._word: float | None = None
        self._heard = 0.0
        self._changed = False

    def age(self, published: Published) -> float:
        """Return the seconds since the driver wrote the file."""
        if published.written != self._word:
            self._changed = self._word is not None
            self._word, self._heard = published.written, self._steady()
        waited = self._steady() - self._heard
        # The first state seen may be old already; a driver's clock ahead of this one gives a negative age.
        return waited if self._changed else max(0.0, self._now() - published.written, waited)

    def waited(self) -> float:
        """Return the seconds since the last published state was first seen."""
        return self._steady() - self._heard


def run_status(folder: RunFolder, pulse: Pulse | None = None, patient: bool = False) -> RunStatus:
    """Tell whether a sweep runs: the one answer of `status`, `report`, `resume`, `extend` and `stop`.

    The kernel's lock is the first evidence: it is released when its holder dies. On another machine it may not be
    visible, as folders are shared but locks are not; there the age of the last published state decides.

    Args:
        folder: the run folder.
        pulse: pulse of a watcher, which looks repeatedly; not needed for a single look.
        patient: whether a new folder without a driver counts as being started.
    """
    sweep = folder.read_sweep()
    if sweep.status is not SweepStatus.RUNNING:
        return RunStatus(sweep.status)
    published = LiveFile(folder.path).read()
    age = (pulse or Pulse()).age(published) if published is not None else None
    status, said = _judged(folder, sweep.created, published, age or 0.0, patient)
    return RunStatus(status, said, published)


def require_not_running(folder: RunFolder) -> None:
    """Check that no driver runs a sweep, here or on another machine: two would corrupt each other's results.

    Raises:
        InputError: a driver is running it.
    """
    current = run_status(folder)
    if current.running:
        fix = " ".join(part for part in (current.said, being_run_fix(folder.path)) if part)
        raise InputError("The sweep cannot be run", [Fault(folder.path.name, BEING_RUN, None, fix)])


def is_elsewhere(published: Published) -> bool:
    """Check whether a driver is on another machine."""
    return published.host != socket.gethostname()


def _judged(
    folder: RunFolder, created: str, published: Published | None, age: float, patient: bool
) -> tuple[SweepStatus, str]:
    """Return the status of a sweep that is running by its sweep.json, and the evidence as text."""
    running, dead, old = SweepStatus.RUNNING, SweepStatus.INTERRUPTED, clock(age)
    if folder.is_driven():
        if age > STALE_S:  # the lock is the better evidence: its holder is alive
            return running, f"No word from its driver for {old}, but it lives."
        if published is None or not is_elsewhere(published):
            return running, ""
        return running, f"It runs on {published.host}; its last word is {old} old."
    if published is None:
        new = patient and _seconds_since(created) < STARTING_S
        return (running, "It is being started.") if new else (dead, "Nothing drives it.")
    if not is_elsewhere(published):
        # On the driver's own machine the lock is visible, and nobody holds it.
        return dead, f"Its driver died; its last word is {old} old."
    if age <= STALE_S:
        return running, f"It runs on {published.host}; the lock is not seen here, its last word is {old} old."
    return dead, f"No word from its driver on {published.host} for {old}: taken for dead."


def _seconds_since(stamp: str) -> float:
    """Return the seconds since a time in ISO 8601."""
    return time.time() - datetime.fromisoformat(stamp).timestamp()
