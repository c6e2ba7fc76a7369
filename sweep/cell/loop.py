"""The cell's loop: at each epoch boundary ask which trials hold the slots, train one epoch, evaluate, save, report.

The loop knows neither Ray nor where its data comes from: it is given a *desk* (the broker, near or far), a source of
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
from adsw.align.recipe import Recipe, resolve
from adsw.align.slots import SlotGroup, shape_of
from adsw.align.world import World
from adsw.evaluate.evaluation import Evaluation, evaluate
from sweep.cell.material import Material
from sweep.cell.protocol import Job, Work
from sweep.cell.slot_state import SlotStates
from sweep.store_choice import of_store

logger = logging.getLogger(__name__)


class Desk(Protocol):
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
class _Seat:
    """One trial in a slot of a group."""

    group: SlotGroup
    slot: int
    recipe: Recipe
    epoch: int
    material: Material


@dataclass
class Cell:
    """Trains the trials a desk hands out.

    Groups of slots are made per store and shape (`adsw.align.slots.shape_of`) as such trials come, and dropped when
    empty, so that one worker serves trials of any shape over any store of the run.
    """

    desk: Desk
    stores: Mapping[str, Material]
    """The run's stores by name."""
    folders: CellFolders
    capacity: int = 1
    device: str = "cpu"
    world: World = field(default_factory=World)
    """The cell's workers; the first of them evaluates, saves and reports."""
    _groups: dict[Hashable, SlotGroup] = field(default_factory=dict)
    _seats: dict[int, _Seat] = field(default_factory=dict)
    _parked: dict[int, tuple[int, dict[str, Any]]] = field(default_factory=dict)

    def run(self) -> None:
        """Serve until the desk says close."""
        states = SlotStates(self.folders.states)
        try:
            while not (work := self.desk.next()).close:
                for number in work.forget:
                    self._parked.pop(number, None)
                    self._leave(number)
                self._seat(work.jobs, states)
                if self._seats:
                    self._epoch({job.number: job for job in work.jobs}, states)
        finally:
            states.close()

    def _seat(self, jobs: Iterable[Job], states: SlotStates) -> None:
        """Let the named trials, and no others, hold the slots."""
        wanted = {job.number: job for job in jobs}
        for number in [number for number in self._seats if number not in wanted]:
            seat = self._seats[number]
            self._parked[number] = (seat.epoch, seat.group.state(seat.slot))
            self._leave(number)
        for number, job in wanted.items():
            if number in self._seats and self._seats[number].epoch == job.epoch:
                continue
            self._leave(number)
            try:
                self._join(job, states)
            except Exception as error:
                self._give_up(number, error)

    def _join(self, job: Job, states: SlotStates) -> None:
        recipe = resolve(job.recipe)
        epoch, state = self._parked.pop(job.number, (0, None))
        if epoch != job.epoch or (state is None and job.epoch > 0):
            state = states.load(job.number, job.epoch) if job.epoch else None
        material = of_store(self.stores, job.store)
        shape = (job.store, shape_of(recipe))
        if shape not in self._groups:
            self._groups[shape] = SlotGroup(
                material.info.dimensions, recipe, self.capacity, device=self.device, world=self.world
            )
        group = self._groups[shape]
        self._seats[job.number] = _Seat(group, group.join(recipe, state), recipe, job.epoch, material)

    def _leave(self, number: int) -> None:
        seat = self._seats.pop(number, None)
        if seat is None:
            return
        seat.group.leave(seat.slot)
        if not any(other.group is seat.group for other in self._seats.values()):
            self._groups = {shape: group for shape, group in self._groups.items() if group is not seat.group}

    def _give_up(self, number: int, error: BaseException) -> None:
        logger.error("trial %d failed:\n%s", number, "".join(traceback.format_exception(error)))
        self._parked.pop(number, None)
        self._leave(number)
        self.desk.fail(number, f"{type(error).__name__}: {error}")

    def _epoch(self, jobs: Mapping[int, Job], states: SlotStates) -> None:
        """One epoch of every seated trial, group by group."""
        for group in {id(seat.group): seat.group for seat in self._seats.values()}.values():
            members = {number: seat for number, seat in self._seats.items() if seat.group is group}
            start = time.perf_counter()
            try:
                first = next(iter(members.values()))
                windows = first.material.windows
                logs = group.train_epoch(windows(), windows.steps(first.recipe.data))
            except Exception as error:
                for number in members:
                    self._give_up(number, error)
                continue
            trained = (time.perf_counter() - start) / len(members)
            for number, seat in members.items():
                try:
                    self._finish(jobs[number], seat, logs[seat.slot], trained, states)
                except Exception as error:
                    self._give_up(number, error)

    def _finish(self, job: Job, seat: _Seat, log: EpochLog, trained: float, states: SlotStates) -> None:
        """Evaluate, save and report one trial's epoch."""
        start = time.perf_counter()
        seat.epoch += 1
        if log.failed:
            self.desk.fail(job.number, log.failed)
            self._leave(job.number)
            return
        judged = self._judged(seat, log)
        if not judged:
            return
        metrics = {"epoch": float(seat.epoch), **log_values(log), **_figures(judged)}
        metrics["seconds"] = trained + time.perf_counter() - start
        ends = seat.epoch >= job.epochs
        saved = (
            None if ends else states.save(job.number, seat.epoch, seat.group.state(seat.slot), [*job.curve, metrics])
        )
        self._keep(job, seat, judged, ends)
        if saved is not None:
            saved.result()
        self.desk.report(job.number, seat.epoch, metrics)

    def _judged(self, seat: _Seat, log: EpochLog) -> Sequence[Evaluation]:
        """The first worker's evaluations, none on others; all workers' adaptive schedules follow them."""
        judged: list[Evaluation] = []
        try:
            if self.world.rank == 0:
                heads = seat.group.heads(seat.slot)
                judged = [evaluate(heads, queries, name) for name, queries in seat.material.judged_on().items()]
        finally:
            # Though it may have failed: the other workers wait to hear of it.
            if seat.group.adapts(seat.slot):
                metrics = self.world.from_first(_figures(judged) or None)
                if metrics is not None:
                    seat.group.advance(seat.slot, signals_of(log, metrics))
        return judged

    def _keep(self, job: Job, seat: _Seat, judged: Sequence[Evaluation], ends: bool) -> None:
        for evaluation in judged:
            evaluation.save(self.folders.evaluations / f"{job.number:04d}.{evaluation.name}.npz")
        if ends:
            save_checkpoint(
                self.folders.checkpoints / f"{job.number:04d}",
                seat.recipe,
                seat.group.heads(seat.slot),
                seat.material.info,
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
