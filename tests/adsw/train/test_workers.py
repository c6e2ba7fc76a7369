"""k workers on a batch are one worker on it: loss, gradients, and where training leads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from adsw.train.distributed import World

from .synthetic import synthetic_table

SCRIPT = Path(__file__).with_name("worker_script.py")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one worker, and each of two and of three workers on gloo, found."""
    folder = tmp_path_factory.mktemp("workers")
    pq.write_table(synthetic_table(30), folder / "table.parquet")
    ranks = [(rank, size) for size in (1, 2, 3) for rank in range(size)]
    started = [
        subprocess.Popen([sys.executable, str(SCRIPT), str(rank), str(size), str(folder)]) for rank, size in ranks
    ]
    try:
        assert [process.wait(timeout=300) for process in started] == [0] * len(ranks)
    finally:
        for process in started:
            process.kill()
    return {f"{size}-{rank}": torch.load(folder / f"{size}-{rank}.pt") for rank, size in ranks}


WORKERS = ["2-0", "2-1", "3-0", "3-1", "3-2"]


@pytest.mark.parametrize("worker", WORKERS)
def test_workers_have_the_loss_and_gradients_of_one(results: dict[str, Any], worker: str) -> None:
    """With dropout, several hard negatives a text, and masks."""
    one, many = results["1-0"], results[worker]
    torch.testing.assert_close(many["loss"], one["loss"], rtol=1e-12, atol=0)
    torch.testing.assert_close(many["gradients"], one["gradients"], rtol=1e-9, atol=1e-13)
    assert one["gradients"].abs().max() > 1e-3


@pytest.mark.parametrize("worker", WORKERS)
def test_workers_train_as_one(results: dict[str, Any], worker: str) -> None:
    one, many = results["1-0"], results[worker]
    torch.testing.assert_close(many["values"], one["values"], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(many["figures"], one["figures"], rtol=1e-6)


def test_workers_stay_alike(results: dict[str, Any]) -> None:
    assert torch.equal(results["2-0"]["values"], results["2-1"]["values"])
    assert torch.equal(results["3-0"]["values"], results["3-2"]["values"])


@pytest.mark.parametrize(("batch", "size"), [(8, 2), (13, 3), (2, 4)])
def test_the_gathered_order_has_every_row_once(batch: int, size: int) -> None:
    worlds = [World(rank, size) for rank in range(size)]
    order = worlds[0].order(batch)
    assert sorted(order) == list(range(batch))
    own = [order[world.rows(batch)].tolist() for world in worlds]
    assert own == [list(range(rank, batch, size)) for rank in range(size)]
