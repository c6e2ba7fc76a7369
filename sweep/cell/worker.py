"""The cell's loop: at each epoch boundary ask which trials hold the slots, train one epoch, evaluate, save, report.

The loop depends neither on Ray nor on where its data comes from: it is given a client of its broker, near or far, a
source of windows, the validation queries and a folder. So it runs in a test, in one process, as on a cluster.
"""

from __future__ import annotations

import errno
import logging
import math
import time
import traceback
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from adsw.judging import Judging
from adsw.metrics import is_metric
from adsw.retrieval.evaluation import Evaluation, evaluate
from adsw.train.adaptation import signals_of
from adsw.train.checkpoint import save as save_checkpoint
from adsw.train.distributed import World
from adsw.train.epoch_log import EpochLog
from adsw.train.heads import Heads
from adsw.train.recipe import Recipe
from adsw.train.slots import SlotGroup, shape_of
from sweep.cell.data import CellData
from sweep.cell.messages import Job, Work
from sweep.cell.saved_states import SavedStates
from sweep.run.sweep_record import of_store
from sweep.space.trial_spec import TrialSpec

logger = logging.getLogger(__name__)

BEST = "best"
"""Key of the best epoch's heads in a saved state."""

HOST_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE})
"""Errors of a disk, which no trial causes and any would meet."""


NOT_CHOSEN = Judging("valid/t2m/mAP@10")
"""Judges every trial at its last epoch, whatever its values."""


class HostError(Exception):
    """The host is at fault and no trial: the cell cannot go on here."""


class BrokerClient(Protocol):
    """Client of the broker, as a cell uses it."""

    def next(self) -> Work:
        """Wait for work and return it."""
        ...

    def report(self, number: int, epoch: int, metrics: Mapping[str, float]) -> None:
        """Report that an epoch is done and its state saved."""
        ...

    def fail(self, number: int, why: str) -> None:
        """Report why a trial cannot go on."""
        ...


def _nothing() -> str:
    """Return that the host has no fault: the default of `CellWorker.host_fault`."""
    return ""


@dataclass(frozen=True, slots=True)
class CellFolders:
    """Folders that a cell writes to, inside the run folder."""

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
    """Epochs trained so far."""
    data: CellData
    best: dict[str, Tensor] | None = None
    """Parameters of the heads of its best epoch, where that is judged; on the first worker only."""

    def state(self) -> dict[str, Any]:
        """Return all that a slot needs to continue the trial."""
        return self.group.state(self.slot) | ({} if self.best is None else {BEST: self.best})

    def judged_heads(self) -> Heads:
        """Return the heads of the epoch at which it is judged, given that this is its last or its best."""
        if self.best is None:
            return self.group.heads(self.slot)
        return Heads.from_tensors(self.group.dimensions, self.recipe.head, self.best)


