"""Runs a whole sweep in its run folder: trials, test split, checkpoints, status."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adsw.errors import Faults
from sweep.run_folder import RunFolder
from sweep.state import SweepStatus, TrialRecord, TrialState

if TYPE_CHECKING:
    from adsw.encode.store import Store
    from sweep.on_ray.driver import Driver, Outcome, Settings
    from sweep.space.model import Space
    from sweep.trackers.tracking import Tracking
    from sweep.view.live import View

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """End of a sweep's run, with its numbers of trials."""

    status: SweepStatus
    failures: int
    trials: int


def conduct(
    folder: RunFolder,
    space: Space,
    stores: Mapping[str, Store],
    settings: Settings,
    address: str | None,
    view: View,
) -> Ending:
    """Run the trials that are left of a sweep, then its evaluation on the test split.

    The caller holds `folder.driving()`.

    Args:
        folder: the run folder, its status ``running``.
        space: what is searched.
        stores: the stores its sweep.json names, by their names there.
        settings: cells, slots and memory.
        address: address of a running Ray cluster; None starts Ray on this machine.
        view: view that shows progress.

    Raises:
        RuntimeError: Ray failed for good. The folder's status is then ``failed``, and it can be resumed.
    """
    from sweep.broadcast import Broadcast
    from sweep.cell.protocol import Snapshot
    from sweep.live_file import LiveFile
    from sweep.monitor import monitor_of

    first = monitor_of(folder, space).state(Snapshot())
    with Broadcast(view, LiveFile(folder.path), first) as shown:
        return _conduct(folder, space, stores, settings, address, shown)


def _conduct(
    folder: RunFolder,
    space: Space,
    stores: Mapping[str, Store],
    settings: Settings,
    address: str | None,
    view: View,
) -> Ending:
    """Run the sweep as `conduct` does, and record how it ended in the folder's status."""
    from sweep.finish import open_test_split, prune_checkpoints
    from sweep.ranking import best_completed

    try:
        outcome = _train(folder, space, stores, settings, address, view)
        if not outcome.interrupted and best_completed(folder.trials(), space.objective):
            view.phase("opening the test split")
            view.event("Opening the test split for the winner and the named configurations")
            open_test_split(folder, stores, space)
            prune_checkpoints(folder, space, folder.read_sweep().keep)
    except BaseException:  # also a second Ctrl+C: the status must not stay ``running``
        folder.move_to(SweepStatus.FAILED)
        raise
    status = SweepStatus.INTERRUPTED if outcome.interrupted else SweepStatus.DONE
    before = folder.read_sweep().seconds or 0.0  # a resumed sweep adds to what earlier runs took
    folder.move_to(
        status,
        seconds=round(before + outcome.seconds, 2),
        startup_seconds=round(outcome.startup_s, 2),
        served=list(outcome.cells),
    )
    records = folder.trials()
    failures = sum(record.state is TrialState.FAILED for record in records)
    return Ending(status, failures, len(records))


def reopen(folder: RunFolder) -> tuple[Space, dict[str, Store]]:
    """Read the space of an existing run, and open its stores.

    Returns:
        The space, and the stores by name.

    Raises:
        InputError: a store is missing, or its fingerprint has changed.
    """
    from adsw.encode.store import Store
    from sweep.space.load import parse_space

    sweep = folder.read_sweep()
    faults = Faults("The sweep cannot be resumed")
    stores = {}
    for name, entry in sweep.named_stores.items():
        store = stores[name] = Store.open(Path(entry.path or ""))
        if store.info.fingerprint != entry.fingerprint:
            rule = f"must have the fingerprint the sweep began with, {(entry.fingerprint or '')[:12]}"
            fix = "Put that store back, or begin a new sweep on this one."
            faults.add(str(store.path), rule, store.info.fingerprint[:12], fix)
    faults.raise_if_any()
    return parse_space(sweep.space), stores


def _train(
    folder: RunFolder,
    space: Space,
    stores: Mapping[str, Store],
    settings: Settings,
    address: str | None,
    view: View,
) -> Outcome:
    """Start Ray and the trackers, and run the trials that are left."""
    from sweep.on_ray import session
    from sweep.started_trials import StartedTrials
    from sweep.trackers.tracking import Tracking, makers_of

    view.event("Starting Ray and the training cells")
    tracking = Tracking(makers_of(folder, space), StartedTrials(folder.started), view.event)
    gpus = settings.cells if settings.gpu else 0
    try:
        with tracking, session.session(_logical_cpus(settings), folder.log, address, gpus=gpus):
            outcome = make_driver(folder, space, stores, settings, view, tracking).run()
            tracking.ended(folder.trials())
            return outcome
    finally:
        if tracking.failures:  # recorded even if the sweep failed
            folder.update_sweep(tracker_failures=tracking.failures)


def make_driver(
    folder: RunFolder,
    space: Space,
    stores: Mapping[str, Store],
    settings: Settings,
    view: View,
    tracking: Tracking,
) -> Driver:
    """Return the driver of a sweep, which shows progress on `view` and reports trials to the trackers."""
    from sweep.monitor import monitor_of
    from sweep.on_ray.driver import Driver, Goal
    from sweep.on_ray.scheduler import Rungs
    from sweep.searchers import open_searcher
    from sweep.space.check import most_epochs
    from sweep.space.compile import base_recipe

    searcher = open_searcher(space, folder, folder.read_sweep().reuse)
    epochs = most_epochs(space, base_recipe(space))
    rungs = None
    # A grace period of the whole trial leaves ASHA nothing to stop.
    if space.scheduler.kind == "asha" and space.scheduler.grace_epochs < epochs:
        rungs = Rungs(space.scheduler.grace_epochs, space.scheduler.reduction_factor, epochs)
    goal = Goal(space.objective.metric, space.objective.mode, epochs, rungs)
    monitor = monitor_of(folder, space)
    tracking.ended(folder.trials())  # those of earlier runs, which a tracker may have missed

    def on_record(record: TrialRecord) -> None:
        monitor.add([record])
        tracking.ended([record])

    def on_tick(snapshot: Any, startup: float | None) -> None:
        message = "" if startup else "Starting the training cells: once per sweep"
        tracking.running(snapshot)
        view.update(monitor.state(snapshot, tracking.trouble or message))

    return Driver(folder, stores, space.evaluate, searcher, goal, settings, on_tick, on_record)


def _logical_cpus(settings: Settings) -> int:
    """Return Ray's number of logical CPUs: half of one for each cell's workers, and two for reading data."""
    return max(os.cpu_count() or 1, settings.cells * settings.workers // 2 + 2)
