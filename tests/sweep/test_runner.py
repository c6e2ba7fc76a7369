"""After the last trial: which checkpoints stay, and for which trials the test split is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adsw.store.store import Store
from sweep.run.folder import RunFolder
from sweep.run.ranking import front
from sweep.run.records import KEEP, TrialRecord, TrialState
from sweep.runner import prune_checkpoints
from sweep.space.load import parse_space
from tests.adsw.train.synthetic import synthetic_store
from tests.sweep.in_process import begun, run_through

METRIC = "valid/t2m/mAP@10"
SEARCH = {"objective": {"metric": METRIC}, "trials": 9, "space": {"optim.lr": {"loguniform": [1e-4, 1e-2]}}}
SMALL = {"epochs": 1, "data.batch_size": 32, "head": {"width": 16, "out": 16}}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return synthetic_store(tmp_path_factory.mktemp("store") / "store", tracks=60)


def completed(number: int, **fields: Any) -> TrialRecord:
    return TrialRecord(number=number, state=TrialState.COMPLETED, **fields)


@pytest.mark.parametrize(("keep", "kept"), [(1, {0, 3, 7}), (KEEP, {0, 1, 2, 3, 7}), (10, {0, 1, 2, 3, 5, 7})])
def test_the_best_stay_and_those_always_tried(tmp_path: Path, keep: int, kept: set[int]) -> None:
    folder = RunFolder.create(tmp_path, "run", {})
    for number, value in enumerate([0.1, 0.2, 0.3, 0.4, None, 0.05]):
        state = TrialState.COMPLETED if value is not None else TrialState.FAILED
        metrics = {} if value is None else {METRIC: value}
        arm = "default" if number == 0 else None
        folder.append_trial(TrialRecord(number=number, state=state, metrics=metrics, arm=arm))
    folder.append_trial(completed(6, metrics={METRIC: 0.9}, purpose="tune", arm="default"))
    folder.append_trial(completed(7, metrics={METRIC: 0.1}, purpose="confirm"))
    for number in range(8):
        (folder.checkpoints / f"{number:04d}").mkdir(parents=True)
    prune_checkpoints(folder, parse_space(SEARCH), keep)
    assert {int(path.name) for path in folder.checkpoints.iterdir()} == kept


def test_the_front_is_what_no_other_beats_on_all_objectives() -> None:
    space = parse_space({**SEARCH, "objective": [{"metric": METRIC}, {"metric": "valid/t2m/MedR"}]})
    points = [(0.5, 10.0), (0.4, 8.0), (0.4, 9.0), (0.6, 30.0), (0.1, None)]
    records = [
        completed(number, metrics={METRIC: one} | ({} if two is None else {"valid/t2m/MedR": two}))
        for number, (one, two) in enumerate(points)
    ]
    assert {record.number for record in front(records, space.objectives)} == {0, 1, 3}
    assert front(records, parse_space(SEARCH).objectives) == []


def opened_for(folder: RunFolder) -> set[str]:
    return {path.name.split(".")[0] for path in folder.evaluations.glob("*.test.npz")}


def test_a_confirmed_search_opens_test_for_winner_default_and_their_fresh_seeds(store: Store, tmp_path: Path) -> None:
    space = parse_space({**SEARCH, "trials": 5, "recipe": SMALL, "include": ["default"], "confirm": 2})
    folder = begun(tmp_path, "run", space, {"": store})
    run_through(folder, space, {"": store})
    records = folder.trials()
    fresh = [record for record in records if record.purpose == "confirm"]
    best = max((r for r in records if not r.purpose), key=lambda record: record.metrics[METRIC])
    assert sorted(record.seed for record in fresh if record.arm is None) == [20_000, 20_001]
    assert {record.recipe["optim"]["lr"]["value"] for record in fresh if record.arm is None} == {
        best.recipe["optim"]["lr"]["value"]
    }
    default = [record for record in fresh if record.arm == "default"]
    assert sorted(record.seed for record in default) == ([] if best.arm == "default" else [20_000, 20_001])
    judged = {best.number, 0, *(record.number for record in fresh)}
    assert opened_for(folder) == {f"{number:04d}" for number in judged} | {"untrained"}


def test_tuning_trials_never_see_the_test_split(store: Store, tmp_path: Path) -> None:
    space = parse_space(
        {
            "objective": {"metric": METRIC},
            "method": "grid",
            "recipe": SMALL,
            "arms": {"plain": {}, "half": {"text.swap.probability": 0.5}},
            "space": {"optim.lr": {"choice": [1e-3, 1e-2], "role": "nuisance"}},
            "tune": {"replicates": 1},
            "replicates": [0, 1],
        }
    )
    folder = begun(tmp_path, "run", space, {"": store})
    run_through(folder, space, {"": store})
    judged = {f"{record.number:04d}" for record in folder.trials() if not record.purpose}
    assert opened_for(folder) == judged | {"untrained"}
    assert {path.name for path in folder.checkpoints.iterdir()} >= judged


def test_every_replicate_of_a_grid_without_arms_is_tested(store: Store, tmp_path: Path) -> None:
    points = {"optim.lr": {"choice": [1e-3, 1e-2]}}
    space = parse_space(
        {"objective": {"metric": METRIC}, "method": "grid", "recipe": SMALL, "space": points, "replicates": [0, 1]}
    )
    folder = begun(tmp_path, "run", space, {"": store})
    run_through(folder, space, {"": store})
    assert opened_for(folder) == {"0000", "0001", "0002", "0003", "untrained"}
