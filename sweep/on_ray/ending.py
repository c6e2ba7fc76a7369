"""The end of a run's trials: Tune and the cells get a little time to finish what they are doing."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

EPOCH_S = 30.0
"""Longest wait, for Tune and then for all cells together, for an epoch under way."""
STARTING_S = 2.0
"""Longest wait for Tune while no cell is up: nothing is trained that could be lost."""


def patience(up: bool) -> float:
    """Return the seconds that Tune gets to end, once asked to."""
    return EPOCH_S if up else STARTING_S


class Joinable(Protocol):
    """A thread, or what can be waited for like one."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""
        ...


def join_together(threads: Iterable[Joinable], seconds: float) -> None:
    """Wait for the ends of threads, at most `seconds` for all of them together."""
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(timeout=max(0.0, deadline - time.monotonic()))


@contextmanager
def interrupts(stop: threading.Event) -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM within the context into a clean stop, and the second into KeyboardInterrupt."""
    if threading.current_thread() is not threading.main_thread():  # where no signal arrives
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()
        # From now on a signal ends a run that hangs, and the status is recorded on the way out.
        for each in before:
            signal.signal(each, signal.default_int_handler)

    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
