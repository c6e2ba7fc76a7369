"""A real kill of the broker in mid sweep, again and again: every epoch counts once, metrics equal to the bit."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from adsw.retrieval.evaluation import evaluate
from adsw.retrieval.queries import QuerySet
from adsw.store.store import Store
from adsw.train.batches import windows
from adsw.train.recipe import resolve
from adsw.train.slots import SlotGroup
from tests.adsw.train.synthetic import synthetic_store

pytestmark = pytest.mark.ray

TRIALS, EPOCHS, KILLS = 3, 36, 2
SPACE = {
    "name": "small",
    "objective": {"metric": "valid/t2m/mAP@10", "mode": "max"},
    "trials": TRIALS,
    "searcher": {"sampler": "random", "seed": 0},
    "scheduler": {"kind": "asha", "grace_epochs": 12, "reduction_factor": 3},
    "recipe": {"epochs": EPOCHS, "data.batch_size": 32, "head": {"width": 16, "out": 16}},
    "space": {"optim.lr": {"loguniform": [1e-4, 1e-2]}},
}


def broker_of(driver: int) -> int | None:
    """The broker's process below a driver: raylet's child with Ray's title of the actor."""
    parents, found = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if (folder / "cmdline").read_bytes().startswith(b"ray::BrokerActor"):
                found.append(int(folder.name))
    return next((pid for pid in found if driver in (parents.get(pid), parents.get(parents.get(pid, 0)))), None)


def epochs_done(run: Path) -> int:
    """Epochs that the saved states of the trials under way tell of, and the ended trials."""
    done = 0
    for file in run.glob("state/*/progress.json"):
        with contextlib.suppress(OSError, ValueError):
            done += json.loads(file.read_text())["epoch"]
    return done + sum(trial["epochs"] for trial in trials_of(run))


def trials_of(run: Path) -> list[dict[str, Any]]:
    file = run / "trials.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.mark.parametrize("cells", [1, 2])
def test_the_brokers_death_costs_nothing(tmp_path: Path, cells: int) -> None:
    store = synthetic_store(tmp_path / "store", tracks=100)
    (tmp_path / "space.yaml").write_text(yaml.safe_dump(SPACE))
    run = tmp_path / "runs" / "small"
    words = ("run", "space.yaml", "--store", "store", "--name", "small", "--cells", str(cells))
    command = [sys.executable, "-c", "from sweep.cli import main; main()", *words]
    killed, next_kill = 0, 3
    with (tmp_path / "said").open("w") as said:
        driver = subprocess.Popen(command, stdout=said, stderr=said, cwd=tmp_path)
        until = time.monotonic() + 240
        while driver.poll() is None and time.monotonic() < until:
            if killed < KILLS and epochs_done(run) >= next_kill and (broker := broker_of(driver.pid)) is not None:
                os.kill(broker, signal.SIGKILL)  # in mid epoch of one trial or several
                killed, next_kill = killed + 1, epochs_done(run) + 3
            time.sleep(0.02)
        if driver.poll() is None:
            driver.send_signal(signal.SIGINT)
            driver.wait(60)
    assert driver.returncode == 0, (tmp_path / "said").read_text()
    assert killed == KILLS
    trials = trials_of(run)
    assert sorted(trial["number"] for trial in trials) == list(range(TRIALS))
    for trial in trials:
        assert trial["state"] in ("completed", "stopped")
        assert [point["epoch"] for point in trial["curve"]] == [float(epoch + 1) for epoch in range(trial["epochs"])]
    served = json.loads((run / "sweep.json").read_text())["served"]
    assert sum(cell["epochs"] for cell in served) == sum(trial["epochs"] for trial in trials)
    assert [cell["incarnations"] for cell in served] == [1] * cells
    _equal_alone(store, trials)


def _equal_alone(store: Store, trials: list[dict[str, Any]]) -> None:
    """Every trial is as if it had been trained by itself."""
    table, dimensions = store.table("train"), store.info.dimensions
    blocks = list(windows([table], len(table), dimensions))
    queries = QuerySet.from_table(store.table("valid"), dimensions)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for trial in trials:
            group = SlotGroup(dimensions, resolve(trial["recipe"]), 1)
            slot = group.join(resolve(trial["recipe"]))
            for _ in range(trial["epochs"]):
                group.train_epoch(blocks)
            assert trial["metrics"] == evaluate(group.heads(slot), queries, "valid").metrics
    finally:
        torch.set_num_threads(before)
