"""The workers that share a batch: each has every k-th row, and sees everybody's embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed


@dataclass(frozen=True, slots=True)
class World:
    """This worker among `size`. With more than one, a process group of `torch.distributed` is running."""

    rank: int = 0
    size: int = 1

    def order(self, batch: int) -> NDArray[np.int64]:
        """The rows of a batch as gathered: worker 0's, then worker 1's and so on, int64 [batch]."""
        return np.concatenate([np.arange(rank, batch, self.size) for rank in range(self.size)])

    def rows(self, batch: int) -> slice:
        """Where this worker's rows stand in the gathered order."""
        start = sum(self._share(rank, batch) for rank in range(self.rank))
        return slice(start, start + self._share(self.rank, batch))

    def gather(self, own_SbP: Tensor, batch: int) -> Tensor:
        """Everybody's rows [S, B, P] in the gathered order; gradients flow back to their owners, summed.

        Args:
            own_SbP: this worker's rows.
            batch: B, the rows of all workers.
        """
        if self.size == 1:
            return own_SbP
        gathered: Tensor = _Gather.apply(own_SbP, self, batch)  # type: ignore[no-untyped-call]
        return gathered

    def sum_(self, values: Tensor) -> None:
        """Replace values by their sum over the workers."""
        if self.size > 1:
            distributed.all_reduce(values)

    def from_first(self, value: Any) -> Any:
        """What the first worker gave, on every worker; what the others give is not looked at."""
        if self.size == 1:
            return value
        words = [value]
        distributed.broadcast_object_list(words, src=0)
        return words[0]

    def _share(self, rank: int, batch: int) -> int:
        return len(range(rank, batch, self.size))


class _Gather(torch.autograd.Function):
    """All-gather along dimension 1; its gradient is the sum over workers, each taking its own rows."""

    @staticmethod
    def forward(ctx: Any, own: Tensor, world: World, batch: int) -> Tensor:
        ctx.rows = world.rows(batch)
        most = -(-batch // world.size)
        padded = own.new_zeros(own.shape[0], most, own.shape[2])
        padded[:, : own.shape[1]] = own
        parts = [torch.empty_like(padded) for _ in range(world.size)]
        distributed.all_gather(parts, padded)
        shares = [len(range(rank, batch, world.size)) for rank in range(world.size)]
        return torch.cat([part[:, :share] for part, share in zip(parts, shares, strict=True)], dim=1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        total = gradients[0].contiguous()
        distributed.all_reduce(total)
        return total[:, ctx.rows], None, None
