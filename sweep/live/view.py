"""The live view of a running sweep: a screen on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live

from adsw.report.format import number, signed
from sweep.live.screen import SweepScreen
from sweep.live.state import ENDED, LiveArm, LiveCell, LiveObjective, LiveState, LiveTrial, clock
from sweep.live.tables import PURPOSE_WORDS

__all__ = ["LiveArm", "LiveCell", "LiveObjective", "LiveState", "LiveTrial", "LiveView", "View"]

REFRESH_SECONDS = 0.25
"""Least seconds between two drawings on a terminal."""
PLAIN_SECONDS = 30.0
"""Least seconds between a line and a line of progress, without a terminal."""
EVENTS_KEPT = 2
"""Events at the foot of the screen."""


class View(Protocol):
    """Receives the progress of a sweep."""

    def update(self, state: LiveState) -> None:
        """Show a newer state."""
        ...

    def event(self, text: str) -> None:
        """Show a line of news."""
        ...

    def phase(self, name: str) -> None:
        """Show that the sweep has entered a phase, before a newer state says so."""
        ...


class LiveView:
    """Shows a sweep while it runs; leaving the context restores the terminal.

    A terminal's alternate screen is drawn as a whole, without being cleared first, so that nothing flickers and its
    size may change. Afterwards the earlier content is back, with the last state below.

    Args:
        console: console to show it on; standard error by default. One that is no terminal gets plain lines.
        now: returns seconds of a monotonic clock.
        known: trials whose end is no news.
    """

    def __init__(
        self,
        console: Console | None = None,
        now: Callable[[], float] = time.monotonic,
        known: Iterable[int] = (),
    ) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._now = now
        self.on_screen = self._console.is_terminal and not self._console.is_dumb_terminal
        """Whether there is a terminal to draw on."""
        self._live: Live | None = None
        self._state: LiveState | None = None
        self._ended: set[int] = set(known)
        self._arms: dict[str, LiveArm] = {}
        self._phase = ""
        self._best: int | None = None
        self._events: deque[str] = deque(maxlen=EVENTS_KEPT)
        self._last_drawn = -float("inf")
        self._last_line = self._now()  # the first line of progress comes `PLAIN_SECONDS` later

    def __enter__(self) -> Self:
        if self.on_screen:
            self._live = Live(console=self._console, auto_refresh=False, screen=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
            if self._state is not None:
                self._console.print(SweepScreen(self._state, tuple(self._events)))

    def update(self, state: LiveState) -> None:
        """Show a newer state: redraw the screen at most four times a second, or print what is new."""
        if self._state is None and self._ended:
            # The sweep was resumed or is being watched: results in the first state are no news.
            self._arms = {arm.name: arm for arm in state.arms}
        self._state = state
        self._tell_news(state)
        now = self._now()
        if self._live is not None:
            if now - self._last_drawn >= REFRESH_SECONDS:
                self._draw()
        elif now - self._last_line >= PLAIN_SECONDS:
            self._print(_progress_line(state))

    def event(self, text: str) -> None:
        """Show a line of news, at once: at the foot of the screen, or as a printed line."""
        self._note(text)
        self._draw()

    def phase(self, name: str) -> None:
        """Show that the sweep has entered a phase, before a newer state says so."""
        if self._state is not None:
            self._phase = name  # set first, so that `update` does not print it as news
            self.update(replace(self._state, phase=name))
            self._draw()

    def _note(self, text: str) -> None:
        """Keep a line of news for the screen, or print it without one."""
        self._events.append(text)
        if self._live is None:
            self._print(text)

    def _tell_news(self, state: LiveState) -> None:
        """Note what is new in a state: its phase, ended trials, results and verdicts of arms."""
        if state.phase and state.phase != self._phase:
            if self._phase:
                self._note(f"now: {state.phase}")
            self._phase = state.phase
        # With several objectives, or arms, no single trial is the best.
        best = state.objective.best_number if len(state.objectives) == 1 and not state.arms else None
        for trial in state.trials:
            if trial.state in ENDED and trial.number not in self._ended:
                self._ended.add(trial.number)
                self._note(_ending(trial, trial.number == best and trial.number != self._best))
        self._best = best
        for arm in state.arms:
            before = self._arms.get(arm.name, LiveArm(arm.name))
            if arm.done > before.done or arm.verdict != before.verdict:
                self._note(_arm_line(arm))
            self._arms[arm.name] = arm

    def _draw(self) -> None:
        """Draw the screen, if there is one."""
        if self._live is not None and self._state is not None:
            self._last_drawn = self._now()
            self._live.update(SweepScreen(self._state, tuple(self._events)), refresh=True)

    def _print(self, text: str) -> None:
        """Print a plain line."""
        self._last_line = self._now()
        self._console.print(text, markup=False, soft_wrap=True)


def _ending(trial: LiveTrial, is_best: bool) -> str:
    """Return the line about an ended trial."""
    about = ", ".join(word for word in (trial.arm, PURPOSE_WORDS.get(trial.purpose, trial.purpose)) if word)
    name = f"trial {trial.number}" + (f" ({about})" if about else "")
    values = " and ".join(number(value) for value in trial.values if value is not None)
    best = ", best so far" if is_best else ""
    why = f": {trial.why}" if trial.state == "failed" and trial.why else ""
    return f"{name} {trial.state} after {trial.epochs} epochs{why or (': ' + values if values else '')}{best}"


def _arm_line(arm: LiveArm) -> str:
    """Return the line about an arm with a new result or verdict."""
    parts = [f"{arm.done}/{arm.planned} replicates"]
    if arm.mean is not None:
        parts.append(f"mean {number(arm.mean)}" + ("" if arm.spread is None else f", spread {number(arm.spread)}"))
    if arm.difference is not None:
        parts.append(f"{signed(arm.difference, minus='-')} from the reference")
    if arm.verdict:
        parts.append(arm.verdict)
    return f"arm {arm.name}: {', '.join(parts)}"


def _progress_line(state: LiveState) -> str:
    """Return the line of progress for an output that is no terminal."""
    counts = state.counts
    done = sum(counts[name] for name in ENDED)
    planned = max(state.trials_planned, state.trials_begun)
    parts = [f"{done}/{planned} trials ended", f"{state.epochs_done}/{state.epochs_planned} epochs"]
    if state.front is not None:
        parts.append(f"{state.front} on the Pareto front")
    elif not state.arms and state.objective.best_value is not None:
        parts.append(f"best {number(state.objective.best_value)} (trial {state.objective.best_number})")
    if state.epochs_per_second is not None:
        parts.append(f"{state.epochs_per_second:.1f} epochs/s")
    if state.eta_seconds is not None:
        parts.append(f"about {clock(state.eta_seconds)} left")
    return ", ".join(parts)
