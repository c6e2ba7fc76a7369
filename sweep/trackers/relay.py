"""Between a sweep and a tracker: a thread, so that a slow or broken tracker costs the sweep nothing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sweep.trackers.protocol import TrackedTrial, Tracker

logger = logging.getLogger(__name__)

LONGEST_PAUSE_S = 60.0
"""Between two attempts at a tracker that fails."""
CLOSING_S = 30.0
"""For what is still to be written at the end."""


class Relay:
    """Hands trials to a tracker, only the newest state of each, until it has taken them.

    Failures are told once, counted, and tried again after a pause that doubles. The tracker is made, used and closed
    by the thread alone.

    Args:
        name: of the tracker, for people.
        make: makes the tracker; may fail, and is then tried again.
        tell: says something to the person at the terminal.
        pause: seconds before the first new attempt.
    """

    def __init__(self, name: str, make: Callable[[], Tracker], tell: Callable[[str], None], pause: float = 1.0) -> None:
        self.name = name
        self.failures = 0
        """Attempts that failed."""
        self._failing = False
        self._make = make
        self._tell = tell
        self._pause = pause
        self._tracker: Tracker | None = None
        self._waiting: dict[int, TrackedTrial] = {}
        self._news = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str:
        """What is wrong now; empty while all is well."""
        return f"{self.name} fails ({self.failures} attempts); the sweep goes on." if self._failing else ""

    def put(self, trial: TrackedTrial) -> None:
        """A trial as it is now; returns at once."""
        with self._news:
            self._waiting[trial.number] = trial
            self._news.notify()

    def close(self, patience: float = CLOSING_S) -> int:
        """End, after one more attempt at what waits.

        Args:
            patience: seconds to wait for it.

        Returns:
            How many trials the tracker has not taken in.
        """
        with self._news:
            self._closing = True
            self._news.notify()
        self._thread.join(patience)
        with self._news:
            return len(self._waiting)

    def _run(self) -> None:
        pause = self._pause
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting or self._closing)
                trials, closing = sorted(self._waiting.items()), self._closing
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
        with self._news:
            if self._waiting.get(trial.number) is trial:
                del self._waiting[trial.number]

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        logger.warning("%s failed (%d): %r", self.name, self.failures, error)
        if not self._failing:
            self._failing = True
            self._tell(f"{self.name} fails; the sweep goes on: {reason_of(error)}")

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        with self._news:
            self._news.wait_for(lambda: self._closing, timeout=max(0.0, until - time.monotonic()))

    def _let_go(self) -> None:
        try:
            if self._tracker is not None:
                self._tracker.close()
        except Exception as error:
            self._failed(error)


def reason_of(error: BaseException) -> str:
    """One line that says what went wrong: of errors that wrap others the innermost, where the words are plainest."""
    inner: BaseException | None = error
    while inner is not None:
        error, inner = inner, inner.__cause__ or inner.__context__
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
