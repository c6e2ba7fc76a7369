"""A tracker that is slow, fails or comes back: the sweep never waits for it, and hears of it once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sweep.trackers.protocol import Relay, TrackedTrial


class Fake:
    """A tracker that fails as long as it is told to."""

    def __init__(self) -> None:
        self.broken = False
        self.hold = threading.Event()
        self.hold.set()
        self.written: list[TrackedTrial] = []
        self.attempts = 0
        self.closed = False

    def write(self, trial: TrackedTrial) -> None:
        self.attempts += 1
        self.hold.wait(10)
        if self.broken:
            raise ConnectionError("the server is away\nand more")
        self.written.append(trial)

    def finish(self, files: Sequence[Path]) -> None:
        raise NotImplementedError

    def close(self) -> None:
        self.closed = True


def soon(holds: Callable[[], bool]) -> bool:
    for _ in range(500):
        if holds():
            return True
        time.sleep(0.01)
    return False


def test_trials_arrive_in_order_and_only_the_newest_state_of_each() -> None:
    fake = Fake()
    relay = Relay("Fake", lambda: fake, print)
    fake.hold.clear()
    relay.put(TrackedTrial(9, "running"))
    assert soon(lambda: fake.attempts == 1)
    begun = time.monotonic()
    for number in (2, 1):
        relay.put(TrackedTrial(number, "running"))
        relay.put(TrackedTrial(number, "completed"))
    assert time.monotonic() - begun < 1, "nobody waits for a tracker"
    fake.hold.set()
    assert relay.close() == 0
    assert [(trial.number, trial.state) for trial in fake.written] == [
        (9, "running"),
        (1, "completed"),
        (2, "completed"),
    ]
    assert fake.closed
    assert (relay.failures, relay.trouble) == (0, "")


def test_failures_are_told_once_counted_and_made_good_when_it_comes_back() -> None:
    fake, said = Fake(), []
    fake.broken = True
    relay = Relay("Fake", lambda: fake, said.append, pause=0.01)
    relay.put(TrackedTrial(0, "running"))
    assert soon(lambda: relay.failures >= 3)
    assert said == ["Fake fails; the sweep goes on: the server is away"]
    assert relay.trouble.startswith("Fake fails (")
    relay.put(TrackedTrial(0, "completed"))
    fake.broken = False
    assert soon(lambda: len(said) == 2)
    assert said[1].startswith("Fake works again, after ")
    assert relay.trouble == ""
    assert relay.close() == 0
    assert fake.written[-1].state == "completed"


def test_what_it_never_took_in_is_counted_at_the_end() -> None:
    fake, said = Fake(), []
    fake.broken = True
    relay = Relay("Fake", lambda: fake, said.append, pause=60)
    for number in range(3):
        relay.put(TrackedTrial(number, "completed"))
    assert soon(lambda: relay.failures == 1)
    begun = time.monotonic()
    assert relay.close() == 3
    assert time.monotonic() - begun < 5, "it does not rest at the end"
    assert relay.failures == 2, "one more attempt"
    assert len(said) == 1


def test_a_tracker_that_cannot_be_made_is_made_later() -> None:
    fake, tries = Fake(), []

    def make() -> Fake:
        tries.append(1)
        if len(tries) < 3:
            raise OSError
        return fake

    relay = Relay("Fake", make, lambda _: None, pause=0.01)
    relay.put(TrackedTrial(0, "completed"))
    assert soon(lambda: bool(fake.written))
    assert relay.close() == 0
    assert relay.failures == 2


def test_a_tracker_that_hangs_holds_nothing_up() -> None:
    fake = Fake()
    relay = Relay("Fake", lambda: fake, lambda _: None)
    fake.hold.clear()
    relay.put(TrackedTrial(0, "completed"))
    assert soon(lambda: fake.attempts == 1)
    begun = time.monotonic()
    assert relay.close(patience=0.1) == 1
    assert time.monotonic() - begun < 2
    fake.hold.set()
