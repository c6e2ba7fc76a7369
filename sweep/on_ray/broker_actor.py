"""The broker as a Ray actor: the pure state machine, with waiting added."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import ray

from sweep.cell.broker import Broker
from sweep.cell.protocol import Progress, Snapshot, TrialRequest, Work

WAIT_S = 20.0
"""Longest wait inside one call; callers ask again."""


class BrokerActor:
    """Wraps `Broker`; every change wakes those who wait."""

    def __init__(self) -> None:
        self._broker = Broker()
        self._changed = asyncio.Condition()

    async def submit(self, request: TrialRequest) -> None:
        """See `Broker.submit`."""
        self._broker.submit(request)
        await self._wake()

    async def grant(self, number: int, token: str, until: int) -> bool:
        """See `Broker.grant`. False where this broker does not know the client: it must submit again."""
        known = self._broker.knows(number, token)
        self._broker.grant(number, token, until)
        await self._wake()
        return known

    async def reach(self, number: int, token: str, epoch: int) -> Progress | None:
        """Wait until a trial has seen `epoch` epochs or failed.

        Returns:
            Its progress by then, or at the longest wait's end; None where the trial is not known here.
        """

        def there() -> bool:
            progress = self._broker.progress(number)
            gone = progress is None or not self._broker.knows(number, token)
            return gone or progress is None or progress.why is not None or progress.epoch >= epoch

        await self._until(there)
        return self._broker.progress(number) if self._broker.knows(number, token) else None

    async def progress(self, number: int) -> Progress | None:
        """See `Broker.progress`."""
        return self._broker.progress(number)

    async def release(self, number: int) -> None:
        """See `Broker.release`."""
        self._broker.release(number)
        await self._wake()

    async def attach(self, cell: str, capacity: int) -> int:
        """See `Broker.attach`."""
        incarnation = self._broker.attach(cell, capacity)
        await self._wake()
        return incarnation

    async def next(self, cell: str, incarnation: int) -> Work:
        """Wait for work; an empty `Work` after the longest wait."""
        found: list[Work] = []

        def there() -> bool:
            work = self._broker.next(cell, incarnation)
            if work is not None:
                found.append(work)
            return bool(found)

        await self._until(there)
        return found[0] if found else Work()

    async def report(self, cell: str, incarnation: int, number: int, epoch: int, metrics: Mapping[str, float]) -> bool:
        """See `Broker.report`."""
        counted = self._broker.report(cell, incarnation, number, epoch, metrics)
        await self._wake()
        return counted

    async def fail(self, cell: str, incarnation: int, number: int, why: str) -> None:
        """See `Broker.fail`."""
        self._broker.fail(cell, incarnation, number, why)
        await self._wake()

    async def snapshot(self) -> Snapshot:
        """See `Broker.snapshot`."""
        return self._broker.snapshot()

    async def close(self) -> None:
        """See `Broker.close`."""
        self._broker.close()
        await self._wake()

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _until(self, there: Any) -> None:
        async with self._changed:
            try:
                await asyncio.wait_for(self._changed.wait_for(there), WAIT_S)
            except TimeoutError:
                return


def start_broker(name: str) -> Any:
    """Start the broker of a sweep. It takes no processor, and is started again where its node dies."""
    made = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1, max_concurrency=1000)(BrokerActor)
    return made.options(name=name, namespace="adsw").remote()
