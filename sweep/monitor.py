"""From what broker and run folder know to what the live screen shows."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from sweep.cell.protocol import Snapshot
from sweep.state import TrialRecord
from sweep.view.live_state import LiveCell, LiveState, LiveTrial

RATE_WINDOW_S = 30.0
"""Epochs per second are counted over this long."""


@dataclass
class Monitor:
    """Keeps what is needed between two looks: ended trials, and when how many epochs were done."""

    name: str
    metric: str
    mode: str
    trials: int
    epochs: int
    """Epochs of a whole trial."""
    ended: dict[int, TrialRecord] = field(default_factory=dict)
    earlier_epochs: int = 0
    """Epochs of trials that ended before this process began: they count in no rate."""
    _begun: float = field(default_factory=time.monotonic)
    _counts: list[tuple[float, int]] = field(default_factory=list)

    def add(self, records: Iterable[TrialRecord], earlier: bool = False) -> None:
        """Take in ended trials."""
        for record in records:
            self.ended[record.number] = record
            if earlier:
                self.earlier_epochs += record.epochs

    def state(self, snapshot: Snapshot, message: str = "") -> LiveState:
        """What to show now."""
        now = time.monotonic()
        running = [trial for trial in snapshot.trials if trial.number not in self.ended]
        trials = [self._ended(record) for record in self.ended.values()]
        for trial in running:
            curve = [point[self.metric] for point in trial.curve if self.metric in point]
            state = "running" if trial.cell else "waiting"
            value = curve[-1] if curve else None
            trials.append(LiveTrial(trial.number, state, trial.epoch, trial.epochs, value, curve, None, trial.cell))
        done = sum(record.epochs for record in self.ended.values()) + sum(trial.epoch for trial in running)
        rate = self._rate(now, done)
        best = self._best()
        default = next((r.value(self.metric) for r in self.ended.values() if r.arm == "default"), None)
        return LiveState(
            name=self.name,
            objective=self.metric,
            mode=self.mode,
            trials=sorted(trials, key=lambda trial: trial.number),
            trials_planned=self.trials,
            cells=[
                LiveCell(cell.cell, cell.epochs / cell.busy_s if cell.busy_s else None, cell.trials)
                for cell in snapshot.cells
            ],
            epochs_done=done,
            epochs_planned=self.trials * self.epochs,
            epochs_per_second=rate,
            elapsed=now - self._begun,
            eta_seconds=self._left(running_epochs=sum(trial.epoch for trial in running), live=len(running)) / rate
            if rate
            else None,
            default_value=default,
            best_number=best.number if best else None,
            best_value=best.value(self.metric) if best else None,
            failures=sum(record.state == "failed" for record in self.ended.values()),
            message=message,
        )

    def _ended(self, record: TrialRecord) -> LiveTrial:
        curve = [point[self.metric] for point in record.curve if point.get(self.metric) is not None]
        return LiveTrial(
            record.number,
            str(record.state),
            record.epochs,
            self.epochs,
            record.value(self.metric),
            curve,
            record.arm,
            None,
            record.why or None,
        )

    def _best(self) -> TrialRecord | None:
        """The best completed trial: stopped ones have seen fewer epochs."""
        sign = 1.0 if self.mode == "max" else -1.0
        found = [
            (sign * value, record)
            for record in self.ended.values()
            if record.state == "completed" and (value := record.value(self.metric)) is not None
        ]
        return max(found, key=lambda pair: pair[0])[1] if found else None

    def _rate(self, now: float, done: int) -> float | None:
        self._counts.append((now, done))
        while len(self._counts) > 2 and now - self._counts[0][0] > RATE_WINDOW_S:
            self._counts.pop(0)
        # Counting starts with the first epoch: the start-up of the cells is no rate.
        moving = [point for point in self._counts if point[1] > self.earlier_epochs]
        if len(moving) < 2 or moving[-1][0] == moving[0][0]:
            return None
        return (moving[-1][1] - moving[0][1]) / (moving[-1][0] - moving[0][0]) or None

    def _left(self, running_epochs: int, live: int) -> float:
        """Epochs still to train, with ended trials as the measure of what the coming ones will need."""
        sizes = [record.epochs for record in self.ended.values() if record.state in ("completed", "stopped")]
        typical = sum(sizes) / len(sizes) if sizes else float(self.epochs)
        coming = max(0, self.trials - len(self.ended) - live)
        return coming * typical + max(0.0, live * typical - running_epochs)
