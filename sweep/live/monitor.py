"""Builds the state of the live screen from the broker's snapshot and the ended trials of the run folder."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adsw.judging import Judging
from sweep.cell.messages import Snapshot, TrialView
from sweep.live.arms import Outline, outline_of
from sweep.live.ended_trials import EndedTrials, settings_of
from sweep.live.state import LiveArm, LiveCell, LiveState, LiveTrial
from sweep.plan.describe import trials_of
from sweep.run.folder import RunFolder, StartedTrials
from sweep.run.records import TrialRecord
from sweep.space.check import most_epochs
from sweep.space.configurations import base_recipe
from sweep.space.model import Space

RATE_WINDOW_S = 30.0
"""Length of the window over which epochs per second are counted."""
SEARCH, COMPARISON = "search", "comparing arms"
PHASES = {"tune": "tuning", "confirm": "confirming"}
"""The phase in which trials of a purpose run."""


def _nothing(number: int) -> Mapping[str, Any]:
    """Return an empty document: the default of `Monitor.started`."""
    del number
    return {}


def monitor_of(folder: RunFolder, space: Space) -> Monitor:
    """Return the monitor of a sweep, with the ended trials of its run folder."""

    records = folder.trials()
    planned = trials_of(space) or len(records)
    outline = outline_of(folder.path.name, space, planned, most_epochs(space, base_recipe(space)))
    monitor = Monitor(outline, StartedTrials(folder.started))
    monitor.add(records, earlier=True)
    return monitor


@dataclass
class Monitor:
    """Keeps what is needed from one state to the next: ended trials, and the epochs done at recent times."""

    outline: Outline
    started: Callable[[int], Mapping[str, Any]] = _nothing
    """Returns the document ``started/NNNN.json`` of a running trial."""
    earlier_epochs: int = 0
    """Epochs of trials that ended before this process began, which count in no rate."""
    _phase: str = ""
    _begun: float = field(default_factory=time.monotonic)
    _counts: list[tuple[float, int]] = field(default_factory=list)
    _arms: tuple[tuple[int, Sequence[object]], tuple[LiveArm, ...]] | None = None
    _ended: EndedTrials = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    """Held while trials are added or read: they end in one thread and are shown by another."""

    def __post_init__(self) -> None:
        self._ended = EndedTrials(self.outline)

    def add(self, records: Iterable[TrialRecord], earlier: bool = False) -> None:
        """Add ended trials; those that are known already change nothing."""
        with self._lock:
            for record in records:
                if record.number not in self._ended:
                    self._ended.add(record, news=not earlier)
                    self.earlier_epochs += record.epochs if earlier else 0

    def state(self, snapshot: Snapshot, message: str = "") -> LiveState:
        """Return the state to show now."""
        with self._lock:
            return self._state(snapshot, message)

    def _state(self, snapshot: Snapshot, message: str) -> LiveState:
        """Return the state to show, under the lock."""
        now, ended = time.monotonic(), self._ended
        # A trial that just ended can still be in the broker's snapshot.
        live = [trial for trial in snapshot.trials if trial.number not in ended]
        running_epochs = sum(trial.epoch for trial in live)
        listed, more = ended.listed()
        done = ended.epochs + running_epochs
        rate = self._rate(now, done)
        left = self._left(running_epochs, len(live))
        return LiveState(
            name=self.outline.name,
            objectives=ended.objectives,
            phase=self._phase_of(live),
            trials=sorted((*listed, *(self._of_running(trial) for trial in live)), key=lambda trial: trial.number),
            more=more,
            trials_planned=self.outline.trials,
            arms=self._arms_of(live) if self.outline.compared else (),
            cells=[
                LiveCell(cell.cell, cell.epochs / cell.busy_s if cell.busy_s else None, cell.trials)
                for cell in snapshot.cells
            ],
            epochs_done=done,
            # A search without a number of trials plans none: then those begun count.
            epochs_planned=max(self.outline.trials, len(ended) + len(live)) * self.outline.epochs,
            epochs_per_second=rate,
            elapsed=now - self._begun,
            eta_seconds=left / rate if rate else None,
            front=ended.front,
            message=message,
        )

    def _of_running(self, trial: TrialView) -> LiveTrial:
        """Return a running or waiting trial as the screen shows it."""
        document = self.started(trial.number)
        first = self.outline.objectives[0].metric
        judging = self.outline.judging or Judging(first)
        judged = judging.judged(trial.curve)
        return LiveTrial(
            number=trial.number,
            state="running" if trial.cell else "waiting",
            epochs=trial.epoch,
            max_epochs=trial.epochs,
            values=tuple(judged.get(objective.metric) for objective in self.outline.objectives),
            curve=[point[first] for point in trial.curve if first in point],
            arm=document.get("arm"),
            purpose=document.get("purpose", ""),
            settings=settings_of(document.get("params", {}), trial.curve),
            cell=trial.cell,
        )

    def _arms_of(self, live: Sequence[TrialView]) -> tuple[LiveArm, ...]:
        """Return the rows of the arms, computed again only if a trial has started or ended."""
        documents = [self.started(trial.number) for trial in live if trial.cell]
        running = [(row.get("arm"), row.get("params", {})) for row in documents if row and not row.get("purpose")]
        key = (len(self._ended), running)
        if self._arms is None or self._arms[0] != key:
            self._arms = (key, self._ended.arms.rows(running))
        return self._arms[1]

    def _phase_of(self, live: Sequence[TrialView]) -> str:
        """Return the phase of the running trials; while none runs, the phase before."""
        purposes = {self.started(trial.number).get("purpose", "") for trial in live}
        usual = COMPARISON if self.outline.compared else SEARCH
        if purposes:
            self._phase = PHASES.get(purposes.pop(), usual) if len(purposes) == 1 else usual
        return self._phase or usual

    def _rate(self, now: float, done: int) -> float | None:
        """Return epochs per second over the last `RATE_WINDOW_S`, or None before the first can be counted."""
        self._counts.append((now, done))
        while len(self._counts) > 2 and now - self._counts[0][0] > RATE_WINDOW_S:
            self._counts.pop(0)
        # Counting starts with the first epoch, or the start-up of the cells would lower the rate.
        moving = [point for point in self._counts if point[1] > self.earlier_epochs]
        if len(moving) < 2 or moving[-1][0] == moving[0][0]:
            return None
        return (moving[-1][1] - moving[0][1]) / (
            moving[-1][0] - moving[0][0]
        ) or None  # None and not 0: no epoch ended within the window

    def _left(self, running_epochs: int, live: int) -> float:
        """Estimate the epochs still to train, each coming trial at the mean epochs of the ended ones."""
        typical = self._ended.typical_epochs
        coming = max(0, self.outline.trials - len(self._ended) - live)
        return coming * typical + max(0.0, live * typical - running_epochs)
