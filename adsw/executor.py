"""Executors of per-item work: in this process, or by an installed executor (Ray Data).

`adsw` itself does not import Ray. Executors are found through the entry-point group ``adsw.executors``, so that imports
go one way only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import entry_points
from typing import Any, Protocol

from adsw.errors import Fault, InputError, unknown

Worker = Callable[[Any], Any]


class Executor(Protocol):
    """Maps a function over items, in parallel, yielding results as they come (order not promised)."""

    def start(self, workers: int) -> None:
        """Prepare to run that many workers, if this takes time; `map` does it if it was not done before."""
        ...

    def map(
        self, make_worker: Callable[[], Worker], items: Sequence[Any], workers: int, *, accelerated: bool = False
    ) -> Iterator[Any]:
        """Apply a worker to every item and yield the results as they come.

        Args:
            make_worker: builds one worker per process (loads encoders there); must be picklable.
            items: picklable items, each worth a second or more of work.
            workers: processes to use.
            accelerated: whether a GPU makes the worker faster. If there are GPUs, each gets one worker and `workers`
                is ignored; workers that are not accelerated see no GPU.
        """
        ...


class LocalExecutor:
    """One worker in this process, items in order."""

    def start(self, workers: int) -> None:
        """See `Executor.start`; there is nothing to do."""

    def map(
        self, make_worker: Callable[[], Worker], items: Sequence[Any], workers: int = 1, *, accelerated: bool = False
    ) -> Iterator[Any]:
        """See `Executor.map`; `workers` and `accelerated` are ignored: a GPU that this process sees is used."""
        del workers, accelerated
        if items:  # without any, no encoder is loaded
            worker = make_worker()
            for item in items:
                yield worker(item)


def executor_named(name: str, address: str | None = None) -> Executor:
    """Return the executor of a name: ``local``, or one of the entry-point group ``adsw.executors``.

    Args:
        name: the executor.
        address: address of the cluster to use; None for one that the executor starts on this machine.

    Raises:
        InputError: no such executor is installed, or it has no cluster.
    """
    if name == "local":
        if address is not None:
            fault = Fault("--address", "is of a cluster, and local is this process", address, "Leave one of them out.")
            raise InputError("No such executor", [fault])
        return LocalExecutor()
    installed = {entry.name: entry for entry in entry_points(group="adsw.executors")}
    if name not in installed:
        raise InputError("No such executor", [unknown("--executor", name, ["local", *installed], "executor")])
    executor: Executor = installed[name].load()(address)
    return executor
