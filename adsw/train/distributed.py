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
        """Return the rows of a batch as gathered, int64 [B]: worker 0's, then worker 1's and so on."""
        return np.concatenate([np.arange(rank, batch, self.size) for rank in range(self.size)])

    def rows(self, batch: int) -> slice:
        """Return where this worker's rows are in the gathered order."""
        start = sum(self._share(rank, batch) for rank in range(self.rank))
        return slice(start, start + self._share(self.rank, batch))

    def gather(self, rows_SbP: Tensor, batch: int) -> Tensor:
        """Gather the rows of all workers, [S, B, P] in the gathered order; gradients flow back to their owners, summed.

        Args:
            rows_SbP: [S, b, P], this worker's rows.
            batch: B, the rows of all workers.
        """
        if self.size == 1:
            return rows_SbP
        gathered: Tensor = _Gather.apply(rows_SbP, self, batch)  # type: ignore[no-untyped-call]
        return gathered

    def sum_(self, values: Tensor) -> None:
        """Replace values by their sum over the workers."""
        if self.size > 1:
            distributed.all_reduce(values)

    def from_first(self, value: Any) -> Any:
        """Return the first worker's value on every worker; the values of the others are ignored."""
        if self.size == 1:
            return value
        box = [value]
        distributed.broadcast_object_list(box, src=0)
        return box[0]

    def _share(self, rank: int, batch: int) -> int:
        """Return how many rows of a batch a worker has: every `size`-th from its rank on."""
        return len(range(rank, batch, self.size))


class _Gather(torch.autograd.Function):
    """All-gather along dimension 1; its gradient is the sum over workers, each taking its own rows."""

    @staticmethod
    def forward(ctx: Any, rows_SbP: Tensor, world: World, batch: int) -> Tensor:
        ctx.rows = world.rows(batch)
        # all_gather takes equal shapes, and the last workers may have one row less.
        most = -(-batch // world.size)
        padded = rows_SbP.new_zeros(rows_SbP.shape[0], most, rows_SbP.shape[2])
        padded[:, : rows_SbP.shape[1]] = rows_SbP
        parts = [torch.empty_like(padded) for _ in range(world.size)]
        distributed.all_gather(parts, padded)
        shares = [len(range(rank, batch, world.size)) for rank in range(world.size)]
        return torch.cat([part[:, :share] for part, share in zip(parts, shares, strict=True)], dim=1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        # Every worker's loss depends on every row, so a row's gradient is the sum of what all workers have for it.
        total = gradients[0].contiguous()
        distributed.all_reduce(total)
        return total[:, ctx.rows], None, None
