"""Cells on Ray Train: one long-lived `TorchTrainer` run per cell, started once and serving every trial.

A `TorchTrainer` per trial would cost tens of seconds of start-up each; a cell pays that once per sweep.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ray.train import FailureConfig, RunConfig, ScalingConfig
from ray.train.torch import TorchConfig, TorchTrainer

from adsw.encode.store import Store
from sweep.on_ray.serve import CellPlan, serve, stream_name
from sweep.on_ray.streams import dataset, whole_for_every_worker

CELL_CPUS = 0.5
"""Ray's logical CPUs for a CPU cell's worker, which keeps one core busy; less than 1 leaves some for reading data."""
DEATHS = 5
"""Deaths of a cell's workers after which they are not started again."""


class CellRun(threading.Thread):
    """One cell, running in a thread of the driver until its broker closes."""

    def __init__(self, name: str, plan: CellPlan, datasets: Mapping[str, Any], storage: Path) -> None:
        super().__init__(name=name, daemon=True)
        self.error: BaseException | None = None
        self._trainer = TorchTrainer(
            serve,
            train_loop_config={"plan": asdict(plan), "cell": name},
            torch_config=TorchConfig(backend="nccl" if plan.gpu else "gloo"),
            scaling_config=ScalingConfig(
                num_workers=plan.workers,
                use_gpu=plan.gpu,
                resources_per_worker={"GPU": 1} if plan.gpu else {"CPU": CELL_CPUS},
            ),
            # A name used before would silently resume that old run.
            run_config=RunConfig(
                name=f"{name}-{uuid.uuid4().hex[:8]}",
                storage_path=str(storage),
                failure_config=FailureConfig(max_failures=DEATHS),
            ),
            datasets=dict(datasets),
            dataset_config=whole_for_every_worker(),
        )

    def run(self) -> None:
        """Serve trials until the broker closes, and keep a final failure in `error`."""
        try:
            self._trainer.fit()
        except BaseException as error:  # whatever ends the thread, the driver must see
            self.error = error


def start_cells(count: int, plan: CellPlan, stores: Mapping[str, Store], storage: Path) -> list[CellRun]:
    """Start the cells, each in a thread."""
    # All data sets are built first: a cell that runs already would hold the processors that Ray Data needs for it.
    cells = [
        CellRun(
            f"cell-{index}",
            plan,
            {
                stream_name(split, name): dataset(store, split)
                for name, store in stores.items()
                for split in ("train", "valid")
            },
            storage,
        )
        for index in range(count)
    ]
    for cell in cells:
        cell.start()
    return cells
