"""Runs a whole sweep in its run folder: trials, test split, checkpoints, status."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adsw.errors import InputError, StoppedError
from adsw.retrieval.evaluation import evaluate
from adsw.retrieval.queries import QuerySet
from adsw.store.store import Store
from adsw.train.checkpoint import load, untrained_heads
from adsw.train.recipe import resolve
from sweep.cell.messages import Snapshot
from sweep.live.live_file import LiveFile
from sweep.live.monitor import monitor_of
from sweep.live.publish import Broadcast
from sweep.on_ray import session
from sweep.on_ray.driver import Driver, Goal
from sweep.on_ray.scheduler import Rungs
from sweep.plan.host import HostNeeds, needs_of
from sweep.run.folder import RunFolder, StartedTrials
from sweep.run.ranking import best_completed, front, ranked_completed
from sweep.run.records import SweepStatus, TrialRecord, TrialState
from sweep.run.sweep_record import of_store
from sweep.search import open_searcher
from sweep.space.check import most_epochs
from sweep.space.configurations import base_recipe
from sweep.space.model import Space
from sweep.trackers.tracking import Tracking, makers_of

if TYPE_CHECKING:
    from sweep.live.view import View
    from sweep.on_ray.driver import Outcome, Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """End of a sweep's run, with its numbers of trials."""

    status: SweepStatus
    failures: int
    trials: int
    out_of_time: bool = False
    """Whether its budget of hours was spent."""


def run_sweep(
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
        InputError: no host can train.
        RuntimeError: Ray failed for good. The folder's status is then ``failed``, and it can be resumed.
    """

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
    """Run the sweep as `run_sweep` does, and record how it ended in the folder's status."""

    try:
        outcome = _train(folder, space, stores, settings, address, view)
        if not outcome.interrupted and best_completed(folder.trials(), space.objective):
            view.phase("opening the test split")
            view.event("Opening the test split for the winner and the named configurations")
            open_test_split(folder, stores, space)
            prune_checkpoints(folder, space, folder.read_sweep().keep)
    except BaseException as error:  # the status must not stay ``running``
        from_outside = isinstance(error, KeyboardInterrupt | StoppedError)
        ended = SweepStatus.INTERRUPTED if from_outside else SweepStatus.FAILED
        with contextlib.suppress(OSError):  # what stopped the sweep is to be told, not that this failed too
            folder.move_to(ended, **({} if isinstance(error, KeyboardInterrupt) else {"why": reason(error)}))
            if not isinstance(error, KeyboardInterrupt):
                note(folder.log, error)
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
    return Ending(status, failures, len(records), outcome.out_of_time)


def reason(error: BaseException) -> str:
    """Return in a line why a sweep failed."""
    if isinstance(error, StoppedError):
        return f"{error.what}."
    if isinstance(error, InputError):
        return f"{error.title}: {'; '.join(map(str, error.faults))}"
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else 'without a message'}"


def note(log: Path, error: BaseException) -> None:
    """Add an error with its traceback to the sweep's log, which may not be there yet."""
    with log.open("a", encoding="utf-8") as stream:
        stream.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} the sweep ended by an error\n")
        stream.writelines(traceback.format_exception(error))


def _train(
    folder: RunFolder,
    space: Space,
    stores: Mapping[str, Store],
    settings: Settings,
    address: str | None,
    view: View,
) -> Outcome:
    """Start Ray and the trackers, and run the trials that are left."""

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
            with contextlib.suppress(OSError):
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

    searcher = open_searcher(space, folder, folder.read_sweep().reuse)
    epochs = most_epochs(space, base_recipe(space))
    rungs = None
    # A grace period of the whole trial leaves ASHA nothing to stop.
    if space.scheduler.kind == "asha" and space.scheduler.grace_epochs < epochs:
        rungs = Rungs(space.scheduler.grace_epochs, space.scheduler.reduction_factor, epochs)
    goal = Goal(space.judging, epochs, rungs)
    monitor = monitor_of(folder, space)
    tracking.ended(folder.trials())  # those of earlier runs, which a tracker may have missed

    def on_record(record: TrialRecord) -> None:
        monitor.add([record])
        tracking.ended([record])

    def on_tick(snapshot: Any, startup: float | None) -> None:
        message = "" if startup else "Starting the training cells: once per sweep"
        tracking.running(snapshot)
        view.update(monitor.state(snapshot, tracking.trouble or message))

    def needs() -> HostNeeds:
        return needs_of(folder, space, stores, settings.cells * settings.slots)

    return Driver(folder, stores, space.evaluate, searcher, goal, settings, on_tick, on_record, view.event, needs)


def _logical_cpus(settings: Settings) -> int:
    """Return Ray's number of logical CPUs: half of one for each cell's workers, and two for reading data."""
    return max(os.cpu_count() or 1, settings.cells * settings.workers // 2 + 2)


def prune_checkpoints(folder: RunFolder, space: Space, keep: int) -> None:
    """Remove all checkpoints but those of the best `keep`, named configurations, confirmations and the front."""
    records = folder.trials()
    kept = {record.number for record in ranked_completed(records, space.objective, keep)}
    kept |= {record.number for record in records if _judged_whatever(record, space)}
    kept |= {record.number for record in front(records, space.objectives)}
    for record in records:
        if record.number not in kept:
            shutil.rmtree(folder.checkpoint(record.number), ignore_errors=True)


def open_test_split(folder: RunFolder, stores: Mapping[str, Store], space: Space) -> list[int]:
    """Evaluate on the test split and save the results.

    Evaluated are the winner, named configurations, replicates, fresh seeds, the front and untrained heads.

    Returns:
        Numbers of the trials evaluated; empty if no trial was completed or the winner's store has no test split.
    """
    records = folder.trials()
    best = best_completed(records, space.objective)
    if best is None or not _has_test(of_store(stores, best.store)):
        return []
    chosen = {record.number: record for record in (best, *front(records, space.objectives))}
    chosen |= {r.number: r for r in records if _judged_whatever(r, space) and r.state is TrialState.COMPLETED}
    queries: dict[str, QuerySet] = {}
    for number, record in sorted(chosen.items()):
        if record.store not in queries:  # read once per store
            store = of_store(stores, record.store)
            queries[record.store] = QuerySet.from_table(store.table("test"), store.info.dimensions)
        heads = load(folder.checkpoint(number)).heads
        evaluate(heads, queries[record.store], "test").save(folder.evaluation(number, "test"))
    # The winner's heads before their first step: the baseline that training must exceed.
    untrained = untrained_heads(of_store(stores, best.store).info.dimensions, resolve(best.recipe))
    evaluate(untrained, queries[best.store], "test").save(folder.evaluations / "untrained.test.npz")
    return sorted(chosen)


def _has_test(store: Store) -> bool:
    """Check whether a store has tracks in its test split."""
    split = store.info.splits.get("test")
    return split is not None and split.tracks > 0


def _judged_whatever(record: TrialRecord, space: Space) -> bool:
    """Check whether a trial is evaluated at any rank: a replicate, an included configuration, a fresh seed."""
    if record.purpose:
        return record.purpose == "confirm"
    return record.arm is not None or space.is_ablation
