"""Cells on Ray Train: one long-lived `TorchTrainer` run per cell, started once and serving every trial.

A `TorchTrainer` per trial costs tens of seconds of start-up; a cell pays that once per sweep.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ray
import ray.train
from ray.train import FailureConfig, RunConfig, ScalingConfig
from ray.train.torch import TorchConfig, TorchTrainer

from adsw.align.world import World
from adsw.encode.store import Store
from sweep.cell.loop import Cell, CellFolders
from sweep.cell.protocol import Work
from sweep.on_ray import session
from sweep.on_ray.streams import BankWindows, dataset, tables, whole_for_every_worker

CELL_CPUS = 0.5
"""Logical processors of a CPU cell's worker: it keeps one core busy, and leaves room for the reads beside it."""
DEATHS = 5
"""Deaths of a cell's workers that are mended before the sweep gives up on it."""


@dataclass(frozen=True, slots=True)
class CellPlan:
    """What every cell of a sweep is given."""

    store: str
    broker: str
    states: str
    evaluations: str
    checkpoints: str
    capacity: int
    """Slots."""
    gpu: bool
    workers: int
    window: int
    """Tracks of a window (`adsw.align.windows`)."""
    resident_bytes: int
    """A bank up to this size stays in memory after its first epoch."""


class RemoteDesk:
    """The broker, far away."""

    def __init__(self, broker: str, cell: str, capacity: int) -> None:
        self._cell = cell
        self._actor = ray.get_actor(broker, namespace="adsw")
        self._capacity = capacity
        self._attach()

    def next(self) -> Work:
        """Wait for work, for as long as it takes."""
        while True:
            work: Work = ray.get(self._actor.next.remote(self._cell, self._incarnation))
            if work.jobs or work.forget or work.close:
                return work

    def report(self, number: int, epoch: int, metrics: Mapping[str, float]) -> None:
        """Tell of an epoch; a report that no longer counts is the broker's to drop."""
        ray.get(self._actor.report.remote(self._cell, self._incarnation, number, epoch, dict(metrics)))

    def fail(self, number: int, why: str) -> None:
        """Tell of a failure."""
        ray.get(self._actor.fail.remote(self._cell, self._incarnation, number, why))

    def _attach(self) -> None:
        self._incarnation: int = ray.get(self._actor.attach.remote(self._cell, self._capacity))


class SharedDesk:
    """One desk for the workers of a cell: rank 0 asks and answers, the others hear what it heard."""

    def __init__(self, desk: RemoteDesk | None) -> None:
        self._desk = desk

    def next(self) -> Work:
        """The same work on every worker."""
        import torch.distributed

        words = [self._desk.next() if self._desk else None]
        torch.distributed.broadcast_object_list(words, src=0)
        assert words[0] is not None
        return words[0]

    def report(self, number: int, epoch: int, metrics: Mapping[str, float]) -> None:
        """Rank 0 reports."""
        if self._desk:
            self._desk.report(number, epoch, metrics)

    def fail(self, number: int, why: str) -> None:
        """Rank 0 reports."""
        if self._desk:
            self._desk.fail(number, why)


def serve(config: dict[str, Any]) -> None:
    """The train function of a cell's workers."""
    import torch

    from adsw.evaluate.queries import QuerySet

    session.quiet_data()
    plan = CellPlan(**config["plan"])
    if not plan.gpu:
        # One thread per process: see session.WORKER_ENV.
        torch.set_num_threads(1)
    store = Store.open(Path(plan.store))
    rank, size = ray.train.get_context().get_world_rank(), ray.train.get_context().get_world_size()
    shard, valid = ray.train.get_dataset_shard("train"), ray.train.get_dataset_shard("valid")
    dimensions = store.info.dimensions
    import pyarrow as pa

    queries = QuerySet.from_table(pa.concat_tables(tables(valid)), dimensions)
    tracks = store.info.splits["train"].tracks
    windows = BankWindows(lambda: tables(shard), tracks, dimensions, plan.window, plan.resident_bytes)
    near = RemoteDesk(plan.broker, config["cell"], plan.capacity) if rank == 0 else None
    desk = near if size == 1 and near is not None else SharedDesk(near)
    Cell(
        desk=desk,
        info=store.info,
        windows=windows,
        queries=queries,
        folders=CellFolders(Path(plan.states), Path(plan.evaluations), Path(plan.checkpoints)),
        capacity=plan.capacity,
        device="cuda" if plan.gpu else "cpu",
        world=World(rank, size),
    ).run()


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
        """Serve; what goes wrong for good is kept in `error`."""
        try:
            self._trainer.fit()
        except BaseException as error:
            self.error = error


def start_cells(count: int, plan: CellPlan, store: Store, storage: Path) -> list[CellRun]:
    """Start the cells. The data sets are built here, before anything holds a processor."""
    cells = [
        CellRun(
            f"cell-{index}",
            plan,
            {"train": dataset(store, "train"), "valid": dataset(store, "valid")},
            storage,
        )
        for index in range(count)
    ]
    for cell in cells:
        cell.start()
    return cells
