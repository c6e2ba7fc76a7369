"""The messages of TensorBoard's HParams plugin: what is searched, what a trial has, how it ended."""

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
    """The columns of the table: parameters and metrics, the objectives first."""
    from tensorboardX.proto.api_pb2 import Experiment, HParamInfo, MetricInfo, MetricName

    kinds = {**kinds_of(sweep), **dict.fromkeys(_own_columns(sweep), "DATA_TYPE_STRING")}
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
    """A trial's parameters. Replicates of one arm are one row, with the mean of their metrics."""
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
    """How a trial ended."""
    from tensorboardX.proto.plugin_hparams_pb2 import SessionEndInfo

    status = "STATUS_FAILURE" if trial.state == "failed" else "STATUS_SUCCESS"
    return _summary(END, session_end_info=SessionEndInfo(status=status, end_time_secs=time.time()))


def kinds_of(sweep: TrackedSweep) -> dict[str, str]:
    """The searched parameters with the plugin's types: numbers, or words where any value is none."""
    return {
        name: "DATA_TYPE_FLOAT64" if _all_numbers(parameter.distribution.ends()) else "DATA_TYPE_STRING"
        for name, parameter in sweep.space.space.items()
        if parameter.searched
    }


def _group(trial: TrackedTrial) -> str:
    """What trials of one arm and one point share: ``tune, wide, optim.lr 0.001``."""
    values = (f"{name} {json.dumps(value, default=str)}" for name, value in sorted(trial.params.items()))
    return ", ".join([part for part in (trial.purpose, trial.arm) if part] + [*values])


def _own_columns(sweep: TrackedSweep) -> Iterable[str]:
    space = sweep.space
    if space.arms or space.include:
        yield ARM
    if space.tune or space.confirm:
        yield PURPOSE
    if sweep.document.stores:
        yield STORE


def _all_numbers(values: Iterable[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _set(field: Any, value: Any, kind: str) -> None:
    if kind == "DATA_TYPE_FLOAT64":
        field.number_value = float(value)
    else:
        field.string_value = value if isinstance(value, str) else json.dumps(value, default=str)


def _summary(tag: str, **content: Any) -> Any:
    from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData
    from tensorboardX.proto.summary_pb2 import Summary, SummaryMetadata

    data = HParamsPluginData(version=0, **content).SerializeToString()
    plugin = SummaryMetadata.PluginData(plugin_name="hparams", content=data)
    return Summary(value=[Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=plugin))])
