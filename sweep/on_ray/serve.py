"""What runs in a cell's workers."""

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
    """What every cell of a sweep is given."""

    stores: dict[str, str]
    """Where the run's stores lie, by name."""
    sets: tuple[dict[str, Any], ...]
    """Further evaluation sets: name, store (None: the trial's own), split, dataset, source."""
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


def serve(config: dict[str, Any]) -> None:
    """The train function of a cell's workers. Heavy imports stand inside: Train's controllers load this module too."""
    import torch

    from adsw.align.world import World
    from sweep.cell.loop import CellFolders, CellWorker

    session.quiet_data()
    plan = CellPlan(**config["plan"])
    if not plan.gpu:
        # One thread per process: see session.WORKER_ENV.
        torch.set_num_threads(1)
    rank, size = ray.train.get_context().get_world_rank(), ray.train.get_context().get_world_size()
    near = RayBrokerClient(plan.broker, config["cell"], plan.capacity) if rank == 0 else None
    client = near if size == 1 and near is not None else SharedBrokerClient(near)
    CellWorker(
        broker=client,
        stores=DataByStore(plan),
        folders=CellFolders(Path(plan.states), Path(plan.evaluations), Path(plan.checkpoints)),
        capacity=plan.capacity,
        device="cuda" if plan.gpu else "cpu",
        world=World(rank, size),
    ).run()


class DataByStore(Mapping[str, "CellData"]):
    """The run's stores, each opened with the first trial that asks for it."""

    def __init__(self, plan: CellPlan) -> None:
        self._plan = plan
        self._opened: dict[str, CellData] = {}

    def __getitem__(self, name: str) -> CellData:
        """The store of that name.

        Raises:
            KeyError: the run has none.
        """
        if name not in self._opened:
            self._opened[name] = _read_data(self._plan, name)
        return self._opened[name]

    def __iter__(self) -> Iterator[str]:
        """Names."""
        return iter(self._plan.stores)

    def __len__(self) -> int:
        """How many."""
        return len(self._plan.stores)


def stream_name(split: str, store: str) -> str:
    """Name of a store's split among the data sets of Ray Train."""
    return f"{split}:{store}" if store else split


def _read_data(plan: CellPlan, name: str) -> CellData:
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
    for one in plan.sets:
        place = store if one["store"] is None else Store.open(Path(one["store"]))
        sets[one["name"]] = read_queries(place, one["split"], one["dataset"], one["source"])
    return CellData(
        store.info,
        BankWindows(lambda: tables(shard), tracks, dimensions, plan.window, plan.resident_bytes),
        QuerySet.from_table(pa.concat_tables(tables(valid)), dimensions),
        sets,
    )