@dataclass
class CellWorker:
    """Trains the trials that its broker hands out.

    Groups of slots are made per store and shape (`adsw.train.slots.shape_of`) as such trials come, and dropped when
    empty, so that one worker serves trials of any shape over any store of the run.
    """

    broker: BrokerClient
    stores: Mapping[str, CellData]
    """The run's stores by name."""
    folders: CellFolders
    capacity: int = 1
    device: str = "cpu"
    judging: Judging = NOT_CHOSEN
    """Which epoch of a trial is judged, and when a trial ends before its last."""
    world: World = field(default_factory=World)
    """The cell's workers; the first of them evaluates, saves and reports."""
    host_fault: Callable[[], str] = _nothing
    """Says what is wrong with this host, if anything, once something went wrong."""
    _groups: dict[Hashable, SlotGroup] = field(default_factory=dict)
    _running: dict[int, _RunningTrial] = field(default_factory=dict)
    _parked: dict[int, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    """Epoch and state of trials that gave up their slot while they wait: cheaper than reading them back from disk."""

    def run(self) -> None:
        """Train what the broker hands out until it answers with `close`.

        Raises:
            HostError: something went wrong, and this host was found to be at fault.
        """
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
        """Give the slots to the trials of these jobs and to no others."""
        wanted = {job.number: job for job in jobs}
        for number in [number for number in self._running if number not in wanted]:
            trial = self._running[number]
            self._parked[number] = (trial.epoch, trial.state())
            self._leave(number)
        for number, job in wanted.items():
            if number in self._running and self._running[number].epoch == job.epoch:
                continue
            # At another epoch than the broker's, the state in the slot is not the one to go on from.
            self._leave(number)
            try:
                self._join(job, states)
            except Exception as error:
                self._give_up(number, error)

    def _join(self, job: Job, states: SavedStates) -> None:
        """Seat a trial in a group of its store and shape, from its parked or saved state, or new."""
        spec = TrialSpec.from_document(job.trial)
        epoch, state = self._parked.pop(job.number, (0, None))
        # A parked state of another epoch than the broker's is stale: the saved one counts.
        if epoch != job.epoch or (state is None and job.epoch > 0):
            state = states.load(job.number, job.epoch) if job.epoch else None
        data = of_store(self.stores, spec.store)
        shape = (spec.store, shape_of(spec.recipe))
        if shape not in self._groups:
            self._groups[shape] = SlotGroup(
                data.info.dimensions, spec.recipe, self.capacity, device=self.device, world=self.world
            )
        group = self._groups[shape]
        slot, best = group.join(spec.recipe, state), None if state is None else state.get(BEST)
        self._running[job.number] = _RunningTrial(group, slot, spec.recipe, job.epoch, data, best)

    def _leave(self, number: int) -> None:
        """Take a trial out of its slot, and drop its group if that leaves it empty."""
        trial = self._running.pop(number, None)
        if trial is None:
            return
        trial.group.leave(trial.slot)
        if not any(other.group is trial.group for other in self._running.values()):
            self._groups = {shape: group for shape, group in self._groups.items() if group is not trial.group}

    def _give_up(self, number: int, error: BaseException) -> None:
        """Log why a trial failed, drop it and tell the broker, unless the host is at fault."""
        if isinstance(error, OSError) and error.errno in HOST_ERRORS:
            raise HostError(str(error)) from error
        if fault := self.host_fault():
            raise HostError(fault) from error
        logger.error("trial %d failed:\n%s", number, "".join(traceback.format_exception(error)))
        self._parked.pop(number, None)
        self._leave(number)
        self.broker.fail(number, f"{type(error).__name__}: {error}")

    def _epoch(self, jobs: Mapping[int, Job], states: SavedStates) -> None:
        """Train one epoch of every trial in a slot, group by group."""
        for group in {id(trial.group): trial.group for trial in self._running.values()}.values():
            members = {number: trial for number, trial in self._running.items() if trial.group is group}
            start = time.perf_counter()
            try:
                # Trials of a group share store and shape, and so the windows and the number of steps.
                first = next(iter(members.values()))
                windows = first.data.windows
                logs = group.train_epoch(windows(), windows.steps(first.recipe.data), windows.census)
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
        evaluations = self._evaluate(trial, log)
        # Only the first worker has evaluations, and saves and reports.
        if not evaluations:
            return
        metrics = {"epoch": float(trial.epoch), **log_values(log), **_figures(evaluations)}
        metrics["seconds"] = trained + time.perf_counter() - start
        curve = [*job.curve, metrics]
        if self.judging.at == "best" and self.judging.best_epoch(curve) == trial.epoch:
            trial.best = trial.group.heads(trial.slot).tensors()
        # The last epoch needs no state to resume from. The state is written while evaluations and checkpoint are, and
        # must be on disk before the report: from then on another cell may ask for it.
        ends = trial.epoch >= job.epochs or self.judging.is_over(curve)
        saved = None if ends else states.save(job.number, trial.epoch, trial.state(), curve)
        self._keep(job, trial, evaluations, curve, ends)
        if saved is None:
            states.finish(job.number, trial.epoch, curve)
        else:
            saved.result()
        self.broker.report(job.number, trial.epoch, metrics)

    def _evaluate(self, trial: _RunningTrial, log: EpochLog) -> Sequence[Evaluation]:
        """Evaluate on the first worker, none on others, and let all workers' adaptive schedules follow the metrics."""
        evaluations: list[Evaluation] = []
        try:
            if self.world.rank == 0:
                heads = trial.group.heads(trial.slot)
                evaluations = [evaluate(heads, queries, name) for name, queries in trial.data.judged_on().items()]
        finally:
            # Also if the evaluation failed: the other workers wait for this message.
            if trial.group.adapts(trial.slot):
                metrics = self.world.from_first(_figures(evaluations) or None)
                if metrics is not None:
                    trial.group.advance(trial.slot, signals_of(log, metrics))
        return evaluations

    def _keep(
        self,
        job: Job,
        trial: _RunningTrial,
        evaluations: Sequence[Evaluation],
        curve: Sequence[Mapping[str, float]],
        ends: bool,
    ) -> None:
        """Save a trial's evaluations of the epoch that is judged so far, and its checkpoint of it after the last."""
        judged = self.judging.judged_epoch(curve)
        if judged == trial.epoch:
            for evaluation in evaluations:
                evaluation.save(self.folders.evaluations / f"{job.number:04d}.{evaluation.name}.npz")
        if ends:
            save_checkpoint(
                self.folders.checkpoints / f"{job.number:04d}",
                trial.recipe,
                trial.judged_heads(),
                trial.data.info,
                {name: value for name, value in curve[judged - 1].items() if is_metric(name)},
                judged if self.judging.at == "best" else None,
            )


def _figures(evaluations: Sequence[Evaluation]) -> dict[str, float]:
    """Return the metrics of all evaluations by name."""
    return {name: value for evaluation in evaluations for name, value in evaluation.metrics.items()}


def log_values(log: EpochLog) -> dict[str, float]:
    """Return the figures of an epoch that a curve keeps; those not measured or not finite are left out."""
    figures = {
        "loss": log.loss,
        "audio_accuracy": log.audio_accuracy,
        "text_accuracy": log.text_accuracy,
        "swap_accuracy": log.swap_accuracy,
        "swap_share": log.swap_share,
        "swap_asked": log.swap_asked,
        "swap_negatives": log.swap_negatives,
        "swap_terms_short": log.swap_terms_short,
        "texts_without_swap": log.texts_without_swap,
        "kept_share": log.kept_share,
        "temperature": log.temperature,
        "collapsed": log.collapsed,
        **{f"share.{name}": share for name, share in log.source_shares.items()},
        **{f"share.{name}.asked": share for name, share in log.asked_sources.items()},
        **{f"share.dataset.{name}": share for name, share in log.dataset_shares.items()},
        **{f"share.dataset.{name}.asked": share for name, share in log.asked_datasets.items()},
        **log.schedules,
    }
    return {name: float(value) for name, value in figures.items() if value is not None and math.isfinite(value)}
