"""Runs the trials of a sweep with broker, cells and Tune; it can be resumed from the run folder at any point."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ray
from ray import tune

from adsw.judging import Judging
from adsw.store.store import Store
from adsw.train.batches import WINDOW
from sweep.cell.data import RESIDENT_BYTES
from sweep.cell.messages import RefusedHost, Snapshot
from sweep.cell.saved_states import SavedStates
from sweep.on_ray.broker import start_broker
from sweep.on_ray.cell_group import CellPlan, cell_starter, is_final, room_for_cells
from sweep.on_ray.cells import Cells
from sweep.on_ray.cluster_watch import ClusterLostError, ClusterWatch
from sweep.on_ray.ending import EPOCH_S, interrupts, patience
from sweep.on_ray.scheduler import AshaScheduler, Rungs, scheduler_for
from sweep.on_ray.search_adapter import ClientSettings, RecordingSearcher
from sweep.on_ray.snapshot_memory import SnapshotMemory
from sweep.on_ray.trial_client import TrialClient
from sweep.plan.host import HostNeeds
from sweep.run.folder import RunFolder
from sweep.run.ready_time import ReadyTime
from sweep.run.records import TrialRecord
from sweep.search.protocol import Searcher
from sweep.space.evaluation_set import EvaluationSet

logger = logging.getLogger(__name__)

POLL_S = 0.25
"""Seconds between two looks of the driver at broker, cells and stop file."""
SPARE_PER_CELL = 1
"""Trials per cell beyond its slots, so that a cell has work while a trial awaits a decision or has ended."""
CLIENT_MEMORY = 1e7
"""Bytes that a trial's client reserves, instead of a processor: even 0.01 of one starves Ray Data on a small node."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a run that do not change any trial's result."""

    cells: int
    slots: int = 1
    workers: int = 1
    """Ray Train workers of one cell."""
    gpu: bool = False
    window: int = WINDOW
    resident_bytes: int = RESIDENT_BYTES
    max_hours: float | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """What trials are judged by, and the epochs at which they are compared."""

    judging: Judging
    epochs: int
    rungs: Rungs | None

    @property
    def decisions(self) -> tuple[int, ...]:
        """Epochs at which the scheduler decides about a trial."""
        return tuple(self.rungs.milestones()) if self.rungs else (self.epochs,)


@dataclass(slots=True)
class Outcome:
    """End of a run, with its times in seconds."""

    interrupted: bool = False
    out_of_time: bool = False
    startup_s: float = 0.0
    trained_s: float = 0.0
    """Until the end of the last trial, start-up included."""
    seconds: float = 0.0
    """Until the cells were closed."""
    cells: tuple[dict[str, Any], ...] = ()


@dataclass
class Driver:
    """One run of a sweep's trials."""

    folder: RunFolder
    stores: Mapping[str, Store]
    """The run's stores by name."""
    sets: Sequence[EvaluationSet]
    """Further evaluation sets."""
    searcher: Searcher
    goal: Goal
    settings: Settings
    on_tick: Callable[[Snapshot, float | None], None]
    """Called a few times a second with the broker's snapshot, and the start-up time or None before it is over."""
    on_record: Callable[[TrialRecord], None]
    """Called with each trial that has ended."""
    on_event: Callable[[str], None]
    """Called with what people should know."""
    needs: Callable[[], HostNeeds]
    """Computes what cells need of their hosts."""
    _snapshots: SnapshotMemory = field(default_factory=SnapshotMemory)
    _stop: threading.Event = field(default_factory=threading.Event)
    _ready: ReadyTime = field(init=False)

    def run(self) -> Outcome:
        """Run the trials that are left.

        Raises:
            InputError: no host can train.
            RuntimeError: every cell died for good, or Tune failed.
        """
        outcome, lost = Outcome(), False
        begun = time.monotonic()
        self._ready = ReadyTime(self.folder, self.settings.max_hours)
        # Unique, as a cluster may serve several sweeps of one name.
        name = f"broker-{self.folder.path.name}-{uuid.uuid4().hex[:8]}"
        broker = start_broker(name)
        cells = self._start_cells(name, broker)
        recorder = self._recorder(name, broker)
        tuning = _Tuning(lambda: self._tuner(recorder).fit())
        tuning.start()
        try:
            with interrupts(self._stop):
                self._watch(broker, cells, tuning, begun, outcome)
        except ClusterLostError:
            self._stop.set()
            lost = True
            raise
        finally:
            self._ready.keep()
            if not lost:
                self._end(broker, cells, tuning, begun, outcome)
        if tuning.error is not None:
            raise RuntimeError("Ray Tune failed; see sweep.log") from tuning.error
        outcome.seconds = time.monotonic() - begun
        return outcome

    def _end(self, broker: Any, cells: Cells, tuning: _Tuning, begun: float, outcome: Outcome) -> None:
        """End Tune, broker and cells, and note the times."""
        if tuning.is_alive():
            self._stop.set()
        tuning.join(timeout=patience(bool(outcome.startup_s)))
        outcome.trained_s = time.monotonic() - begun
        if outcome.startup_s:
            outcome.cells = self._close(broker, cells)
        else:  # no cell is up: nothing is trained, and the broker itself may not have started
            ray.kill(broker)

    def _watch(self, broker: Any, cells: Cells, tuning: _Tuning, begun: float, outcome: Outcome) -> None:
        """Show progress until Tune is done; look for an interruption, a stop file, the time limit and dead cells."""
        cluster = ClusterWatch(ray.get_runtime_context().gcs_address)
        while tuning.is_alive():
            cluster.look()
            told = cluster.get(broker.snapshot.remote, given_up=self._asked_to_stop)
            if told is None:
                outcome.interrupted = True
                return
            snapshot = self._snapshots.complete(told)
            if not outcome.startup_s and snapshot.cells:
                outcome.startup_s = time.monotonic() - begun
                self._ready.begin()
            self.on_tick(snapshot, outcome.startup_s or None)
            # One dead cell does not end a sweep: the others train its trials.
            cells.look(snapshot.refused)
            if self._ready.is_spent():
                outcome.out_of_time = True
            if self._asked_to_stop() or outcome.out_of_time:
                outcome.interrupted = True
                self._stop.set()
                return
            tuning.join(timeout=POLL_S)
        self.on_tick(self._snapshot(broker), outcome.startup_s)

    def _snapshot(self, broker: Any) -> Snapshot:
        """Return the broker's state, with what a broker that was started again does not know yet."""
        snapshot: Snapshot = ray.get(broker.snapshot.remote())
        return self._snapshots.complete(snapshot)

    def _asked_to_stop(self) -> bool:
        """Check whether the sweep is to stop, by a signal or by its stop file."""
        if self.folder.stop_requested():
            self._stop.set()
        return self._stop.is_set()

    def _start_cells(self, name: str, broker: Any) -> Cells:
        """Start the cells."""
        plan = self._cell_plan(name)
        if self.folder.read_sweep().refused_hosts:
            self.folder.update_sweep(refused_hosts=[])  # those of an earlier run
        return Cells(
            [f"cell-{index}" for index in range(self.settings.cells)],
            start=cell_starter(plan, self.stores, self._scratch),
            detach=lambda cell: ray.get(broker.detach.remote(cell)),
            room=lambda: room_for_cells(plan),
            is_final=is_final,
            on_refused=self._refuse,
            on_end=lambda cell, said: self.on_event(f"{cell}: {said}"),
        )

    def _refuse(self, refused: RefusedHost) -> None:
        """Tell that a host cannot train: on the screen, in the log and in sweep.json."""
        logger.error("host %s cannot train (%s): %s", refused.host, refused.cell, refused.why)
        known = self.folder.read_sweep().refused_hosts
        self.folder.update_sweep(refused_hosts=[*known, {"host": refused.host, "why": refused.why}])
        self.on_event(f"Host {refused.host} cannot train: {refused.why}")

    def _ended(self, record: TrialRecord) -> None:
        """Take in a trial that has ended."""
        self._snapshots.forget(record.number)
        self.on_record(record)

    def _close(self, broker: Any, cells: Cells) -> tuple[dict[str, Any], ...]:
        """Close broker and cells, and return epochs, seconds and incarnations of each cell."""
        snapshot = self._snapshot(broker)
        ray.get(broker.close.remote())
        # Those that are not up train nothing, and are not waited for.
        cells.join(EPOCH_S, {view.cell for view in snapshot.cells})
        ray.kill(broker)
        return tuple(
            {
                "cell": view.cell,
                "incarnations": view.incarnation,
                "epochs": view.epochs,
                "busy_s": round(view.busy_s, 2),
            }
            for view in snapshot.cells
        )

    @property
    def _scratch(self) -> Path:
        """Folder for Train's and Tune's own records, from which a sweep never reads."""
        return self.folder.path.resolve() / "ray"

    def _recorder(self, name: str, broker: Any) -> RecordingSearcher:
        """Return the searcher that Tune asks, which also records the trials."""
        settings = ClientSettings(name, self.goal.judging, self.goal.decisions)
        return RecordingSearcher(self.searcher, self.folder, broker, settings, self._ended, self._stop)

    def _tuner(self, recorder: RecordingSearcher) -> tune.Tuner:
        """Return Tune's loop over trials, with rungs filled by earlier trials."""
        scheduler = scheduler_for(self.goal.rungs, self.goal.judging.metric, self.goal.judging.mode)
        if isinstance(scheduler, AshaScheduler):
            scheduler.replay(self._earlier_curves())
        return tune.Tuner(
            tune.with_resources(TrialClient, {"memory": CLIENT_MEMORY}),
            tune_config=tune.TuneConfig(
                search_alg=recorder,
                scheduler=scheduler,
                num_samples=-1,  # the searcher says when there are no more
                max_concurrent_trials=self.settings.cells * (self.settings.slots + SPARE_PER_CELL),
                reuse_actors=True,  # the next trial takes over the process of an ended one
            ),
            run_config=tune.RunConfig(
                name=f"tune-{uuid.uuid4().hex[:8]}",
                storage_path=str(self._scratch),
                stop=_StopOn(self._stop),
                failure_config=tune.FailureConfig(max_failures=3),
                checkpoint_config=tune.CheckpointConfig(checkpoint_frequency=0, checkpoint_at_end=False),
                verbose=0,  # the live view shows progress
            ),
        )

    def _earlier_curves(self) -> Iterator[list[dict[str, float]]]:
        """Yield the curves of ended trials, and of unfinished ones up to the decision that may still be open."""
        for record in self.folder.trials():
            if not record.purpose:
                yield self.goal.judging.so_far(record.curve)
        states = SavedStates(self.folder.states)
        for number in self.folder.unfinished():
            yield self.goal.judging.so_far(states.progress(number).curve[:-1])
        states.close()

    def _cell_plan(self, broker: str) -> CellPlan:
        """Return the settings of every cell."""
        return CellPlan(
            stores={name: str(store.path.resolve()) for name, store in self.stores.items()},
            sets=tuple(entry.model_dump() for entry in self.sets),
            broker=broker,
            states=str(self.folder.states.resolve()),
            evaluations=str(self.folder.evaluations.resolve()),
            checkpoints=str(self.folder.checkpoints.resolve()),
            capacity=self.settings.slots,
            gpu=self.settings.gpu,
            workers=self.settings.workers,
            window=self.settings.window,
            resident_bytes=self.settings.resident_bytes,
            needs=self.needs().document(),
            judging=self.goal.judging.document(),
        )


class _Tuning(threading.Thread):
    """Tune's loop in a thread, as the main thread must handle the screen and signals."""

    def __init__(self, fit: Callable[[], Any]) -> None:
        super().__init__(name="tune", daemon=True)
        self._fit = fit
        self.error: BaseException | None = None

    def run(self) -> None:
        """Run the loop, and keep a failure in `error`."""
        try:
            self._fit()
        except BaseException as error:
            logger.exception("Ray Tune failed")
            self.error = error


class _StopOn(tune.Stopper):  # type: ignore[misc]
    """Ends the experiment once an event is set."""

    def __init__(self, event: threading.Event) -> None:
        self._event = event

    def __getstate__(self) -> dict[str, Any]:
        """Return nothing: Tune pickles its settings, an event cannot be pickled, and sweeps never restore from them."""
        return {}

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Return False: no trial ends on its own account."""
        del trial_id, result
        return False

    def stop_all(self) -> bool:
        """Check whether the event is set."""
        return self._event.is_set()
