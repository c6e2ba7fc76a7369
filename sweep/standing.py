"""Whether a sweep is being driven, as far as can be known from its folder: the driver's lock, and its last word."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sweep.broadcast import HEARTBEAT_SECONDS
from sweep.live_file import Published
from sweep.run_folder import RunFolder
from sweep.state import SweepStatus
from sweep.view.live_state import clock

STALE_S = 4 * HEARTBEAT_SECONDS
"""A driver that has said nothing for so long is taken for dead where its lock cannot be asked."""
STARTING_S = 30.0
"""How long a run folder may be new before its driver has said anything."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a sweep stands, in truth and not only by what sweep.json says."""

    status: SweepStatus
    said: str = ""
    """What a person should know about the evidence; empty where it is plain."""

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


def standing_of(
    folder: RunFolder,
    sweep: dict[str, Any],
    published: Published | None,
    age: float | None,
    patient: bool = False,
) -> Standing:
    """The standing of a sweep.

    The kernel's lock is the first evidence: it dies with its holder. It may not be seen from another machine, where
    the folder is shared but its locks are not; there the age of the last word decides.

    Args:
        folder: the run folder.
        sweep: content of its sweep.json.
        published: its live.json; None where there is none.
        age: seconds since that was written.
        patient: whether a folder that is new, and not driven yet, is taken to be about to be.
    """
    status = SweepStatus(sweep["status"])
    if status is not SweepStatus.RUNNING:
        return Standing(status)
    if folder.is_driven():
        silent = age is not None and age > STALE_S
        return Standing(status, f"No word from its driver for {clock(age or 0)}, but it lives." if silent else "")
    if published is None or age is None:
        if patient and _seconds_since(sweep["created"]) < STARTING_S:
            return Standing(status, "It is being started.")
        return Standing(SweepStatus.INTERRUPTED, "Nothing drives it.")
    if published.host == socket.gethostname():
        return Standing(SweepStatus.INTERRUPTED, f"Its driver died; its last word is {clock(age)} old.")
    if age <= STALE_S:
        return Standing(
            status, f"It runs on {published.host}; the lock is not seen here, its last word is {clock(age)} old."
        )
    return Standing(
        SweepStatus.INTERRUPTED, f"No word from its driver on {published.host} for {clock(age)}: taken for dead."
    )


def _seconds_since(stamp: str) -> float:
    return time.time() - datetime.fromisoformat(stamp).timestamp()
