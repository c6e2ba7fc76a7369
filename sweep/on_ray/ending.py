"""The end of a run's trials: Tune and the cells get a little time to finish what they are doing."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

EPOCH_S = 30.0
"""Longest wait, for Tune and then for all cells together, for an epoch under way."""
STARTING_S = 2.0
"""Longest wait for Tune while no cell is up: nothing is trained that could be lost."""


def patience(up: bool) -> float:
    """Return the seconds that Tune gets to end, once asked to."""
    return EPOCH_S if up else STARTING_S


def join_together(cells: Sequence[threading.Thread], up: set[str], seconds: float = EPOCH_S) -> None:
    """Wait for the cells that are up, all of them together; one that is not trains nothing and is not waited for.

    Args:
        cells: their threads, named as the cells.
        up: names of cells that have asked for work.
        seconds: longest wait in all.
    """
    deadline = time.monotonic() + seconds
    for cell in cells:
        if cell.name in up:
            cell.join(timeout=max(0.0, deadline - time.monotonic()))


@contextmanager
def interrupts(stop: threading.Event) -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM within the context into a clean stop, and the second into KeyboardInterrupt."""
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
