"""Executor on Ray Data: a pool of actors, each holding one worker, maps over a stream of items."""

from __future__ import annotations

import os
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from adsw.executor import Worker
from sweep.on_ray.session import quiet_data, start, stop

DEATHS_ALLOWED = 3


class RayExecutor:
    """Maps over items in processes; results come as they are ready. Implements `adsw.executor.Executor`.

    Ray is started at the first use, kept for the next, and shut down by `close` or at the end of the process. If Ray is
    running already, it is used and left running.
    """

    def __init__(self, address: str | None = None) -> None:
        """Use the cluster at `address` or ``RAY_ADDRESS``; without either, start Ray on this machine."""
        self._address = address or os.environ.get("RAY_ADDRESS")
        self._started = False

    def start(self, workers: int) -> None:
        """Start or join Ray with room for `workers` workers.

        Raises:
            InputError: no cluster answers at the address.
        """
        # One processor more than workers: Ray Data reads on it.
        self._started = start(cpus=workers + 1, address=self._address) or self._started

    def map(
        self, make_worker: Callable[[], Worker], items: Sequence[Any], workers: int, *, accelerated: bool = False
    ) -> Iterator[Any]:
        """Yield the results of a worker on every item, as they are ready.

        Raises:
            Exception: any exception that a worker raises.
            ray.exceptions.RayActorError: workers died (killed, out of memory) over `DEATHS_ALLOWED` times.
        """
        if not items:
            return
        self.start(workers)
        yield from _surviving_deaths(make_worker, items, pool_of(workers, accelerated))

    def close(self) -> None:
        """Shut Ray down if this executor started it."""
        if self._started:
            self._started = False
            stop()


@dataclass(frozen=True, slots=True)
class Pool:
    """The processes of a map."""

    size: int
    has_gpus: bool
    """Whether each holds a GPU."""


def pool_of(workers: int, accelerated: bool) -> Pool:
    """Return the pool: as many processes as asked for and the cluster has room for; one per GPU if accelerated."""
    import ray

    resources = ray.cluster_resources()
    gpus = int(resources.get("GPU", 0))
    if accelerated and gpus:
        return Pool(gpus, True)
    # A pool larger than the cluster would wait for ever.
    return Pool(max(1, min(workers, int(resources.get("CPU", 1)))), False)


def _surviving_deaths(make_worker: Callable[[], Worker], items: Sequence[Any], pool: Pool) -> Iterator[Any]:
    """Yield the results of all items; if a process dies, start the unfinished items again with new processes.

    Ray's own restarts are not used, as each pool with them logs an error line to the screen.
    """
    from ray.exceptions import RayActorError

    left = dict(enumerate(items))
    for deaths in range(DEATHS_ALLOWED + 1):
        try:
            for index, result in _streamed(make_worker, left, pool):
                del left[index]
                yield result
        except RayActorError:
            if deaths == DEATHS_ALLOWED:
                raise
        else:
            return


def _streamed(make_worker: Callable[[], Worker], items: dict[int, Any], pool: Pool) -> Iterator[tuple[int, Any]]:
    """Yield index and result of every item, through one pool."""
    import ray
    from ray import cloudpickle
    from ray.data import ActorPoolStrategy
    from ray.util.annotations import RayDeprecationWarning

    quiet_data()
    rows = [{"index": index, "item": cloudpickle.dumps(item)} for index, item in items.items()]
    with warnings.catch_warnings():
        # Ray announces another way to set restarts for 2.64.
        warnings.simplefilter("ignore", RayDeprecationWarning)
        stream = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
            _Actor,
            fn_constructor_args=(cloudpickle.dumps(make_worker), pool.has_gpus),
            batch_size=1,
            # One item at a time: items are long, and the last ones should spread over all actors.
            compute=ActorPoolStrategy(size=min(pool.size, len(items)), max_tasks_in_flight_per_actor=1),
            num_cpus=1,
            num_gpus=1 if pool.has_gpus else None,
            max_restarts=0,
            max_task_retries=0,
        )
    for batch in stream.iter_batches(batch_size=1, prefetch_batches=0):
        result, error = cloudpickle.loads(bytes(batch["outcome"][0]))
        if error is not None:
            raise error
        yield int(batch["index"][0]), result


class _Actor:
    """One worker in a process."""

    def __init__(self, make_worker: bytes, has_gpu: bool) -> None:
        if not has_gpu:
            # Ray leaves all GPUs visible to a process that asks for none, and every worker would take the first.
            os.environ["CUDA_VISIBLE_DEVICES"] = ""
        self._make_worker = make_worker
        self._worker: Worker | None = None

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Work on one item; the outcome is its result, or the exception that the worker raised."""
        from ray import cloudpickle

        outcome: tuple[Any, Exception | None]
        try:
            # Built here and not in the constructor, so that its exceptions reach the user unchanged.
            if self._worker is None:
                self._worker = cloudpickle.loads(self._make_worker)()
            outcome = self._worker(cloudpickle.loads(bytes(batch["item"][0]))), None
        except Exception as error:
            error.add_note("In a worker:\n" + traceback.format_exc())
            outcome = None, error
        return {"index": batch["index"], "outcome": [cloudpickle.dumps(outcome)]}
