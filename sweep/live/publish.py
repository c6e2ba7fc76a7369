"""Shows a sweep on the driver's terminal and publishes the same state in `live.json` for other terminals."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

from sweep.live.live_file import HEARTBEAT_SECONDS, LiveFile
from sweep.live.state import LiveState
from sweep.live.view import EVENTS_KEPT, View

logger = logging.getLogger(__name__)

PUBLISH_SECONDS = 1.0
"""Least seconds between two writes of the file."""


CLOCK_SECONDS = 1.0
"""Seconds between two drawings of the clock while a sweep starts."""


class Broadcast:
    """A view that passes everything on to another one and publishes it; leaving the context removes the file.

    A separate thread writes the file, so that a slow disk does not hold up training.

    Args:
        view: view on this terminal.
        file: file to publish in.
        first: what to show and publish until the next state comes.
        now: seconds since 1970.
    """

    def __init__(self, view: View, file: LiveFile, first: LiveState, now: Callable[[], float] = time.time) -> None:
        self._view = view
        self._file = file
        self._now = now
        self._state = first
        self._taken = now()
        self._events: deque[str] = deque(maxlen=EVENTS_KEPT)
        self._changed = True
        self._started = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._publish, name="live.json", daemon=True)
        self._complained = False

    def __enter__(self) -> Self:
        self._thread.start()
        self._view.update(self._state)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._thread.join()
        with contextlib.suppress(OSError):
            self._file.remove()

    def update(self, state: LiveState) -> None:
        """Show a state, and publish it with the next write."""
        self._started = True
        self._state, self._taken, self._changed = state, self._now(), True
        self._view.update(state)

    def event(self, text: str) -> None:
        """Show a line of news, and publish it with the next write."""
        self._events.append(text)
        self._changed = True
        self._view.event(text)

    def phase(self, name: str) -> None:
        """Show that the sweep has entered a phase, and publish it with the next write."""
        self._state, self._changed = replace(self._state, phase=name), True
        self._view.phase(name)

    def _publish(self) -> None:
        """Write the file on news or when a heartbeat is due, until the context is left."""
        last, shown = -float("inf"), self._now()
        while True:
            now = self._now()
            if self._changed or now - last >= HEARTBEAT_SECONDS:
                self._changed = False  # before writing, so that news that come meanwhile are written next time
                self._write(now)
                last = now
            if not self._started and now - shown >= CLOCK_SECONDS:  # while Ray starts no state comes
                shown = now
                self._view.update(replace(self._state, elapsed=self._state.elapsed + now - self._taken))
            if self._closing.wait(PUBLISH_SECONDS):
                return

    def _write(self, now: float) -> None:
        """Write the file; warn once if that fails."""
        try:
            self._file.write(self._state, tuple(self._events), self._taken, now)
        except OSError as error:
            # The sweep goes on: its results are not in this file.
            if not self._complained:
                logger.warning("%s cannot be written: %s", self._file.path, error)
            self._complained = True
