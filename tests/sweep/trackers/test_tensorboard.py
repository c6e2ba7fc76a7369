"""TensorBoard's files, read by TensorBoard itself: curves, the table of hyperparameters, and torn files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sweep.trackers import tensorboard as hparams
from sweep.trackers.protocol import TrackedSweep
from sweep.trackers.tensorboard import PREFIX, EventFile, TensorBoard, read_events
from tests.sweep.trackers.tracked import ARMS, METRIC, SPACE, trial


def plugin_data(folder: Path) -> dict[str, Any]:
    """The HParams plugin's messages of a folder, by tag."""
    from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData

    found = {}
    for event in read_events(folder):
        for value in event.summary.value:
            if value.metadata.plugin_data.plugin_name == "hparams":
                assert value.tag not in found, "each once: the plugin reads the first"
                found[value.tag] = HParamsPluginData.FromString(value.metadata.plugin_data.content)
    return found


def test_the_table_has_the_searched_parameters_and_the_objective_first(sweep: TrackedSweep, tmp_path: Path) -> None:
    TensorBoard(tmp_path / "board", sweep).close()
    TensorBoard(tmp_path / "board", sweep).close()
    found = plugin_data(tmp_path / "board")[hparams.EXPERIMENT].experiment
    columns = {info.name: hparams_type(info.type) for info in found.hparam_infos}
    assert columns == {
        "optim.lr": "DATA_TYPE_FLOAT64",
        "text.view_dropout.balance": "DATA_TYPE_STRING",
        "arm": "DATA_TYPE_STRING",
    }
    assert found.metric_infos[0].name.tag == METRIC
    assert found.description == SPACE["description"]


def hparams_type(value: int) -> str:
    from tensorboardX.proto.api_pb2 import DataType

    return str(DataType.Name(value))


def test_every_trial_has_its_values_and_says_how_it_ended(sweep: TrackedSweep, tmp_path: Path) -> None:
    folder = tmp_path / "board"
    board = TensorBoard(folder, sweep)
    board.write(trial(0, 1, "completed", arm="default"))
    board.write(trial(1, 1, "failed", purpose="confirm"))
    board.write(trial(2, 1))
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["0000-default", "0001-confirm", "0002"]
    default = plugin_data(folder / "0000-default")
    values = {
        name: value.string_value or value.number_value
        for name, value in default[hparams.START].session_start_info.hparams.items()
    }
    assert values == {"optim.lr": 0.001, "text.view_dropout.balance": "category", "arm": "default"}
    assert default[hparams.END].session_end_info.status == 1  # SUCCESS
    failed = plugin_data(folder / "0001-confirm")
    assert failed[hparams.END].session_end_info.status == 2  # FAILURE
    assert failed[hparams.START].session_start_info.hparams["purpose"].string_value == "confirm"
    assert hparams.END not in plugin_data(folder / "0002")


def test_replicates_of_an_arm_are_one_row_and_its_tuning_another(ablation: TrackedSweep, tmp_path: Path) -> None:
    board = TensorBoard(tmp_path, ablation)
    same: dict[str, Any] = {"arm": "wide", "params": {}}
    board.write(trial(0, 1, "completed", seed=1, **same))
    board.write(trial(1, 1, "completed", seed=2, **same))
    board.write(trial(2, 1, "completed", seed=9, purpose="tune", **same))
    groups = [
        plugin_data(tmp_path / name)[hparams.START].session_start_info.group_name
        for name in ("0000-wide", "0001-wide", "0002-tune-wide")
    ]
    assert groups[0] == groups[1] != groups[2]
    assert ARMS["method"] == "grid"


def test_a_file_torn_by_a_crash_costs_what_was_torn(sweep: TrackedSweep, tmp_path: Path) -> None:
    board = TensorBoard(tmp_path, sweep)
    board.write(trial(0, 3))
    (file,) = (tmp_path / "0000").glob(f"{PREFIX}*")
    data = file.read_bytes()
    for cut in (1, 20, len(data) - 30):
        file.write_bytes(data[:-cut])
        list(read_events(tmp_path / "0000"))
    file.write_bytes(data[:-20])
    again = TensorBoard(tmp_path, sweep)
    again.write(trial(0, 4, "completed"))
    steps = [
        event.step
        for event in read_events(tmp_path / "0000")
        if any(v.tag == "train/loss" for v in event.summary.value)
    ]
    assert steps == [1, 2, 3, 4]


def test_tensorboard_reads_what_we_write(sweep: TrackedSweep, tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    board = TensorBoard(tmp_path, sweep)
    board.write(trial(0, 2, arm="default"))
    (file,) = (tmp_path / "0000-default").glob(f"{PREFIX}*")
    file.write_bytes(file.read_bytes()[:-9])  # killed while it wrote the second epoch
    again = TensorBoard(tmp_path, sweep)
    again.write(trial(0, 5, "completed", arm="default"))
    found = accumulator.EventAccumulator(str(tmp_path / "0000-default"))
    found.Reload()
    assert set(found.Tags()["scalars"]) == {METRIC, "train/loss", "train/seconds"}
    assert [(point.step, round(point.value, 6)) for point in found.Scalars(METRIC)] == [
        (1, 0.1),
        (2, 0.2),
        (3, 0.3),
        (4, 0.4),
        (5, 0.5),
    ]
    assert found.SummaryMetadata(hparams.START).plugin_data.plugin_name == "hparams"


def test_the_hparams_plugin_makes_its_table_of_it(ablation: TrackedSweep, tmp_path: Path) -> None:
    """The plugin's own code, on the files of an ablation: one row per arm, with the mean of its replicates."""
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
    from tensorboard.context import RequestContext
    from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups

    board = TensorBoard(tmp_path, ablation)
    for number, (arm, epochs) in enumerate([("narrow", 2), ("wide", 4), ("narrow", 4), ("wide", 6)]):
        board.write(trial(number, epochs, "completed", arm=arm, params={}))
    board.close()
    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(tmp_path))
    multiplexer.Reload()
    context = backend_context.Context(_Board(data_provider.MultiplexerDataProvider(multiplexer, str(tmp_path))))
    request_context = RequestContext()
    metadata = context.hparams_metadata(request_context, "")
    experiment = context.experiment_from_metadata(request_context, "", True, metadata, [])
    request = api_pb2.ListSessionGroupsRequest(
        start_index=0, slice_size=10, allowed_statuses=[1], aggregation_type=api_pb2.AGGREGATION_AVG
    )
    request.col_params.add(metric=api_pb2.MetricName(tag=METRIC), order=api_pb2.ORDER_ASC)
    answer = list_session_groups.Handler(request_context, context, "", request).run()
    rows = {
        group.hparams["arm"].string_value: [
            round(value.value, 6) for value in group.metric_values if value.name.tag == METRIC
        ]
        for group in answer.session_groups
    }
    assert rows == {"narrow": [0.3], "wide": [0.5]}
    assert experiment.hparam_infos[0].name == "arm"


class _Board:
    """What the plugin asks of TensorBoard."""

    def __init__(self, provider: Any) -> None:
        self.data_provider = provider
        self.flags = None


def test_a_file_of_another_program_is_read_up_to_where_it_makes_sense(tmp_path: Path) -> None:
    (tmp_path / f"{PREFIX}0").write_bytes(b"not one of ours, and longer than a record's head")
    assert list(read_events(tmp_path)) == []
    file = EventFile(tmp_path)
    file.close()
    assert [event.file_version for event in read_events(tmp_path)] == ["brain.Event:2"]
