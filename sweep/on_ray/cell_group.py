"""Cells on Ray Train: one long-lived `TorchTrainer` run per cell, started once and serving every trial.

A `TorchTrainer` per trial would cost tens of seconds of start-up each; a cell pays that once per sweep.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ray
import ray.train
from ray.train import FailureConfig, RunConfig, ScalingConfig
from ray.train.torch import TorchConfig, TorchTrainer

from adsw.store.store import Store
from sweep.cell.messages import Work
from sweep.on_ray import session
from sweep.on_ray.data import dataset, whole_for_every_worker

if TYPE_CHECKING:
    from sweep.cell.data import CellData


class RayBrokerClient:
    """A cell's client of the broker actor."""

    def __init__(self, broker: str, cell: str, capacity: int) -> None:
        self._cell = cell
        self._actor = ray.get_actor(broker, namespace="adsw")
        self._capacity = capacity
        self._attach()

    def next(self) -> Work:
        """Wait for work without a time limit, and return it."""
        while True:
            work: Work = ray.get(self._actor.next.remote(self._cell, self._incarnation))
            if work.jobs or work.forget or work.close:
                return work

    def report(self, number: int, epoch: int, metrics: Mapping[str, float]) -> None:
        """Report an epoch of a trial; the broker drops a report that no longer counts."""
        ray.get(self._actor.report.remote(self._cell, self._incarnation, number, epoch, dict(metrics)))

    def fail(self, number: int, why: str) -> None:
        """Report the failure of a trial."""
        ray.get(self._actor.fail.remote(self._cell, self._incarnation, number, why))

    def _attach(self) -> None:
        """Register the cell, and keep the number of its incarnation."""
        self._incarnation: int = ray.get(self._actor.attach.remote(self._cell, self._capacity))


class SharedBrokerClient:
    """The client of a cell with several workers: rank 0 talks to the broker and passes work on to the others."""

    def __init__(self, client: RayBrokerClient | None) -> None:
        self._client = client

    def next(self) -> Work:
        """Wait for work and return it, the same on every worker."""
        import torch.distributed  # here, as Train's controllers load this module with `serve` and need no torch

        messages = [self._client.next() if self._client else None]
        torch.distributed.broadcast_object_list(messages, src=0)
        assert messages[0] is not None
        return messages[0]

    def report(self, number: int, epoch: int, metrics: Mapping[str, float]) -> None:
        """Report an epoch of a trial, on rank 0 only."""
        if self._client:
            self._client.report(number, epoch, metrics)

    def fail(self, number: int, why: str) -> None:
        """Report the failure of a trial, on rank 0 only."""
        if self._client:
            self._client.fail(number, why)


@dataclass(frozen=True, slots=True)
class CellPlan:
    """Settings of every cell of a sweep."""

    stores: dict[str, str]
    """Paths of the run's stores, by name."""
    sets: tuple[dict[str, Any], ...]
    """Further evaluation sets: name, store (None: the trial's own), split, dataset, source."""
    broker: str
    states: str
    evaluations: str
    checkpoints: str
    capacity: int
    """Slots of the cell."""
    gpu: bool
    workers: int
    window: int
    """Tracks of a window (`adsw.train.batches`)."""
    resident_bytes: int
    """Largest size of a bank that stays in memory after its first epoch."""


def serve(config: dict[str, Any]) -> None:
    """Serve trials in a cell's worker until the broker closes: the train function of Ray Train."""
    # Imported here, as Train's controllers load this module too and need none of it.
    import torch

    from adsw.train.distributed import World
    from sweep.cell.worker import CellFolders, CellWorker

    session.quiet_data()
    plan = CellPlan(**config["plan"])
    if not plan.gpu:
        # One thread per process: see session.WORKER_ENV.
        torch.set_num_threads(1)
    rank, size = ray.train.get_context().get_world_rank(), ray.train.get_context().get_world_size()
    direct = RayBrokerClient(plan.broker, config["cell"], plan.capacity) if rank == 0 else None
    client = direct if size == 1 and direct is not None else SharedBrokerClient(direct)
    CellWorker(
        broker=client,
        stores=DataByStore(plan),
        folders=CellFolders(Path(plan.states), Path(plan.evaluations), Path(plan.checkpoints)),
        capacity=plan.capacity,
        device="cuda" if plan.gpu else "cpu",
        world=World(rank, size),
    ).run()


class DataByStore(Mapping[str, "CellData"]):
    """Data of the run's stores by name, each opened when a trial first needs it."""

    def __init__(self, plan: CellPlan) -> None:
        self._plan = plan
        self._opened: dict[str, CellData] = {}

    def __getitem__(self, name: str) -> CellData:
        """Return the data of a store.

        Raises:
            KeyError: the run has no such store.
        """
        if name not in self._opened:
            self._opened[name] = _read_data(self._plan, name)
        return self._opened[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the stores."""
        return iter(self._plan.stores)

    def __len__(self) -> int:
        """Return the number of stores."""
        return len(self._plan.stores)


def stream_name(split: str, store: str) -> str:
    """Return the name of a store's split among the data sets of Ray Train."""
    return f"{split}:{store}" if store else split


def _read_data(plan: CellPlan, name: str) -> CellData:
    """Open a store: its training bank as windows, the queries of validation and of further evaluation sets."""
    import pyarrow as pa

    from adsw.retrieval.queries import QuerySet, read_queries
    from adsw.store.store import Store
    from adsw.train.mixing import CENSUS_COLUMNS
    from sweep.cell.data import BankWindows, CellData
    from sweep.on_ray.data import tables

    store = Store.open(Path(plan.stores[name]))
    shard = ray.train.get_dataset_shard(stream_name("train", name))
    valid = ray.train.get_dataset_shard(stream_name("valid", name))
    dimensions = store.info.dimensions
    tracks = store.info.splits["train"].tracks
    sets = {}
    for entry in plan.sets:
        source = store if entry["store"] is None else Store.open(Path(entry["store"]))
        sets[entry["name"]] = read_queries(source, entry["split"], entry["dataset"], entry["source"])
    return CellData(
        store.info,
        BankWindows(
            lambda: tables(shard, store.info),
            tracks,
            dimensions,
            lambda: store.table("train", CENSUS_COLUMNS),
            plan.window,
            plan.resident_bytes,
        ),
        QuerySet.from_table(pa.concat_tables(tables(valid, store.info)), dimensions),
        sets,
    )


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
