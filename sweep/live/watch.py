"""`sweep status --watch`: the screen of a sweep that another process drives."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from sweep.cell.messages import Snapshot
from sweep.live.monitor import monitor_of
from sweep.live.state import LiveState
from sweep.live.status import STALE_S, Pulse, RunStatus, is_elsewhere, run_status
from sweep.live.view import LiveView
from sweep.run.command_lines import command_line
from sweep.run.folder import RunFolder
from sweep.run.records import SweepStatus
from sweep.space.load import parse_space


@dataclass(frozen=True, slots=True)
class Look:
    """State that a watcher shows at one moment."""

    state: LiveState
    events: tuple[str, ...] = ()
    over: bool = False
    """Whether the sweep has ended, so that watching can stop."""


class Watcher:
    """Reads the state of a sweep from its run folder, repeatedly."""

    def __init__(self, folder: RunFolder, pulse: Pulse | None = None) -> None:
        self._folder = folder
        self._pulse = pulse or Pulse()

    def look(self) -> Look:
        """Return the state now: the one that the driver published, or without a driver that of the run folder."""
        current = run_status(self._folder, self._pulse, patient=True)
        published = current.published
        if current.running and published:
            return Look(_with(published.state, current.said), published.events)
        if current.running:
            return Look(_with(recorded(self._folder), current.said or "Starting: nothing is being trained yet."))
        if published and is_elsewhere(published) and self._pulse.waited() <= STALE_S:  # its clock may be off
            said = f"{current.said} Waiting for a sign of life."
            return Look(_with(published.state, said), published.events)
        return Look(ended(self._folder, current), over=True)


def watch(folder: RunFolder, view: LiveView, interval: float, sleep: Callable[[float], None] = time.sleep) -> None:
    """Show a sweep until it ends.

    Args:
        folder: the sweep's run folder.
        view: view to show it on.
        interval: seconds from one look to the next.
        sleep: waits for a number of seconds.
    """
    watcher, said = Watcher(folder), ""
    shown: tuple[str, ...] = ()
    while True:
        look = watcher.look()
        for event in look.events:
            if event not in shown:
                view.event(event)
        shown = look.events
        view.update(look.state)
        if look.state.message != said and not view.on_screen:
            view.event(look.state.message)
        said = look.state.message
        if look.over:
            return
        sleep(interval)


def recorded(folder: RunFolder) -> LiveState:
    """Return the state of a sweep from its run folder, without running trials."""

    sweep = folder.read_sweep()
    monitor = monitor_of(folder, parse_space(sweep.space))
    return replace(monitor.state(Snapshot()), elapsed=sweep.seconds or 0.0)


def ended(folder: RunFolder, current: RunStatus) -> LiveState:
    """Return the last state of a sweep that no driver runs, with a message about how to go on."""
    if current.status is SweepStatus.DONE:
        page = str(folder.report) if folder.report.exists() else command_line("report", folder.path)
        said = f"Report: {page}"
    else:
        why = folder.read_sweep().why
        told = f"{why} Log: {folder.log}." if why else ""
        said = " ".join(
            word for word in (told, current.said, f"Go on with: {command_line('resume', folder.path)}") if word
        )
    state = replace(recorded(folder), phase=current.status.value, over=True, message=said)
    if current.status is SweepStatus.DONE:  # nothing waits, though it might have needed more
        return replace(state, trials_planned=state.trials_begun)
    return state


def _with(state: LiveState, said: str) -> LiveState:
    """Return a state with a message, if there is one."""
    return replace(state, message=said) if said else state
