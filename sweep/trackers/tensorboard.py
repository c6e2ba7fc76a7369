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
    """Event files that grow with every epoch. What stands in a trial's folder already is not written again."""

    def __init__(self, folder: Path, sweep: TrackedSweep) -> None:
        self._folder = folder
        self._sweep = sweep
        self._trials: dict[int, _TrialEvents] = {}
        if not any(_tags(event) & {hparams.EXPERIMENT} for event in read_events(folder)):
            file = EventFile(folder)
            file.write(hparams.experiment(sweep))
            file.close()

    def write(self, trial: TrackedTrial) -> None:
        """See `Tracker.write`."""
        if trial.number not in self._trials:
            self._trials[trial.number] = _TrialEvents(self._folder / trial.label)
        events = self._trials[trial.number]
        events.begin(self._sweep, trial)
        for point in trial.curve:
            events.add(point)
        if trial.ended:
            events.end(trial)

    def finish(self, files: Sequence[Path]) -> None:
        """See `Tracker.finish`; TensorBoard keeps no files."""

    def close(self) -> None:
        """See `Tracker.close`."""
        for events in self._trials.values():
            events.close()


class _TrialEvents:
    """What is in one trial's folder, and a file for what is new."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: EventFile | None = None
        self._steps: set[int] = set()
        self._told: set[str] = set()
        for event in read_events(folder):
            tags = _tags(event)
            self._told |= tags & {hparams.START, hparams.END}
            if tags - {hparams.START, hparams.END}:
                self._steps.add(event.step)

    def begin(self, sweep: TrackedSweep, trial: TrackedTrial) -> None:
        if hparams.START not in self._told:
            self._write(hparams.start(sweep, trial))
            self._told.add(hparams.START)

    def add(self, point: Any) -> None:
        """All figures of an epoch as one event: a crash tears off whole epochs."""
        from tensorboardX.proto.summary_pb2 import Summary

        epoch, metrics = int(point["epoch"]), finite_metrics(point)
        if epoch not in self._steps and metrics:
            values = [Summary.Value(tag=name, simple_value=value) for name, value in metrics.items()]
            self._write(Summary(value=values), epoch)
            self._steps.add(epoch)

    def end(self, trial: TrackedTrial) -> None:
        if hparams.END not in self._told:
            self._write(hparams.end(trial))
            self._told.add(hparams.END)
        self.close()

    def _write(self, summary: Any, step: int = 0) -> None:
        if self._file is None:
            self._file = EventFile(self._folder)
        self._file.write(summary, step)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _tags(event: Any) -> set[str]:
    return {value.tag for value in event.summary.value}
