"""After the last trial: which checkpoints stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.finish import prune_checkpoints
from sweep.run_folder import RunFolder
from sweep.space.load import parse_space
from sweep.state import KEEP, TrialRecord, TrialState

METRIC = "valid/t2m/mAP@10"


@pytest.mark.parametrize(("keep", "kept"), [(1, {0, 3}), (KEEP, {0, 1, 2, 3}), (10, {0, 1, 2, 3, 5})])
def test_the_best_stay_and_those_always_tried(tmp_path: Path, keep: int, kept: set[int]) -> None:
    folder = RunFolder.create(tmp_path, "run", {})
    for number, value in enumerate([0.1, 0.2, 0.3, 0.4, None, 0.05]):
        state = TrialState.COMPLETED if value is not None else TrialState.FAILED
        metrics = {} if value is None else {METRIC: value}
        arm = "default" if number == 0 else None
        folder.append_trial(TrialRecord(number=number, state=state, metrics=metrics, arm=arm))
        (folder.checkpoints / f"{number:04d}").mkdir(parents=True)
    prune_checkpoints(folder, parse_space({"objective": {"metric": METRIC}, "method": "grid", "arms": {"a": {}}}), keep)
    assert {int(path.name) for path in folder.checkpoints.iterdir()} == kept
