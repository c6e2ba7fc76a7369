"""Cells on Ray Train: one long-lived `TorchTrainer` run per cell, started once and serving every trial.

A `TorchTrainer` per trial would cost tens of seconds of start-up each; a cell pays that once per sweep.
"""

from __future__ import annotations

import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ray
import ray.train
from ray.train import FailureConfig, RunConfig, ScalingConfig
from ray.train.torch import TorchConfig, TorchTrainer
from ray.train.v2.api.exceptions import WorkerGroupError

from adsw.errors import Fault
from adsw.store.store import Store
from sweep.cell.messages import RefusedHost, Served, Work
from sweep.on_ray import session
from sweep.on_ray.data import NODE_ID, dataset, read_here, whole_for_every_worker

if TYPE_CHECKING:
    from sweep.cell.data import CellData


class RayBrokerClient:
    """A cell's client of the broker actor."""

    def __init__(self, broker: str, cell: str, capacity: int) -> None:
        self._cell = cell
        self._actor = ray.get_actor(broker, namespace="adsw")
        self._capacity = capacity
        self._served: Served | None = None
        self.host = f"{socket.gethostname()} ({ray.util.get_node_ip_address()})"

    def attach(self) -> None:
        """Register the cell, also with a broker that was started again, which then learns what was counted."""
        incarnation: int = ray.get(self._actor.attach.remote(self._cell, self._capacity, self._served))
        before = self._served or Served()
        self._served = Served(incarnation, before.epochs, before.busy_s)

    def next(self) -> Work:
        """Wait for work without a time limit, and return it."""
        while True:
            work: Work = ray.get(self._actor.next.remote(self._cell, self._incarnation))
            if work.attach:
                self.attach()
            elif work.jobs or work.forget or work.close:
                return work

    def report(self, number: int, epoch: int, metrics: Mapping[str, float]) -> None:
        """Report an epoch of a trial; the broker drops a report that no longer counts."""
        sent = self._actor.report.remote(self._cell, self._incarnation, number, epoch, dict(metrics))
        if ray.get(sent) and self._served is not None:
            served = self._served
            seconds = served.busy_s + metrics.get("seconds", 0.0)
            self._served = Served(served.incarnation, served.epochs + 1, seconds)

    def fail(self, number: int, why: str) -> None:
        """Report the failure of a trial, and the host."""
        said = f"{why} (on host {self.host})"
        ray.get(self._actor.fail.remote(self._cell, self._incarnation, number, said))

    def refuse(self, why: str) -> None:
        """Report that this host cannot train."""
        node = ray.get_runtime_context().get_node_id()
        ray.get(self._actor.refuse.remote(RefusedHost(self._cell, self.host, node, why)))

    @property
    def _incarnation(self) -> int:
        """The number that signs messages; 0 before `attach`."""
        return self._served.incarnation if self._served else 0


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
    needs: dict[str, Any]
    """What a cell needs of its host (`sweep.plan.host.HostNeeds`)."""
    judging: dict[str, Any]
    """Which epoch of a trial is judged (`adsw.judging.Judging`)."""


