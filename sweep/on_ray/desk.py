"""Clients of the broker for the workers of a cell."""

from __future__ import annotations

from collections.abc import Mapping

import ray

from sweep.cell.protocol import Work


class RayBrokerClient:
    """A cell's client of the broker actor."""

    def __init__(self, broker: str, cell: str, capacity: int) -> None:
        self._cell = cell
        self._actor = ray.get_actor(broker, namespace="adsw")
        self._capacity = capacity
        self._attach()

    def next(self) -> Work:
        """Wait for work without a time limit, and return it."""
        while True:
            work: Work = ray.get(self._actor.next.remote(self._cell, self._incarnation))
            if work.jobs or work.forget or work.close:
                return work

    def report(self, number: int, epoch: int, metrics: Mapping[str, float]) -> None:
        """Report an epoch of a trial; the broker drops a report that no longer counts."""
        ray.get(self._actor.report.remote(self._cell, self._incarnation, number, epoch, dict(metrics)))

    def fail(self, number: int, why: str) -> None:
        """Report the failure of a trial."""
        ray.get(self._actor.fail.remote(self._cell, self._incarnation, number, why))

    def _attach(self) -> None:
        """Register the cell, and keep the number of its incarnation."""
        self._incarnation: int = ray.get(self._actor.attach.remote(self._cell, self._capacity))


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
