"""The live view of a running sweep: a screen on a terminal, one plain line per event elsewhere."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live

from sweep.view.live_state import ENDED, LiveCell, LiveState, LiveTrial, clock
from sweep.view.screen import SweepScreen

__all__ = ["LiveCell", "LiveState", "LiveTrial", "LiveView"]

REFRESH_SECONDS = 0.25
"""A terminal is redrawn at most this often."""
PLAIN_SECONDS = 30.0
"""Without a terminal a line of progress is printed at most this often."""
_EVENTS_KEPT = 2


class LiveView:
    """Shows a sweep while it runs; a context manager, so that the terminal is left in order however it ends.

    Args:
        console: where to show it; standard error by default. What is no terminal gets plain lines.
        now: seconds on any steady clock.
    """

    def __init__(self, console: Console | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._now = now
        self._on_screen = self._console.is_terminal and not self._console.is_dumb_terminal
        self._live: Live | None = None
        self._state: LiveState | None = None
        self._ended: set[int] = set()
        self._best: int | None = None
        self._events: deque[str] = deque(maxlen=_EVENTS_KEPT)
        self._last_drawn = -float("inf")
        self._last_line = self._now()

    def __enter__(self) -> Self:
        if self._on_screen:
            self._live = Live(console=self._console, auto_refresh=False, vertical_overflow="crop", transient=False)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._draw()
            self._live.stop()
            self._live = None

    def update(self, state: LiveState) -> None:
        """Show a newer state: redraw at most four times a second, or print what has ended since the last."""
        self._state = state
        self._tell_news(state)
        now = self._now()
        if self._live is not None:
            if now - self._last_drawn >= REFRESH_SECONDS:
                self._draw()
        elif now - self._last_line >= PLAIN_SECONDS:
            self._print(_progress_line(state))

    def event(self, text: str) -> None:
        """Tell something that happened: at the foot of the screen, or as a line."""
        self._events.append(text)
        if self._live is None:
            self._print(text)
        elif self._now() - self._last_drawn >= REFRESH_SECONDS:
            self._draw()

    def _tell_news(self, state: LiveState) -> None:
        for trial in state.trials:
            if trial.state in ENDED and trial.number not in self._ended:
                self._ended.add(trial.number)
                is_best = trial.number == state.best_number and trial.number != self._best
                self.event(_ending(trial, is_best))
        self._best = state.best_number

    def _draw(self) -> None:
        if self._live is not None and self._state is not None:
            self._last_drawn = self._now()
            self._live.update(SweepScreen(self._state, tuple(self._events)), refresh=True)

    def _print(self, text: str) -> None:
        self._last_line = self._now()
        self._console.print(text, markup=False, soft_wrap=True)


def _ending(trial: LiveTrial, is_best: bool) -> str:
    name = f"trial {trial.number}" + (f" ({trial.arm})" if trial.arm else "")
    value = "" if trial.value is None else f": {trial.value:.4f}"
    best = ", best so far" if is_best else ""
    why = f": {trial.why}" if trial.state == "failed" and trial.why else ""
    return f"{name} {trial.state} after {trial.epochs} epochs{why or value}{best}"


def _progress_line(state: LiveState) -> str:
    done = sum(state.counts.get(name, 0) for name in ENDED)
    planned = max(state.trials_planned, len(state.trials))
    parts = [f"{done}/{planned} trials ended", f"{state.epochs_done}/{state.epochs_planned} epochs"]
    if state.best_value is not None:
        parts.append(f"best {state.best_value:.4f} (trial {state.best_number})")
    if state.epochs_per_second is not None:
        parts.append(f"{state.epochs_per_second:.1f} epochs/s")
    if state.eta_seconds is not None:
        parts.append(f"about {clock(state.eta_seconds)} left")
    return ", ".join(parts)
