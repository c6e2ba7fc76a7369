"""Where per-item work runs: in this process, or on whatever an installed executor offers (Ray Data).

`adsw` knows no cluster. Executors are found through the entry-point group ``adsw.executors``, so the arrow of imports
stays one way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import entry_points
from typing import Any, Protocol

from adsw.errors import InputError, unknown

Worker = Callable[[Any], Any]


class Executor(Protocol):
    """Maps a function over items, in parallel, yielding results as they come (order not promised)."""

    def map(self, make_worker: Callable[[], Worker], items: Sequence[Any], workers: int) -> Iterator[Any]:
        """Apply a worker to every item.

        Args:
            make_worker: builds one worker per process (loads encoders there); must be picklable.
            items: picklable items, each worth a second or more of work.
            workers: processes to use.
        """
        ...


class LocalExecutor:
    """One worker in this process, items in order."""

    def map(self, make_worker: Callable[[], Worker], items: Sequence[Any], workers: int = 1) -> Iterator[Any]:
        """See `Executor.map`; `workers` is ignored."""
        del workers
        if items:
            worker = make_worker()
            for item in items:
                yield worker(item)


def executor_named(name: str) -> Executor:
    """The executor of that name: ``local``, or one installed under the entry-point group ``adsw.executors``.

    Raises:
        InputError: no such executor is installed.
    """
    if name == "local":
        return LocalExecutor()
    found = {entry.name: entry for entry in entry_points(group="adsw.executors")}
    if name not in found:
        raise InputError("No such executor", [unknown("--executor", name, ["local", *found], "executor")])
    made: Executor = found[name].load()()
    return made
