"""The time that a sweep's cells were ready, over all its runs: what `budget: {hours}` counts."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from sweep.run.folder import RunFolder
from sweep.run.sweep_record import SweepRecord

KEPT_EVERY_S = 60.0
"""Seconds between two writes to sweep.json under a budget: what a killed driver can lose of the count."""


def ready_seconds(sweep: SweepRecord) -> float:
    """Return the seconds counted so far; those of older runs are all that the sweep has taken."""
    return sweep.seconds or 0.0 if sweep.ready_seconds is None else sweep.ready_seconds


class ReadyTime:
    """Counts a run's time from the moment its cells are ready, on top of earlier runs'.

    Args:
        folder: the run folder, where the count is kept.
        hours: the budget; None if there is none.
        clock: seconds of a monotonic clock.
    """

    def __init__(self, folder: RunFolder, hours: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._hours = hours
        self._clock = clock
        self._before = ready_seconds(folder.read_sweep())
        self._ready: float | None = None
        self._kept = 0.0

    def begin(self) -> None:
        """Count from now on, if it does not yet."""
        if self._ready is None:
            self._ready = self._kept = self._clock()

    @property
    def seconds(self) -> float:
        """Seconds of all runs."""
        return self._before + (0.0 if self._ready is None else self._clock() - self._ready)

    def is_spent(self) -> bool:
        """Check whether the budget is used up, and keep the count now and then."""
        if self._hours is None or self._ready is None:
            return False
        if self._clock() - self._kept >= KEPT_EVERY_S:
            self._kept = self._clock()
            self.keep()
        return self.seconds >= self._hours * 3600

    def keep(self) -> None:
        """Write the count to sweep.json, if it can be written: nothing but the count depends on it."""
        with contextlib.suppress(OSError):
            self._folder.update_sweep(ready_seconds=round(self.seconds, 2))
