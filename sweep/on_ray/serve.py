"""The function that runs in a cell's workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ray.train

from sweep.on_ray import session
from sweep.on_ray.desk import RayBrokerClient, SharedBrokerClient

if TYPE_CHECKING:
    from sweep.cell.material import CellData


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
    """Tracks of a window (`adsw.align.windows`)."""
    resident_bytes: int
    """Largest size of a bank that stays in memory after its first epoch."""


def serve(config: dict[str, Any]) -> None:
    """Serve trials in a cell's worker until the broker closes: the train function of Ray Train."""
    # Imported here, as Train's controllers load this module too and need none of it.
    import torch

    from adsw.align.world import World
    from sweep.cell.loop import CellFolders, CellWorker

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

    from adsw.encode.store import Store
    from adsw.evaluate.queries import QuerySet
    from adsw.evaluate.query_sets import read_queries
    from sweep.cell.material import BankWindows, CellData
    from sweep.on_ray.streams import tables

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
        BankWindows(lambda: tables(shard), tracks, dimensions, plan.window, plan.resident_bytes),
        QuerySet.from_table(pa.concat_tables(tables(valid)), dimensions),
        sets,
    )
