"""One order of trials, wherever one asks which is the best."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.cell.messages import Snapshot
from sweep.cli.status import describe
from sweep.live.monitor import monitor_of
from sweep.live.state import LiveState
from sweep.live.tables import by_place
from sweep.report.data import read_run
from sweep.report.leaderboard import build_leaderboard
from sweep.run.folder import RunFolder
from sweep.run.ranking import best_completed, ranked_completed
from sweep.run.records import TrialRecord, TrialState
from sweep.runner import prune_checkpoints
from sweep.space.load import parse_space
from sweep.space.model import Space

METRIC = "valid/t2m/R@10"
SPACE = {"objective": {"metric": METRIC}, "trials": 9, "space": {"optim.lr": {"loguniform": [1e-4, 1e-2]}}}


def ended(number: int, value: float | None, **fields: object) -> TrialRecord:
    metrics = {} if value is None else {METRIC: value}
    base = {"number": number, "state": TrialState.COMPLETED, "metrics": metrics, "epochs": 3}
    return TrialRecord.model_validate({**base, **fields})


RECORDS = (
    ended(6, 0.5),  # ended before the others of its value
    ended(4, 0.5),
    ended(0, 0.1),
    ended(2, 0.5),
    ended(1, None),
    ended(3, 0.9, state=TrialState.STOPPED, epochs=1),
    ended(5, 0.9, purpose="confirm"),
    ended(7, 0.9, state=TrialState.DUPLICATE),
)
ORDER = [2, 4, 6, 0]


@pytest.fixture
def space() -> Space:
    return parse_space(SPACE)


@pytest.fixture
def folder(tmp_path: Path, space: Space) -> RunFolder:
    folder = RunFolder.create(tmp_path / "runs", "one", {"space": space.document()})
    for record in RECORDS:
        folder.append_trial(record)
        (folder.checkpoints / f"{record.number:04d}").mkdir()
    return folder


def test_of_equal_values_the_lower_number_is_the_better(folder: RunFolder, space: Space) -> None:
    assert [record.number for record in ranked_completed(RECORDS, space.objective)] == ORDER
    assert [record.number for record in ranked_completed(RECORDS, space.objective, most=2)] == ORDER[:2]
    best = best_completed(RECORDS, space.objective)
    assert best is not None
    assert best.number == 2
    assert best_completed(RECORDS[4:], space.objective) is None
    state = monitor_of(folder, space).state(Snapshot())
    assert (state.objective.best_number, describe(folder)["best"]["number"]) == (2, 2)
    assert [row.number for row in build_leaderboard(read_run(folder.path)).ranked] == ORDER
    shown = [one.number for one in by_place(state) if one.state == "completed" and not one.purpose]
    assert shown[:4] == ORDER


def test_lower_is_better_where_the_mode_says_so(space: Space) -> None:
    lower = space.objective.model_copy(update={"mode": "min"})
    assert [record.number for record in ranked_completed(RECORDS, lower)] == [0, 2, 4, 6]


def test_the_best_checkpoints_are_kept(folder: RunFolder, space: Space) -> None:
    prune_checkpoints(folder, space, keep=2)
    assert {path.name for path in folder.checkpoints.iterdir()} == {"0002", "0004", "0005"}, "and a confirmation"


def test_a_live_state_holds_the_best_and_the_latest_and_counts_the_others(tmp_path: Path, space: Space) -> None:
    monitor = monitor_of(RunFolder.create(tmp_path, "many", {"space": space.document()}), space)
    monitor.add([ended(number, 1 - number / 1000) for number in range(1000)])
    assert len(monitor.state(Snapshot()).trials) == 1000, "whoever looks is told of every end once"
    monitor.add([ended(1000, None, state=TrialState.FAILED, why="out of luck")])
    state: LiveState = monitor.state(Snapshot())
    numbers = [trial.number for trial in state.trials]
    assert numbers == [*range(100), *range(801, 1001)]
    assert (state.more, state.trials_begun) == ({"completed": 701}, 1001)
    assert state.counts == {"completed": 1000, "failed": 1}
    assert state.objective.best_number == 0
