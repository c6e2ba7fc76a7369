"""One of two workers of a cell: ``python worker_script.py RANK STORE FOLDER``; reads FOLDER/recipe.json.

Writes FOLDER/<rank>.pt. Serves a trial with adaptive schedules, then one whose evaluation fails on the first worker.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import distributed

from adsw.store.store import Store
from adsw.train.distributed import World
from adsw.train.slots import SlotGroup
from sweep.cell import worker as loop
from sweep.cell.messages import Job, Work

sys.path.insert(0, str(Path(__file__).parent))
from local_client import cell_on


class Script:
    """A broker's client that hands out one trial, epoch by epoch, and then closes."""

    def __init__(self, recipe: dict[str, Any], epochs: int) -> None:
        jobs = [Job(1, {"recipe": recipe}, epoch, recipe["epochs"], ()) for epoch in range(epochs)]
        self.works = [*(Work((job,)) for job in jobs), Work(close=True)]
        self.failed_by: str | None = None

    def next(self) -> Work:
        return self.works.pop(0)

    def report(self, number: int, epoch: int, metrics: Mapping[str, float]) -> None:
        assert (number, metrics["epoch"]) == (1, epoch)

    def fail(self, number: int, why: str) -> None:
        self.failed_by = f"trial {number}: {why}"


def main(rank: int, store: Store, folder: Path) -> None:
    torch.set_num_threads(1)
    recipe = json.loads((folder / "recipe.json").read_text())
    distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    found: dict[str, Any] = {"schedules": []}
    train, world = SlotGroup.train_epoch, World(rank, 2)

    def recorded(group: SlotGroup, *arguments: Any) -> Any:
        logs = train(group, *arguments)
        found["schedules"] += [log.schedules for log in logs.values()]
        found["group"] = group
        return logs

    SlotGroup.train_epoch = recorded  # type: ignore[method-assign]
    cell_on(store, folder / "first", Script(recipe, recipe["epochs"]), 1, world=world).run()
    SlotGroup.train_epoch = train  # type: ignore[method-assign]
    found["adaptation"] = found.pop("group").state(0)["adaptation"]

    def broken(*_: Any) -> Any:
        raise ValueError("the heads give NaN")

    loop.evaluate = broken
    failing = Script(recipe, 1)
    cell_on(store, folder / "second", failing, 1, world=world).run()
    torch.save({**found, "failed_by": failing.failed_by}, folder / f"{rank}.pt")
    distributed.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), Store.open(Path(sys.argv[2])), Path(sys.argv[3]))
