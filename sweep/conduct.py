"""A whole sweep, from its run folder to its report: trials, test split, checkpoints, status."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adsw.errors import Faults
from sweep.run_folder import RunFolder
from sweep.state import KEEP, SweepStatus, TrialState

if TYPE_CHECKING:
    from adsw.encode.store import Store
    from sweep.on_ray.driver import Driver, Outcome, Settings
    from sweep.space.model import Space
    from sweep.view.live import LiveView

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a sweep's run ended."""

    status: SweepStatus
    failures: int
    trials: int


def conduct(
    folder: RunFolder,
    space: Space,
    stores: Mapping[str, Store],
    settings: Settings,
    address: str | None,
    view: LiveView,
) -> Ending:
    """Run what is left of a sweep. The caller holds `folder.driving()`.

    Args:
        folder: the run folder, its status ``running``.
        space: what is searched.
        stores: the stores its sweep.json names, by their names there.
        settings: cells, slots and memory.
        address: of a running Ray cluster; None starts Ray on this machine.
        view: where progress is shown.

    Raises:
        RuntimeError: Ray failed for good. The folder's status is then ``failed``, and it can be resumed.
    """
    from sweep.finish import open_test_split, prune_checkpoints
    from sweep.ranking import best_completed

    try:
        outcome = _train(folder, space, stores, settings, address, view)
        if not outcome.interrupted and best_completed(folder.trials(), space.objective):
            view.event("Opening the test split for the winner and the named configurations")
            open_test_split(folder, stores, space)
            prune_checkpoints(folder, space, folder.read_sweep().get("keep", KEEP))
    except BaseException:
        folder.move_to(SweepStatus.FAILED)
        raise
    status = SweepStatus.INTERRUPTED if outcome.interrupted else SweepStatus.DONE
    sweep = folder.read_sweep()
    folder.move_to(
        status,
        seconds=round(sweep["seconds"] + outcome.seconds, 2),
        startup_seconds=round(outcome.startup_s, 2),
        served=list(outcome.cells),
    )
    records = folder.trials()
    failures = sum(record.state is TrialState.FAILED for record in records)
    return Ending(status, failures, len(records))


def reopen(folder: RunFolder) -> tuple[Space, dict[str, Store]]:
    """The space and the stores of a sweep that began before.

    Raises:
        InputError: a store is gone, or is another one now.
    """
    from adsw.encode.store import Store
    from sweep.space.load import parse_space

    sweep = folder.read_sweep()
    faults = Faults("The sweep cannot be resumed")
    stores = {}
    for name, entry in (sweep.get("stores") or {"": sweep["store"]}).items():
        store = stores[name] = Store.open(Path(entry["path"]))
        if store.info.fingerprint != entry["fingerprint"]:
            rule = f"must have the fingerprint the sweep began with, {entry['fingerprint'][:12]}"
            fix = "Put that store back, or begin a new sweep on this one."
            faults.add(str(store.path), rule, store.info.fingerprint[:12], fix)
    faults.raise_if_any()
    return parse_space(sweep["space"]), stores


def _train(
    folder: RunFolder,
    space: Space,
    stores: Mapping[str, Store],
    settings: Settings,
    address: str | None,
    view: LiveView,
) -> Outcome:
    from sweep.on_ray import session

    view.event("Starting Ray and the training cells")
    with session.session(_logical_cpus(settings), folder.log, address, gpus=settings.cells if settings.gpu else 0):
        return make_driver(folder, space, stores, settings, view).run()


def make_driver(
    folder: RunFolder, space: Space, stores: Mapping[str, Store], settings: Settings, view: LiveView
) -> Driver:
    """The driver of a sweep, showing its progress on `view` and writing TensorBoard's files."""
    from sweep.monitor import Monitor
    from sweep.on_ray.driver import Driver, Goal
    from sweep.on_ray.scheduler import Rungs
    from sweep.searchers import open_searcher
    from sweep.space.check import most_epochs
    from sweep.space.compile import base_recipe

    searcher = open_searcher(space, folder, folder.read_sweep().get("reuse", False))
    epochs = most_epochs(space, base_recipe(space))
    rungs = None
    if space.scheduler.kind == "asha" and space.scheduler.grace_epochs < epochs:
        rungs = Rungs(space.scheduler.grace_epochs, space.scheduler.reduction_factor, epochs)
    goal = Goal(space.objective.metric, space.objective.mode, epochs, rungs)
    trials = searcher.total or len(folder.trials())
    monitor = Monitor(folder.path.name, goal.metric, goal.mode, trials, epochs)
    monitor.add(folder.trials(), earlier=True)
    board = _TensorBoard(folder.tensorboard)

    def on_record(record: Any) -> None:
        monitor.add(folder.trials())
        board.write(record)

    def on_tick(snapshot: Any, startup: float | None) -> None:
        message = "" if startup else "Starting the training cells: once per sweep"
        view.update(monitor.state(snapshot, message))

    return Driver(folder, stores, space.evaluate, searcher, goal, settings, on_tick, on_record)


def _logical_cpus(settings: Settings) -> int:
    """Logical processors for Ray on this machine: half of one for each cell's workers, and room for the reads."""
    return max(os.cpu_count() or 1, settings.cells * settings.workers // 2 + 2)


class _TensorBoard:
    """Curves of ended trials as TensorBoard event files, one folder per trial."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, record: Any) -> None:
        """Write a trial's curve."""
        from tensorboardX import SummaryWriter

        with contextlib.closing(SummaryWriter(str(self._folder / f"{record.number:04d}"))) as writer:
            for point in record.curve:
                for name, value in point.items():
                    if name != "epoch" and value is not None:
                        writer.add_scalar(name, value, int(point["epoch"]))
