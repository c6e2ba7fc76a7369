"""`sweep status --watch`: the screen of a sweep that another process drives."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from sweep.cell.protocol import Snapshot
from sweep.monitor import monitor_of
from sweep.run_folder import RunFolder
from sweep.standing import STALE_S, Pulse, RunStatus, is_elsewhere, run_status
from sweep.state import SweepStatus
from sweep.view.live import LiveView
from sweep.view.live_state import LiveState


@dataclass(frozen=True, slots=True)
class Look:
    """What a watcher sees at one moment."""

    state: LiveState
    events: tuple[str, ...] = ()
    over: bool = False
    """Whether there is nothing more to wait for."""


class Watcher:
    """Looks at a run folder again and again."""

    def __init__(self, folder: RunFolder, pulse: Pulse | None = None) -> None:
        self._folder = folder
        self._pulse = pulse or Pulse()

    def look(self) -> Look:
        """What there is to see now: what the driver published, or, with no driver, what the run folder holds."""
        found = run_status(self._folder, self._pulse, patient=True)
        published = found.published
        if found.running and published:
            return Look(_with(published.state, found.said), published.events)
        if found.running:
            return Look(_with(recorded(self._folder), found.said or "Starting: nothing is being trained yet."))
        if published and is_elsewhere(published) and self._pulse.waited() <= STALE_S:  # its clock may be off
            said = f"{found.said} Waiting for a sign of life."
            return Look(_with(published.state, said), published.events)
        return Look(ended(self._folder, found), over=True)


def watch(folder: RunFolder, view: LiveView, interval: float, sleep: Callable[[float], None] = time.sleep) -> None:
    """Show a sweep until it ends.

    Args:
        folder: its run folder.
        view: where.
        interval: seconds from one look to the next.
        sleep: waits.
    """
    watcher, said = Watcher(folder), ""
    told: tuple[str, ...] = ()
    while True:
        look = watcher.look()
        for event in look.events:
            if event not in told:
                view.event(event)
        told = look.events
        view.update(look.state)
        if look.state.message != said and not view.on_screen:
            view.event(look.state.message)
        said = look.state.message
        if look.over:
            return
        sleep(interval)


def recorded(folder: RunFolder) -> LiveState:
    """The state of a sweep as its folder tells it, with nothing under way."""
    from sweep.space.load import parse_space

    sweep = folder.read_sweep()
    monitor = monitor_of(folder, parse_space(sweep.space))
    return replace(monitor.state(Snapshot()), elapsed=sweep.seconds or 0.0)


def ended(folder: RunFolder, found: RunStatus) -> LiveState:
    """The last state of a sweep that nothing drives."""
    name = folder.path.name
    runs = "" if str(folder.path.parent) == "runs" else f" --runs {folder.path.parent}"
    if found.status is SweepStatus.DONE:
        said = f"Report: {folder.report}" if folder.report.exists() else f"Report: sweep report {name}{runs}"
    else:
        said = " ".join(word for word in (found.said, f"Go on with: sweep resume {name}{runs}") if word)
    state = replace(recorded(folder), phase=found.status.value, over=True, message=said)
    if found.status is SweepStatus.DONE:  # nothing waits, though it might have needed more
        return replace(state, trials_planned=state.trials_begun)
    return state


def _with(state: LiveState, said: str) -> LiveState:
    return replace(state, message=said) if said else state
