"""The trackers of a sweep: kept up to date while it runs, and completed at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from types import TracebackType
from typing import Self

from sweep.cell.messages import Snapshot
from sweep.run.command_lines import command_line
from sweep.run.folder import RunFolder, StartedTrials
from sweep.run.records import TrialRecord
from sweep.space.model import Space
from sweep.trackers import tensorboard
from sweep.trackers.mlflow import MLflow
from sweep.trackers.mlflow_place import OFF
from sweep.trackers.protocol import CLOSING_S, Relay, TrackedSweep, TrackedTrial, Tracker, reason_of


def tracked_sweep(folder: RunFolder, space: Space) -> TrackedSweep:
    """Return a sweep as trackers describe it."""
    compared = space.method == "grid" and bool(space.arms or space.replicates or space.until_decided)
    return TrackedSweep(folder.path.name, folder.read_sweep(), space, space.objectives, compared)


def makers_of(folder: RunFolder, space: Space) -> dict[str, Callable[[], Tracker]]:
    """Return functions that make the trackers that a run's sweep.json asks for, by name; TensorBoard always."""
    sweep = tracked_sweep(folder, space)
    makers: dict[str, Callable[[], Tracker]] = {
        tensorboard.NAME: partial(tensorboard.TensorBoard, folder.tensorboard, sweep)
    }
    place = sweep.document.mlflow
    if place != OFF:
        makers["MLflow"] = partial(_mlflow, place, folder, sweep)
    return makers


class Tracking:
    """Keeps all trackers of a sweep up to date on its trials; a context manager around its run.

    Args:
        makers: functions that make the trackers, by name.
        started: reads the ``started/NNNN.json`` of a trial under way.
        tell: prints a line for the person at the terminal.
        patience: seconds that a tracker gets at the end for what it has not taken in.
    """

    def __init__(
        self,
        makers: dict[str, Callable[[], Tracker]],
        started: StartedTrials,
        tell: Callable[[str], None],
        patience: float = CLOSING_S,
    ) -> None:
        self._relays = [Relay(name, make, tell) for name, make in makers.items()]
        self._started = started
        self._tell = tell
        self._patience = patience
        self._ended: set[int] = set()
        self._epochs: dict[int, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for relay in self._relays:
            missing = relay.close(self._patience)
            again = command_line("resume", self._started.folder.parent)
            if missing:
                self._tell(f"{relay.name} has not taken in {missing} trials; {again} sends them again.")

    @property
    def trouble(self) -> str:
        """Messages about trackers that fail now; empty while all is well."""
        return " ".join(relay.trouble for relay in self._relays if relay.trouble)

    @property
    def failures(self) -> dict[str, int]:
        """Failed attempts by tracker, of those that had any."""
        return {relay.name: relay.failures for relay in self._relays if relay.failures}

    def ended(self, records: Iterable[TrialRecord]) -> None:
        """Pass on trials that have ended, each only once."""
        for record in records:
            if record.number not in self._ended:
                self._ended.add(record.number)
                self._put(TrackedTrial.of(record))

    def running(self, snapshot: Snapshot) -> None:
        """Pass on those trials under way that have another epoch since the last call."""
        for trial in snapshot.trials:
            if trial.number in self._ended or self._epochs.get(trial.number) == trial.epoch:
                continue
            document = self._started(trial.number)
            # A trial whose file is not there yet is passed on at a later call.
            if document:
                self._epochs[trial.number] = trial.epoch
                self._put(TrackedTrial.running(trial.number, document, trial.curve))

    def _put(self, trial: TrackedTrial) -> None:
        """Queue a trial's state for every tracker."""
        for relay in self._relays:
            relay.put(trial)


def finish(folder: RunFolder, space: Space, tell: Callable[[str], None]) -> None:
    """Give report and leaderboard of a sweep that is done to the trackers that keep files, and all its trials again.

    A tracker that fails is reported by `tell`, and costs the sweep nothing.
    """
    records, makers = folder.trials(), makers_of(folder, space)
    # TensorBoard keeps no files, and has all trials.
    del makers[tensorboard.NAME]
    for name, make in makers.items():
        try:
            tracker = make()
            for record in records:
                tracker.write(TrackedTrial.of(record))
            tracker.finish([file for file in (folder.report, folder.leaderboard) if file.exists()])
            tracker.close()
        except Exception as error:
            again = command_line("resume", folder.path)
            tell(f"{name} failed at the end ({reason_of(error)}). The sweep is done; {again} sends it again.")


def _mlflow(place: str, folder: RunFolder, sweep: TrackedSweep) -> Tracker:
    """Make the tracker of MLflow, which is imported only now: the import takes long and needs the package."""

    return MLflow(place, folder.path.parent, sweep)