def serve(config: dict[str, Any]) -> None:
    """Serve trials in a cell's worker until the broker closes: the train function of Ray Train.

    On a host that cannot train it tells the broker why, takes no trial and returns: an error would make Train try the
    host again.
    """
    # Imported here, as Train's controllers load this module too and need none of it.
    import torch

    from adsw.judging import Judging
    from adsw.train.distributed import World
    from sweep.cell.worker import CellFolders, CellWorker, HostError
    from sweep.plan.host import HostNeeds, host_faults

    session.quiet_data()
    plan = CellPlan(**config["plan"])
    if not plan.gpu:
        # One thread per process: see session.WORKER_ENV.
        torch.set_num_threads(1)
    rank, size = ray.train.get_context().get_world_rank(), ray.train.get_context().get_world_size()
    direct = RayBrokerClient(plan.broker, config["cell"], plan.capacity) if rank == 0 else None
    needs = HostNeeds(**plan.needs)
    wrong = _of_every_worker(words_of(host_faults(needs)), size)
    if wrong:
        if direct is not None:
            direct.refuse(wrong)
        return
    if direct is not None:
        direct.attach()
    client = direct if size == 1 and direct is not None else SharedBrokerClient(direct)
    worker = CellWorker(
        broker=client,
        stores=DataByStore(plan),
        folders=CellFolders(Path(plan.states), Path(plan.evaluations), Path(plan.checkpoints)),
        capacity=plan.capacity,
        device="cuda" if plan.gpu else "cpu",
        world=World(rank, size),
        judging=Judging(**plan.judging),
        host_fault=lambda: words_of(host_faults(needs, before_data=False)),
    )
    try:
        worker.run()
    except HostError as error:
        if size > 1 or direct is None:  # the other workers wait for this one: Train must end them
            raise
        direct.refuse(str(error))


def words_of(faults: Sequence[Fault]) -> str:
    """Return faults as one line, empty without any."""
    return "; ".join(map(str, faults))


def _of_every_worker(wrong: str, size: int) -> str:
    """Return what is wrong on the hosts of all workers of the cell, each said once."""
    if size == 1:
        return wrong
    import torch.distributed  # as in SharedBrokerClient

    said: list[Any] = [None] * size
    torch.distributed.all_gather_object(said, wrong)
    return "; ".join(dict.fromkeys(part for part in said if part))


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
    shard = read_here(ray.train.get_dataset_shard(stream_name("train", name)))
    valid = read_here(ray.train.get_dataset_shard(stream_name("valid", name)))
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


def resources_of_worker(gpu: bool) -> dict[str, float]:
    """Return Ray's resources of a cell's worker."""
    return {"GPU": 1} if gpu else {"CPU": CELL_CPUS}


def room_for_cells(plan: CellPlan) -> dict[str, int]:
    """Return how many cells each living node has room for, those there included, by node."""
    ((resource, needed),) = resources_of_worker(plan.gpu).items()
    return {
        node["NodeID"]: int(node["Resources"].get(resource, 0) / (needed * plan.workers))
        for node in ray.nodes()
        if node["Alive"]
    }


def is_final(error: BaseException) -> bool:
    """Return whether Train has given a cell up after too many deaths of its workers."""
    return isinstance(error, WorkerGroupError)


class CellRun(threading.Thread):
    """One cell, running in a thread of the driver until its broker closes.

    Args:
        name: of the cell.
        plan: settings of every cell.
        datasets: data sets by the names that `stream_name` returns.
        storage: folder for Train's own records.
        avoid: nodes on which it must not run.
    """

    def __init__(
        self, name: str, plan: CellPlan, datasets: Mapping[str, Any], storage: Path, avoid: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.error: BaseException | None = None
        self._trainer = TorchTrainer(
            serve,
            train_loop_config={"plan": asdict(plan), "cell": name},
            torch_config=TorchConfig(backend="nccl" if plan.gpu else "gloo"),
            scaling_config=ScalingConfig(
                num_workers=plan.workers,
                use_gpu=plan.gpu,
                resources_per_worker=resources_of_worker(plan.gpu),
                label_selector={NODE_ID: f"!in({', '.join(sorted(avoid))})"} if avoid else None,
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


def cell_starter(plan: CellPlan, stores: Mapping[str, Store], storage: Path) -> Callable[..., CellRun]:
    """Return what starts a cell in a thread, by its name and the nodes to avoid."""
    # Built once and before any cell runs: a running one would hold the processors that Ray Data needs for it.
    datasets = {
        stream_name(split, name): dataset(store, split)
        for name, store in stores.items()
        for split in ("train", "valid")
    }

    def start(name: str, avoid: frozenset[str]) -> CellRun:
        cell = CellRun(name, plan, datasets, storage, avoid)
        cell.start()
        return cell

    return start
