"""From what broker and run folder know to what the live screen shows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adsw.report.format import short, short_names
from sweep.cell.protocol import Snapshot, TrialView
from sweep.live_arms import live_arms
from sweep.outline import Outline, outline_of
from sweep.ranking import best_completed, front
from sweep.run_folder import RunFolder
from sweep.space.model import DEFAULT, Space
from sweep.space.objective import Objective
from sweep.started_trials import StartedTrials
from sweep.state import TrialRecord
from sweep.trial_counts import trials_of
from sweep.view.live_state import LiveArm, LiveCell, LiveObjective, LiveState, LiveTrial

RATE_WINDOW_S = 30.0
"""Epochs per second are counted over this long."""
SEARCH, COMPARISON = "search", "comparing arms"
PHASES = {"tune": "tuning", "confirm": "confirming"}
"""The phase in which trials of a purpose run."""


def _nothing(number: int) -> Mapping[str, Any]:
    del number
    return {}


def monitor_of(folder: RunFolder, space: Space) -> Monitor:
    """The monitor of a sweep that knows what its run folder holds."""
    from sweep.space.check import most_epochs
    from sweep.space.compile import base_recipe

    records = folder.trials()
    planned = trials_of(space) or len(records)
    outline = outline_of(folder.path.name, space, planned, most_epochs(space, base_recipe(space)))
    monitor = Monitor(outline, StartedTrials(folder.started))
    monitor.add(records, earlier=True)
    return monitor


@dataclass
class Monitor:
    """Keeps what is needed between two looks: ended trials, and when how many epochs were done."""

    outline: Outline
    started: Callable[[int], Mapping[str, Any]] = _nothing
    """What a trial under way is: ``started/NNNN.json``."""
    ended: dict[int, TrialRecord] = field(default_factory=dict)
    earlier_epochs: int = 0
    """Epochs of trials that ended before this process began: they count in no rate."""
    _shown: dict[int, LiveTrial] = field(default_factory=dict)
    _phase: str = ""
    _begun: float = field(default_factory=time.monotonic)
    _counts: list[tuple[float, int]] = field(default_factory=list)
    _arms: tuple[tuple[int, Sequence[object]], tuple[LiveArm, ...]] | None = None
    _standing: tuple[int, tuple[LiveObjective, ...], int | None] | None = None

    def add(self, records: Iterable[TrialRecord], earlier: bool = False) -> None:
        """Take in ended trials; those it knows already change nothing."""
        for record in records:
            if record.number in self.ended:
                continue
            self.ended[record.number] = record
            self._shown[record.number] = self._of_record(record)
            if earlier:
                self.earlier_epochs += record.epochs

    def state(self, snapshot: Snapshot, message: str = "") -> LiveState:
        """What to show now."""
        now = time.monotonic()
        live = [trial for trial in snapshot.trials if trial.number not in self.ended]
        trials = [*self._shown.values(), *(self._of_running(trial) for trial in live)]
        done = sum(record.epochs for record in self.ended.values()) + sum(trial.epoch for trial in live)
        rate = self._rate(now, done)
        left = self._left(running_epochs=sum(trial.epoch for trial in live), live=len(live))
        return LiveState(
            name=self.outline.name,
            objectives=self._standings()[0],
            phase=self._phase_of(live),
            trials=sorted(trials, key=lambda trial: trial.number),
            trials_planned=self.outline.trials,
            arms=self._arms_of(live) if self.outline.compared else (),
            cells=[
                LiveCell(cell.cell, cell.epochs / cell.busy_s if cell.busy_s else None, cell.trials)
                for cell in snapshot.cells
            ],
            epochs_done=done,
            epochs_planned=max(self.outline.trials, len(trials)) * self.outline.epochs,
            epochs_per_second=rate,
            elapsed=now - self._begun,
            eta_seconds=left / rate if rate else None,
            front=self._standings()[1],
            message=message,
        )

    def _of_record(self, record: TrialRecord) -> LiveTrial:
        first = self.outline.objectives[0].metric
        return LiveTrial(
            number=record.number,
            state=str(record.state),
            epochs=record.epochs,
            max_epochs=record.recipe.get("epochs", self.outline.epochs),
            values=tuple(record.value(objective.metric) for objective in self.outline.objectives),
            curve=[point[first] for point in record.curve if point.get(first) is not None],
            arm=record.arm,
            purpose=record.purpose,
            settings=_settings(record.params),
            why=record.why or None,
        )

    def _of_running(self, trial: TrialView) -> LiveTrial:
        document = self.started(trial.number)
        first = self.outline.objectives[0].metric
        last = trial.curve[-1] if trial.curve else {}
        return LiveTrial(
            number=trial.number,
            state="running" if trial.cell else "waiting",
            epochs=trial.epoch,
            max_epochs=trial.epochs,
            values=tuple(last.get(objective.metric) for objective in self.outline.objectives),
            curve=[point[first] for point in trial.curve if first in point],
            arm=document.get("arm"),
            purpose=document.get("purpose", ""),
            settings=_settings(document.get("params", {})),
            cell=trial.cell,
        )

    def _standings(self) -> tuple[tuple[LiveObjective, ...], int | None]:
        """Every objective and the size of the front; they change with an ended trial only."""
        if self._standing is None or self._standing[0] != len(self.ended):
            objectives = tuple(self._objective(objective) for objective in self.outline.objectives)
            several = len(objectives) > 1
            size = len(front(self.ended.values(), self.outline.objectives)) if several else None
            self._standing = (len(self.ended), objectives, size)
        return self._standing[1:]

    def _objective(self, objective: Objective) -> LiveObjective:
        found = best_completed(self.ended.values(), objective)
        default = (record for record in self.ended.values() if record.arm == DEFAULT and not record.purpose)
        return LiveObjective(
            metric=objective.metric,
            mode=objective.mode,
            best_number=found.number if found else None,
            best_value=found.value(objective.metric) if found else None,
            default_value=next((record.value(objective.metric) for record in default), None),
        )

    def _arms_of(self, live: Sequence[TrialView]) -> tuple[LiveArm, ...]:
        documents = [self.started(trial.number) for trial in live if trial.cell]
        running = [(one.get("arm"), one.get("params", {})) for one in documents if one and not one.get("purpose")]
        key = (len(self.ended), running)
        if self._arms is None or self._arms[0] != key:
            self._arms = (key, live_arms(self.outline, self.ended.values(), running))
        return self._arms[1]

    def _phase_of(self, live: Sequence[TrialView]) -> str:
        """The phase of what runs; between two phases the one before."""
        purposes = {self.started(trial.number).get("purpose", "") for trial in live}
        usual = COMPARISON if self.outline.compared else SEARCH
        if purposes:
            self._phase = PHASES.get(purposes.pop(), usual) if len(purposes) == 1 else usual
        return self._phase or usual

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
        typical = sum(sizes) / len(sizes) if sizes else float(self.outline.epochs)
        coming = max(0, self.outline.trials - len(self.ended) - live)
        return coming * typical + max(0.0, live * typical - running_epochs)


def _settings(params: Mapping[str, Any]) -> str:
    names = short_names(params)
    return ", ".join(f"{names[name]} {short(value)}" for name, value in params.items())
