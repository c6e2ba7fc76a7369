"""The cell's loop: at each epoch boundary ask which trials hold the slots, train one epoch, evaluate, save, report.

The loop knows neither Ray nor where its data comes from: it is given a client of its broker, near or far, a source of
windows, the validation queries and a folder. So it runs in a test, in one process, as it runs on a cluster.
"""

from __future__ import annotations

import logging
import math
import time
import traceback
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from adsw.align.adaptation import signals_of
from adsw.align.checkpoint import save as save_checkpoint
from adsw.align.epoch_log import EpochLog
from adsw.align.recipe import Recipe
from adsw.align.slots import SlotGroup, shape_of
from adsw.align.world import World
from adsw.evaluate.evaluation import Evaluation, evaluate
from sweep.cell.material import CellData
from sweep.cell.protocol import Job, Work
from sweep.cell.slot_state import SavedStates
from sweep.space.trial_spec import TrialSpec
from sweep.store_choice import of_store

logger = logging.getLogger(__name__)


class BrokerClient(Protocol):
    """What a cell says to its broker."""

    def next(self) -> Work:
        """Wait for work."""
        ...

    def report(self, number: int, epoch: int, metrics: Mapping[str, float]) -> None:
        """An epoch is done and its state is safe."""
        ...

    def fail(self, number: int, why: str) -> None:
        """A trial cannot go on."""
        ...


@dataclass(frozen=True, slots=True)
class CellFolders:
    """Where a cell writes, inside the run folder."""

    states: Path
    evaluations: Path
    checkpoints: Path


@dataclass(slots=True)
class _RunningTrial:
    """One trial in a slot of a group."""

    group: SlotGroup
    slot: int
    recipe: Recipe
    epoch: int
    data: CellData


