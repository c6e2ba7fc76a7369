"""A cell and its broker in one process, without Ray."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from adsw.judging import Judging
from adsw.retrieval.queries import QuerySet
from adsw.store.store import Store
from adsw.train.distributed import World
from sweep.cell.broker import Broker
from sweep.cell.data import BankWindows, CellData
from sweep.cell.messages import TrialRequest, Work
from sweep.cell.worker import NOT_CHOSEN, CellFolders, CellWorker


class Death(BaseException):
    """The worker dies: nothing in the loop may catch this."""


class LocalClient:
    """The broker next door. Closes when nothing is left; dies on request before a report."""

    def __init__(self, broker: Broker, capacity: int, dies_before: int | None = None) -> None:
        self.broker = broker
        self.incarnation = broker.attach("cell", capacity)
        self.dies_before = dies_before
        self.reports = 0
        self.most_at_once = 0

    def next(self) -> Work:
        work = self.broker.next("cell", self.incarnation) or Work(close=True)
        self.most_at_once = max(self.most_at_once, len(work.jobs))
        return work

    def report(self, number: int, epoch: int, metrics: Mapping[str, float]) -> None:
        if self.reports == self.dies_before:
            raise Death
        self.reports += 1
        assert self.broker.report("cell", self.incarnation, number, epoch, metrics)

    def fail(self, number: int, why: str) -> None:
        self.broker.fail("cell", self.incarnation, number, why)


def cell_data_of(store: Store, budget: int = 1 << 30, limit: int = 64, **sets: QuerySet) -> CellData:
    """A store streamed in small pieces."""
    train = store.table("train")

    def stream() -> Iterable[pa.Table]:
        for start in range(0, len(train), 17):
            yield train.slice(start, 17)

    windows = BankWindows(stream, len(train), store.info.dimensions, lambda: train, limit, budget)
    return CellData(store.info, windows, QuerySet.from_table(store.table("valid"), store.info.dimensions), sets)


def cell_on(
    store: Store,
    folder: Path,
    client: Any,
    capacity: int,
    budget: int = 1 << 30,
    limit: int = 64,
    world: World | None = None,
    judging: Judging = NOT_CHOSEN,
) -> CellWorker:
    """A cell over a store, streamed in small pieces, that writes into a folder."""
    return CellWorker(
        broker=client,
        stores={"": cell_data_of(store, budget, limit)},
        folders=CellFolders(folder / "state", folder / "evaluations", folder / "checkpoints"),
        capacity=capacity,
        world=world or World(),
        judging=judging,
    )


def submit_all(broker: Broker, recipes: Mapping[int, dict[str, Any]], epochs: int, until: int) -> None:
    """Hand in trials of so many epochs, granted up to `until`."""
    for number, recipe in recipes.items():
        broker.submit(TrialRequest(number, "t", {"recipe": recipe}, epochs))
        broker.grant(number, "t", until)


def take_turns(store: Store, folder: Path, broker: Broker, numbers: Iterable[int], epochs: int) -> None:
    """Train trials in one slot, granted one epoch at a time, so that each leaves it after every epoch."""
    for until in range(1, epochs + 1):
        for number in numbers:
            broker.grant(number, "t", until)
        cell_on(store, folder, LocalClient(broker, 1), 1).run()


def curves(broker: Broker, numbers: Iterable[int]) -> dict[int, list[dict[str, float]]]:
    """Curves without their timings."""
    found = {}
    for number in numbers:
        progress = broker.progress(number)
        assert progress is not None
        assert progress.why is None
        found[number] = [{k: v for k, v in point.items() if k != "seconds"} for point in progress.curve]
    return found
