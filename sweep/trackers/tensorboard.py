"""TensorBoard: one run per trial in the run folder's ``tensorboard``, with curves and the HParams plugin's data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sweep.trackers import hparams
from sweep.trackers.event_files import EventFile, read_events
from sweep.trackers.protocol import TrackedSweep, TrackedTrial, finite_metrics

NAME = "TensorBoard"


class TensorBoard:
    """Event files that grow with every epoch. Events that a trial's folder has already are not written again."""

    def __init__(self, folder: Path, sweep: TrackedSweep) -> None:
        self._folder = folder
        self._sweep = sweep
        self._trials: dict[int, _TrialEvents] = {}
        if not any(_tags(event) & {hparams.EXPERIMENT} for event in read_events(folder)):
            file = EventFile(folder)
            file.write(hparams.experiment(sweep))
            file.close()

    def write(self, trial: TrackedTrial) -> None:
        """Take in a trial's state (`Tracker.write`): write the events that its folder does not have yet."""
        if trial.number not in self._trials:
            self._trials[trial.number] = _TrialEvents(self._folder / trial.label)
        events = self._trials[trial.number]
        events.begin(self._sweep, trial)
        for point in trial.curve:
            events.add(point)
        if trial.ended:
            events.end(trial)

    def finish(self, files: Sequence[Path]) -> None:
        """Do nothing (`Tracker.finish`): TensorBoard keeps no files."""

    def close(self) -> None:
        """Close the files of all trials (`Tracker.close`)."""
        for events in self._trials.values():
            events.close()


class _TrialEvents:
    """Events of one trial: those its folder has, and a file for new ones."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: EventFile | None = None
        self._steps: set[int] = set()
        self._written: set[str] = set()
        # A resumed sweep passes on all epochs again: what earlier processes wrote is skipped.
        for event in read_events(folder):
            tags = _tags(event)
            self._written |= tags & {hparams.START, hparams.END}
            if tags - {hparams.START, hparams.END}:
                self._steps.add(event.step)

    def begin(self, sweep: TrackedSweep, trial: TrackedTrial) -> None:
        """Write the trial's parameters, unless they are there."""
        if hparams.START not in self._written:
            self._write(hparams.start(sweep, trial))
            self._written.add(hparams.START)

    def add(self, point: Any) -> None:
        """Write the figures of an epoch, unless they are there."""
        from tensorboardX.proto.summary_pb2 import Summary

        epoch, metrics = int(point["epoch"]), finite_metrics(point)
        if epoch not in self._steps and metrics:
            values = [Summary.Value(tag=name, simple_value=value) for name, value in metrics.items()]
            # One event for all figures: a crash then cuts off whole epochs only.
            self._write(Summary(value=values), epoch)
            self._steps.add(epoch)

    def end(self, trial: TrackedTrial) -> None:
        """Write how the trial ended, unless it is there, and close the file."""
        if hparams.END not in self._written:
            self._write(hparams.end(trial))
            self._written.add(hparams.END)
        self.close()

    def _write(self, summary: Any, step: int = 0) -> None:
        """Write an event; the file is made for the first."""
        if self._file is None:
            self._file = EventFile(self._folder)
        self._file.write(summary, step)

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _tags(event: Any) -> set[str]:
    """Return the tags of an event's values."""
    return {value.tag for value in event.summary.value}
