"""An ablation in stages over two stores on a real local Ray, killed on its way, is what it is in one process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from adsw.store.store import Store
from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord
from sweep.space.load import parse_space
from tests.adsw.train.synthetic import synthetic_store
from tests.sweep.in_process import begun, run_through

pytestmark = pytest.mark.ray

SPACE: dict[str, Any] = {
    "name": "staged",
    "method": "grid",
    "judge": "best",
    "patience": 4,
    "objective": {"metric": "words/t2m/mAP@10", "mode": "max"},
    "evaluate": [{"name": "words", "source": "tags"}],
    "recipe": {"epochs": 12, "data.batch_size": 32, "head": {"width": 32, "out": 32}},
    "space": {"optim.lr": {"choice": [1e-4, 1e-2], "role": "nuisance"}},
    "tune": {"replicates": 1},
    "arms": {"one": {"store": "first"}, "other": {"store": "second"}},
    "replicates": {"until_decided": {"first": 2, "step": 1, "most": 4}},
}


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def plain(records: list[TrialRecord]) -> list[dict[str, Any]]:
    """What must be the same wherever and however often interrupted a sweep ran: all but its times."""
    found = []
    for record in sorted(records, key=lambda record: record.number):
        document = record.model_dump(exclude={"seconds"})
        document["curve"] = [{key: point[key] for key in point if key != "seconds"} for point in record.curve]
        found.append(document)
    return found


def lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0


@pytest.mark.usefixtures("one_thread")
def test_killed_and_resumed_it_is_the_sweep_that_runs_in_one_process(tmp_path: Path) -> None:
    stores: dict[str, Store] = {
        name: synthetic_store(tmp_path / name, tracks=150, captioner=f"{name}@1", seed=seed)
        for seed, name in enumerate(("first", "second"))
    }
    (tmp_path / "space.yaml").write_text(yaml.safe_dump(SPACE))
    command = [sys.executable, "-c", "from sweep.cli import main; main()"]
    words = ["--store", "first=first", "--store", "second=second", "--name", "staged", "--cells", "2"]
    trials = tmp_path / "runs" / "staged" / "trials.jsonl"
    with subprocess.Popen(
        [*command, "run", "space.yaml", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
        start_new_session=True,
    ) as process:
        for _ in range(4000):
            if lines(trials) >= 3 or process.poll() is not None:
                break
            time.sleep(0.1)
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
    before = lines(trials)
    resumed = subprocess.run(
        [*command, "resume", "staged", "--json"], capture_output=True, text=True, cwd=tmp_path, timeout=400
    )
    assert resumed.returncode == 0, resumed.stderr
    json.loads(resumed.stdout)
    folder = RunFolder.open(tmp_path / "runs" / "staged")
    records = folder.trials()
    assert 3 <= before < len(records)

    space = parse_space(SPACE).with_stores(tuple(stores))
    straight = begun(tmp_path / "elsewhere", "straight", space, stores)
    run_through(straight, space, stores)
    assert plain(records) == plain(straight.trials())
    assert {record.store for record in records} == set(stores)
    assert {path.name for path in folder.evaluations.iterdir()} == {p.name for p in straight.evaluations.iterdir()}
