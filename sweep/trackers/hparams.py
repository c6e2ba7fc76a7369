"""Messages of TensorBoard's HParams plugin: the searched parameters, a trial's values and its end."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

from adsw.metrics import validation_metrics
from sweep.trackers.protocol import TrackedSweep, TrackedTrial

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
