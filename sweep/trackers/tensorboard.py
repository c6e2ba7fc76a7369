"""TensorBoard: one run per trial in the run folder's ``tensorboard``, with curves and the HParams plugin's data."""

from __future__ import annotations

import json
import os
import socket
import struct
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from adsw.metrics import validation_metrics
from sweep.trackers.protocol import TrackedSweep, TrackedTrial, finite_metrics

EXPERIMENT = "_hparams_/experiment"

START = "_hparams_/session_start_info"

END = "_hparams_/session_end_info"

ARM, PURPOSE, STORE = "arm", "purpose", "store"
"""Columns beside the searched parameters."""


def experiment(sweep: TrackedSweep) -> Any:
    """Return the message with the table's columns: parameters and metrics, the objectives first."""
    from tensorboardX.proto.api_pb2 import Experiment, HParamInfo, MetricInfo, MetricName

    kinds = {**kinds_of(sweep), **dict.fromkeys(_extra_columns(sweep), "DATA_TYPE_STRING")}
    # A mapping and not a set: it drops repeated names and keeps their order.
    metrics = dict.fromkeys(
        [*(objective.metric for objective in sweep.objectives), *validation_metrics(), "train/loss"]
    )
    return _summary(
        EXPERIMENT,
        experiment=Experiment(
            name=sweep.name,
            description=sweep.space.description,
            time_created_secs=time.time(),
            hparam_infos=[HParamInfo(name=name, type=kind) for name, kind in kinds.items()],
            metric_infos=[MetricInfo(name=MetricName(tag=name), display_name=name) for name in metrics],
        ),
    )


def start(sweep: TrackedSweep, trial: TrackedTrial) -> Any:
    """Return the message with a trial's parameters.

    Replicates of one arm share a group: TensorBoard shows them as one row, with the mean of their metrics.
    """
    from tensorboardX.proto.plugin_hparams_pb2 import SessionStartInfo

    info = SessionStartInfo(group_name=_group(trial) if sweep.compared else trial.label, start_time_secs=time.time())
    kinds = kinds_of(sweep)
    for name, value in trial.params.items():
        _set(info.hparams[name], value, kinds.get(name, "DATA_TYPE_STRING"))
    for name, value in zip((ARM, PURPOSE, STORE), (trial.arm, trial.purpose, trial.store), strict=True):
        if value:
            info.hparams[name].string_value = value
    return _summary(START, session_start_info=info)


def end(trial: TrackedTrial) -> Any:
    """Return the message that a trial has ended, well or by a failure."""
    from tensorboardX.proto.plugin_hparams_pb2 import SessionEndInfo

    status = "STATUS_FAILURE" if trial.state == "failed" else "STATUS_SUCCESS"
    return _summary(END, session_end_info=SessionEndInfo(status=status, end_time_secs=time.time()))


def kinds_of(sweep: TrackedSweep) -> dict[str, str]:
    """Return the searched parameters with the plugin's types: numbers, or strings if any value is not a number."""
    return {
        name: "DATA_TYPE_FLOAT64" if _all_numbers(parameter.distribution.ends()) else "DATA_TYPE_STRING"
        for name, parameter in sweep.space.space.items()
        if parameter.searched
    }


def _group(trial: TrackedTrial) -> str:
    """Return the group name that trials of one arm and one point share: ``tune, wide, optim.lr 0.001``."""
    values = (f"{name} {json.dumps(value, default=str)}" for name, value in sorted(trial.params.items()))
    return ", ".join([part for part in (trial.purpose, trial.arm) if part] + [*values])


def _extra_columns(sweep: TrackedSweep) -> Iterable[str]:
    """Yield the columns beside the searched parameters that the sweep has values for."""
    space = sweep.space
    if space.arms or space.include:
        yield ARM
    if space.tune or space.confirm:
        yield PURPOSE
    if sweep.document.stores:
        yield STORE


def _all_numbers(values: Iterable[Any]) -> bool:
    """Return whether all values are numbers; a bool, an int to Python, is none."""
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _set(field: Any, value: Any, kind: str) -> None:
    """Set a protobuf field to a value, as the number or string that the column's type asks for."""
    if kind == "DATA_TYPE_FLOAT64":
        field.number_value = float(value)
    else:
        field.string_value = value if isinstance(value, str) else json.dumps(value, default=str)


def _summary(tag: str, **content: Any) -> Any:
    """Return a summary that carries a message of the plugin."""
    from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData
    from tensorboardX.proto.summary_pb2 import Summary, SummaryMetadata

    data = HParamsPluginData(version=0, **content).SerializeToString()
    plugin = SummaryMetadata.PluginData(plugin_name="hparams", content=data)
    return Summary(value=[Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=plugin))])


PREFIX = "events.out.tfevents."

_HEAD, _FOOT = 12, 4
"""Bytes around an event: length (8) and its checksum (4) before it, its own checksum (4) after it."""


def read_events(folder: Path) -> Iterator[Any]:
    """Yield every whole event of a folder's files, the oldest file first; records that a crash cut off are skipped."""
    from tensorboardX.proto.event_pb2 import Event

    for path in sorted(folder.glob(f"{PREFIX}*")):
        for data in _records(path.read_bytes()):
            yield Event.FromString(data)


def _records(data: bytes) -> Iterator[bytes]:
    """Yield the whole records of a file's bytes, up to the first that is cut off or damaged."""
    from tensorboardX.record_writer import masked_crc32c

    place = 0
    while place + _HEAD <= len(data):
        length, checksum = struct.unpack_from("<QI", data, place)
        begin, end = place + _HEAD, place + _HEAD + length
        if checksum != masked_crc32c(data[place : place + 8]) or end + _FOOT > len(data):
            return
        yield data[begin:end]
        place = end + _FOOT


class EventFile:
    """A new file of events in a folder. TensorBoard reads all files of a folder as one run."""

    def __init__(self, folder: Path) -> None:
        from tensorboardX.record_writer import RecordWriter

        folder.mkdir(parents=True, exist_ok=True)
        # TensorBoard reads files in the order of their names, and leaves one for good when it begins the next.
        name = f"{PREFIX}{time.time_ns() // 1000:017d}.{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}"
        self._writer = RecordWriter(str(folder / name))
        self._write(file_version="brain.Event:2")

    def write(self, summary: Any, step: int = 0) -> None:
        """Add an event and flush it to the file."""
        self._write(summary=summary, step=step)

    def _write(self, **fields: Any) -> None:
        """Add an event of these fields, with the time, and flush it."""
        from tensorboardX.proto.event_pb2 import Event

        self._writer.write(Event(wall_time=time.time(), **fields).SerializeToString())
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        self._writer.close()


NAME = "TensorBoard"


class TensorBoard:
    """Event files that grow with every epoch. Events that a trial's folder has already are not written again."""

    def __init__(self, folder: Path, sweep: TrackedSweep) -> None:
        self._folder = folder
        self._sweep = sweep
        self._trials: dict[int, _TrialEvents] = {}
        if not any(_tags(event) & {EXPERIMENT} for event in read_events(folder)):
            file = EventFile(folder)
            file.write(experiment(sweep))
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
            self._written |= tags & {START, END}
            if tags - {START, END}:
                self._steps.add(event.step)

    def begin(self, sweep: TrackedSweep, trial: TrackedTrial) -> None:
        """Write the trial's parameters, unless they are there."""
        if START not in self._written:
            self._write(start(sweep, trial))
            self._written.add(START)

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
        if END not in self._written:
            self._write(end(trial))
            self._written.add(END)
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
