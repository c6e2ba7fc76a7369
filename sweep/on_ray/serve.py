"""What runs in a cell's workers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray.train

from sweep.on_ray import session
from sweep.on_ray.desk import RemoteDesk, SharedDesk


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


def serve(config: dict[str, Any]) -> None:
    """The train function of a cell's workers. Heavy imports stand inside: Train's controllers load this module too."""
    import pyarrow as pa
    import torch

    from adsw.align.world import World
    from adsw.encode.store import Store
    from adsw.evaluate.queries import QuerySet
    from sweep.cell.loop import Cell, CellFolders
    from sweep.on_ray.streams import BankWindows, tables

    session.quiet_data()
    plan = CellPlan(**config["plan"])
    if not plan.gpu:
        # One thread per process: see session.WORKER_ENV.
        torch.set_num_threads(1)
    store = Store.open(Path(plan.store))
    rank, size = ray.train.get_context().get_world_rank(), ray.train.get_context().get_world_size()
    shard, valid = ray.train.get_dataset_shard("train"), ray.train.get_dataset_shard("valid")
    dimensions = store.info.dimensions
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
