"""The pool of trainings that calibration draws from: what is missing, what is refused, and that it is repeatable."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.trained_pool import Pool, Trainer, open_pool
from tests.sweep.conftest import write_store

SMALL = {"epochs": 1, "data.batch_size": 8, "head.width": 8, "head.out": 8, "head.layers": 1}
ARMS = {"base": SMALL, "changed": {**SMALL, "optim.lr": 0.01}}
METRIC = "valid/t2m/mAP@10"


def test_a_pool_is_taken_up_where_it_ends(tmp_path: Path) -> None:
    file = tmp_path / "pool.json"
    pool = open_pool(file, "store", ARMS)
    assert pool.missing(2) == [("base", 0), ("changed", 0), ("base", 1), ("changed", 1)]
    pool.metrics = {"base": {"0": {METRIC: 0.5}}, "changed": {"0": {METRIC: 0.4}, "1": {METRIC: 0.3}}}
    pool.save(file)
    found = open_pool(file, "store", ARMS)
    assert found == pool
    assert found.missing(2) == [("base", 1)]
    assert {arm: values.tolist() for arm, values in found.values(METRIC, 1).items()} == {
        "base": [0.5],
        "changed": [0.4],
    }


def test_a_pool_of_other_trainings_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "pool.json"
    Pool("store", ARMS, {arm: {} for arm in ARMS}).save(file)
    for store, arms in (("another", ARMS), ("store", {"base": SMALL})):
        with pytest.raises(SystemExit, match="another store or of other recipes"):
            open_pool(file, store, arms)


def test_a_training_rests_on_its_arm_and_seed_alone(tmp_path: Path) -> None:
    store = write_store(tmp_path / "store", {"train": 40, "valid": 10})
    trainer = Trainer(store, ARMS)
    tasks = [("base", 0), ("changed", 0), ("base", 1)]
    found = [trainer.metrics(*task) for task in tasks]
    assert found == [Trainer(store, ARMS).metrics(*task) for task in reversed(tasks)][::-1]
    assert METRIC in found[0]
    assert found[0] != found[1]
    assert found[0] != found[2]
