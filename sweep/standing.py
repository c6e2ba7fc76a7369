"""Whether a sweep is being driven, as far as can be known from its folder: the driver's lock, and its last word."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from adsw.errors import Fault, InputError
from sweep.broadcast import HEARTBEAT_SECONDS
from sweep.live_file import LiveFile, Published
from sweep.run_folder import BEING_RUN, RunFolder, being_run_fix
from sweep.state import SweepStatus
from sweep.view.live_state import clock

STALE_S = 4 * HEARTBEAT_SECONDS
"""A driver that has said nothing for so long is taken for dead where its lock cannot be asked."""
STARTING_S = 30.0
"""How long a run folder may be new before its driver has said anything."""


@dataclass(frozen=True, slots=True)
class RunStatus:
    """Where a sweep stands, in truth and not only by what sweep.json says."""

    status: SweepStatus
    said: str = ""
    """What a person should know about the evidence; empty where it is plain."""
    published: Published | None = None
    """What its driver published last; None where the sweep has ended."""

    @property
    def running(self) -> bool:
        """Whether a driver lives."""
        return self.status is SweepStatus.RUNNING


class Pulse:
    """The age of a driver's last word, by two clocks.

    The first word is dated by the driver's own clock, which on another machine may be off. A word that comes while one
    watches is dated by the watcher's.

    Args:
        now: seconds since 1970.
        steady: seconds on any steady clock.
    """

    def __init__(self, now: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._steady = steady
        self._word: float | None = None
        self._heard = 0.0
        self._changed = False

    def age(self, published: Published) -> float:
        """Seconds since the driver wrote the file."""
        if published.written != self._word:
            self._changed = self._word is not None
            self._word, self._heard = published.written, self._steady()
        waited = self._steady() - self._heard
        return waited if self._changed else max(0.0, self._now() - published.written, waited)

    def waited(self) -> float:
        """Seconds since the last word was first seen."""
        return self._steady() - self._heard


def run_status(folder: RunFolder, pulse: Pulse | None = None, patient: bool = False) -> RunStatus:
    """Tell whether a sweep runs: the one answer of `status`, `report`, `resume`, `extend` and `stop`.

    The kernel's lock is the first evidence: it dies with its holder. It may not be seen from another machine, where
    the folder is shared but its locks are not; there the age of the last word decides.

    Args:
        folder: the run folder.
        pulse: of a watcher, which looks again and again; a single look needs none.
        patient: whether a folder that is new, and not driven yet, is taken to be about to be.
    """
    sweep = folder.read_sweep()
    if sweep.status is not SweepStatus.RUNNING:
        return RunStatus(sweep.status)
    published = LiveFile(folder.path).read()
    age = (pulse or Pulse()).age(published) if published is not None else None
    status, said = _judged(folder, sweep.created, published, age or 0.0, patient)
    return RunStatus(status, said, published)


def require_not_running(folder: RunFolder) -> None:
    """Ask that nothing drives a sweep, here or on another machine: two drivers would spoil each other's results.

    Raises:
        InputError: a driver lives.
    """
    found = run_status(folder)
    if found.running:
        fix = " ".join(part for part in (found.said, being_run_fix(folder.path.name)) if part)
        raise InputError("The sweep cannot be run", [Fault(folder.path.name, BEING_RUN, None, fix)])


def is_elsewhere(published: Published) -> bool:
    """Whether a driver is on another machine."""
    return published.host != socket.gethostname()


def _judged(
    folder: RunFolder, created: str, published: Published | None, age: float, patient: bool
) -> tuple[SweepStatus, str]:
    """The status of a sweep that by its sweep.json runs, and the evidence in words."""
    running, dead, old = SweepStatus.RUNNING, SweepStatus.INTERRUPTED, clock(age)
    if folder.is_driven():
        if age > STALE_S:
            return running, f"No word from its driver for {old}, but it lives."
        if published is None or not is_elsewhere(published):
            return running, ""
        return running, f"It runs on {published.host}; its last word is {old} old."
    if published is None:
        new = patient and _seconds_since(created) < STARTING_S
        return (running, "It is being started.") if new else (dead, "Nothing drives it.")
    if not is_elsewhere(published):
        return dead, f"Its driver died; its last word is {old} old."
    if age <= STALE_S:
        return running, f"It runs on {published.host}; the lock is not seen here, its last word is {old} old."
    return dead, f"No word from its driver on {published.host} for {old}: taken for dead."


def _seconds_since(stamp: str) -> float:
    return time.time() - datetime.fromisoformat(stamp).timestamp()
