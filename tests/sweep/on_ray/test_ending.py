"""The end of a run: cells are waited for together, and not at all if they are not up; a second signal ends it."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from sweep.on_ray.ending import EPOCH_S, STARTING_S, interrupts, join_together, patience


def cells(count: int, ends: threading.Event) -> list[threading.Thread]:
    made = [threading.Thread(target=ends.wait, name=f"cell-{index}", daemon=True) for index in range(count)]
    for cell in made:
        cell.start()
    return made


def test_cells_share_one_wait() -> None:
    ends = threading.Event()
    begun = time.monotonic()
    join_together(cells(8, ends), seconds=0.3)
    assert 0.2 < time.monotonic() - begun < 2.0
    ends.set()


def test_a_stop_during_the_start_waits_for_little() -> None:
    assert (patience(True), patience(False)) == (EPOCH_S, STARTING_S)
    assert STARTING_S <= 5.0


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_interrupts(second: signal.Signals) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    stop = threading.Event()

    def twice() -> None:
        with interrupts(stop):
            os.kill(os.getpid(), signal.SIGTERM)
            assert stop.wait(5)
            os.kill(os.getpid(), second)
            time.sleep(5)

    with pytest.raises(KeyboardInterrupt):
        twice()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
