"""The broker as a cell's workers see it."""

from __future__ import annotations

from collections.abc import Mapping

import ray

from sweep.cell.protocol import Work


class RayBrokerClient:
    """The broker, far away."""

    def __init__(self, broker: str, cell: str, capacity: int) -> None:
        self._cell = cell
        self._actor = ray.get_actor(broker, namespace="adsw")
        self._capacity = capacity
        self._attach()

    def next(self) -> Work:
        """Wait for work, for as long as it takes."""
        while True:
            work: Work = ray.get(self._actor.next.remote(self._cell, self._incarnation))
            if work.jobs or work.forget or work.close:
                return work

    def report(self, number: int, epoch: int, metrics: Mapping[str, float]) -> None:
        """Tell of an epoch; a report that no longer counts is the broker's to drop."""
        ray.get(self._actor.report.remote(self._cell, self._incarnation, number, epoch, dict(metrics)))

    def fail(self, number: int, why: str) -> None:
        """Tell of a failure."""
        ray.get(self._actor.fail.remote(self._cell, self._incarnation, number, why))

    def _attach(self) -> None:
        self._incarnation: int = ray.get(self._actor.attach.remote(self._cell, self._capacity))


class SharedBrokerClient:
    """One client for the workers of a cell: rank 0 asks and answers, the others hear what it heard."""

    def __init__(self, client: RayBrokerClient | None) -> None:
        self._client = client

    def next(self) -> Work:
        """The same work on every worker."""
        import torch.distributed  # here, since Train's controllers load this module with `serve`

        words = [self._client.next() if self._client else None]
        torch.distributed.broadcast_object_list(words, src=0)
        assert words[0] is not None
        return words[0]

    def report(self, number: int, epoch: int, metrics: Mapping[str, float]) -> None:
        """Rank 0 reports."""
        if self._client:
            self._client.report(number, epoch, metrics)

    def fail(self, number: int, why: str) -> None:
        """Rank 0 reports."""
        if self._client:
            self._client.fail(number, why)
