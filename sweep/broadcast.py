"""Shows a sweep on its own terminal and publishes the same for others, while it is driven."""

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

from sweep.live_file import LiveFile
from sweep.view.live import EVENTS_KEPT, View
from sweep.view.live_state import LiveState

logger = logging.getLogger(__name__)

PUBLISH_SECONDS = 1.0
"""The file is written at most this often."""
HEARTBEAT_SECONDS = 5.0
"""And at least this often, whether there is news or not: its age says whether the driver lives."""


class Broadcast:
    """A view in front of another one; a context manager, after which the file is gone.

    The file is written by a thread of its own: a slow disk holds no training up.

    Args:
        view: where the sweep is shown here.
        file: where it is published.
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
        """See `View.update`."""
        self._state, self._taken, self._changed = state, self._now(), True
        self._view.update(state)

    def event(self, text: str) -> None:
        """See `View.event`."""
        self._events.append(text)
        self._changed = True
        self._view.event(text)

    def phase(self, name: str) -> None:
        """See `View.phase`."""
        self._state, self._changed = replace(self._state, phase=name), True
        self._view.phase(name)

    def _publish(self) -> None:
        last = -float("inf")
        while True:
            now = self._now()
            if self._changed or now - last >= HEARTBEAT_SECONDS:
                self._changed = False
                self._write(now)
                last = now
            if self._closing.wait(PUBLISH_SECONDS):
                return

    def _write(self, now: float) -> None:
        try:
            self._file.write(self._state, tuple(self._events), self._taken, now)
        except OSError as error:
            # The sweep itself goes on: its results are elsewhere.
            if not self._complained:
                logger.warning("%s cannot be written: %s", self._file.path, error)
            self._complained = True