@dataclass
class CellWorker:
    """Trains the trials that its broker hands out.

    Groups of slots are made per store and shape (`adsw.align.slots.shape_of`) as such trials come, and dropped when
    empty, so that one worker serves trials of any shape over any store of the run.
    """

    broker: BrokerClient
    stores: Mapping[str, CellData]
    """The run's stores by name."""
    folders: CellFolders
    capacity: int = 1
    device: str = "cpu"
    world: World = field(default_factory=World)
    """The cell's workers; the first of them evaluates, saves and reports."""
    _groups: dict[Hashable, SlotGroup] = field(default_factory=dict)
    _running: dict[int, _RunningTrial] = field(default_factory=dict)
    _parked: dict[int, tuple[int, dict[str, Any]]] = field(default_factory=dict)

    def run(self) -> None:
        """Serve until the broker says close."""
        states = SavedStates(self.folders.states)
        try:
            while not (work := self.broker.next()).close:
                for number in work.forget:
                    self._parked.pop(number, None)
                    self._leave(number)
                self._assign(work.jobs, states)
                if self._running:
                    self._epoch({job.number: job for job in work.jobs}, states)
        finally:
            states.close()

    def _assign(self, jobs: Iterable[Job], states: SavedStates) -> None:
        """Let the named trials, and no others, hold the slots."""
        wanted = {job.number: job for job in jobs}
        for number in [number for number in self._running if number not in wanted]:
            trial = self._running[number]
            self._parked[number] = (trial.epoch, trial.group.state(trial.slot))
            self._leave(number)
        for number, job in wanted.items():
            if number in self._running and self._running[number].epoch == job.epoch:
                continue
            self._leave(number)
            try:
                self._join(job, states)
            except Exception as error:
                self._give_up(number, error)

    def _join(self, job: Job, states: SavedStates) -> None:
        spec = TrialSpec.from_document(job.trial)
        epoch, state = self._parked.pop(job.number, (0, None))
        if epoch != job.epoch or (state is None and job.epoch > 0):
            state = states.load(job.number, job.epoch) if job.epoch else None
        data = of_store(self.stores, spec.store)
        shape = (spec.store, shape_of(spec.recipe))
        if shape not in self._groups:
            self._groups[shape] = SlotGroup(
                data.info.dimensions, spec.recipe, self.capacity, device=self.device, world=self.world
            )
        group = self._groups[shape]
        self._running[job.number] = _RunningTrial(group, group.join(spec.recipe, state), spec.recipe, job.epoch, data)

    def _leave(self, number: int) -> None:
        trial = self._running.pop(number, None)
        if trial is None:
            return
        trial.group.leave(trial.slot)
        if not any(other.group is trial.group for other in self._running.values()):
            self._groups = {shape: group for shape, group in self._groups.items() if group is not trial.group}

    def _give_up(self, number: int, error: BaseException) -> None:
        logger.error("trial %d failed:\n%s", number, "".join(traceback.format_exception(error)))
        self._parked.pop(number, None)
        self._leave(number)
        self.broker.fail(number, f"{type(error).__name__}: {error}")

    def _epoch(self, jobs: Mapping[int, Job], states: SavedStates) -> None:
        """One epoch of every trial in a slot, group by group."""
        for group in {id(trial.group): trial.group for trial in self._running.values()}.values():
            members = {number: trial for number, trial in self._running.items() if trial.group is group}
            start = time.perf_counter()
            try:
                first = next(iter(members.values()))
                windows = first.data.windows
                logs = group.train_epoch(windows(), windows.steps(first.recipe.data))
            except Exception as error:
                for number in members:
                    self._give_up(number, error)
                continue
            trained = (time.perf_counter() - start) / len(members)
            for number, trial in members.items():
                try:
                    self._finish(jobs[number], trial, logs[trial.slot], trained, states)
                except Exception as error:
                    self._give_up(number, error)

    def _finish(self, job: Job, trial: _RunningTrial, log: EpochLog, trained: float, states: SavedStates) -> None:
        """Evaluate, save and report one trial's epoch."""
        start = time.perf_counter()
        trial.epoch += 1
        if log.failed:
            self.broker.fail(job.number, log.failed)
            self._leave(job.number)
            return
        judged = self._judged(trial, log)
        if not judged:
            return
        metrics = {"epoch": float(trial.epoch), **log_values(log), **_figures(judged)}
        metrics["seconds"] = trained + time.perf_counter() - start
        ends = trial.epoch >= job.epochs
        saved = (
            None if ends else states.save(job.number, trial.epoch, trial.group.state(trial.slot), [*job.curve, metrics])
        )
        self._keep(job, trial, judged, ends)
        if saved is not None:
            saved.result()
        self.broker.report(job.number, trial.epoch, metrics)

    def _judged(self, trial: _RunningTrial, log: EpochLog) -> Sequence[Evaluation]:
        """The first worker's evaluations, none on others; all workers' adaptive schedules follow them."""
        judged: list[Evaluation] = []
        try:
            if self.world.rank == 0:
                heads = trial.group.heads(trial.slot)
                judged = [evaluate(heads, queries, name) for name, queries in trial.data.judged_on().items()]
        finally:
            # Though it may have failed: the other workers wait to hear of it.
            if trial.group.adapts(trial.slot):
                metrics = self.world.from_first(_figures(judged) or None)
                if metrics is not None:
                    trial.group.advance(trial.slot, signals_of(log, metrics))
        return judged

    def _keep(self, job: Job, trial: _RunningTrial, judged: Sequence[Evaluation], ends: bool) -> None:
        for evaluation in judged:
            evaluation.save(self.folders.evaluations / f"{job.number:04d}.{evaluation.name}.npz")
        if ends:
            save_checkpoint(
                self.folders.checkpoints / f"{job.number:04d}",
                trial.recipe,
                trial.group.heads(trial.slot),
                trial.data.info,
                _figures(judged),
            )


def _figures(judged: Sequence[Evaluation]) -> dict[str, float]:
    """Every metric of some evaluations."""
    return {name: value for evaluation in judged for name, value in evaluation.metrics.items()}


def log_values(log: EpochLog) -> dict[str, float]:
    """The figures of an epoch that a curve keeps; what was not measured is left out."""
    figures = {
        "loss": log.loss,
        "audio_accuracy": log.audio_accuracy,
        "text_accuracy": log.text_accuracy,
        "swap_accuracy": log.swap_accuracy,
        "swap_share": log.swap_share,
        "texts_without_swap": log.texts_without_swap,
        "kept_share": log.kept_share,
        "temperature": log.temperature,
        "collapsed": log.collapsed,
        **log.schedules,
    }
    return {name: float(value) for name, value in figures.items() if value is not None and math.isfinite(value)}
