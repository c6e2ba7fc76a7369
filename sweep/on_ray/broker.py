"""The broker as a Ray actor: adds waiting to the pure state machine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from sweep.cell.broker import Broker
from sweep.cell.messages import Progress, RefusedHost, Served, Snapshot, TrialRequest, Work

WAIT_S = 20.0
"""Longest wait inside one call, after which callers ask again."""


class BrokerActor:
    """Wraps `Broker`, and wakes all waiting calls at every change."""

    def __init__(self) -> None:
        self._broker = Broker()
        self._changed = asyncio.Condition()

    async def submit(self, request: TrialRequest) -> None:
        """Submit a trial, as `Broker.submit` does."""
        self._broker.submit(request)
        await self._wake()

    async def grant(self, number: int, token: str, until: int) -> bool:
        """Let a trial train up to an epoch, as `Broker.grant` does.

        Returns:
            False if this broker does not know the client, as after a restart: it must submit its trial again.
        """
        known = self._broker.knows(number, token)
        self._broker.grant(number, token, until)
        await self._wake()
        return known

    async def reach(self, number: int, token: str, epoch: int) -> Progress | None:
        """Wait until a trial has trained `epoch` epochs, ended before them or failed, at most `WAIT_S`.

        Returns:
            Its progress; None if this broker does not know the trial.
        """

        def reached() -> bool:
            progress = self._broker.progress(number)
            gone = progress is None or not self._broker.knows(number, token)
            if gone or progress is None:
                return True
            return progress.why is not None or progress.over or progress.epoch >= epoch

        await self._until(reached)
        return self._broker.progress(number) if self._broker.knows(number, token) else None

    async def progress(self, number: int) -> Progress | None:
        """Return the progress of a trial, as `Broker.progress` does."""
        return self._broker.progress(number)

    async def release(self, number: int) -> None:
        """Forget a trial, as `Broker.release` does."""
        self._broker.release(number)
        await self._wake()

    async def attach(self, cell: str, capacity: int, served: Served | None = None) -> int:
        """Register a cell, as `Broker.attach` does."""
        incarnation = self._broker.attach(cell, capacity, served)
        await self._wake()
        return incarnation

    async def detach(self, cell: str) -> None:
        """Free the trials of a cell, as `Broker.detach` does."""
        self._broker.detach(cell)
        await self._wake()

    async def refuse(self, refused: RefusedHost) -> None:
        """Register a host that cannot train, as `Broker.refuse` does."""
        self._broker.refuse(refused)
        await self._wake()

    async def next(self, cell: str, incarnation: int) -> Work:
        """Wait for a cell's work; return an empty `Work` after `WAIT_S`."""
        ready: list[Work] = []

        def has_work() -> bool:
            work = self._broker.next(cell, incarnation)
            if work is not None:
                ready.append(work)  # the broker hands work out once, so it must be kept
            return bool(ready)

        await self._until(has_work)
        return ready[0] if ready else Work()

    async def report(self, cell: str, incarnation: int, number: int, epoch: int, metrics: Mapping[str, float]) -> bool:
        """Record an epoch of a trial, as `Broker.report` does."""
        counted = self._broker.report(cell, incarnation, number, epoch, metrics)
        await self._wake()
        return counted

    async def fail(self, cell: str, incarnation: int, number: int, why: str) -> None:
        """Record the failure of a trial, as `Broker.fail` does."""
        self._broker.fail(cell, incarnation, number, why)
        await self._wake()

    async def snapshot(self) -> Snapshot:
        """Return the state for the live view, as `Broker.snapshot` does."""
        return self._broker.snapshot()

    async def close(self) -> None:
        """Close the broker, as `Broker.close` does."""
        self._broker.close()
        await self._wake()

    async def _wake(self) -> None:
        """Let all waiting calls look again."""
        async with self._changed:
            self._changed.notify_all()

    async def _until(self, holds: Any) -> None:
        """Wait until a condition holds, at most `WAIT_S`."""
        async with self._changed:
            try:
                await asyncio.wait_for(self._changed.wait_for(holds), WAIT_S)
            except TimeoutError:  # the caller asks again
                return


def start_broker(name: str) -> Any:
    """Start the broker of a sweep on this process's node, without which there is no driver to serve.

    Ray starts it again if its process dies; it then knows nothing (see `sweep.cell.broker`).
    """
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    # No processor, so that it does not take one from a cell; many calls, as each trial's client waits in one.
    made = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1, max_concurrency=1000)(BrokerActor)
    return made.options(name=name, namespace="adsw", scheduling_strategy=here).remote()
