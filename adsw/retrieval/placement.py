"""The places of every query's targets among all items, found by counting: no sort, no full similarity matrix.

A target's place is fixed by two counts over the pool: the items scored above it and the items scored the
same, itself included. Both come out of one blocked matrix product whose blocks stay small, so time is a
little over that of the bare product and extra memory does not grow with the number of queries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from adsw.retrieval.nearest import distinct_rows
from adsw.retrieval.queries import Targets

Array: TypeAlias = NDArray[np.floating[Any]] | torch.Tensor

_EXACT = 2**24
"""Counts are summed in float32, which is exact for whole numbers up to this one."""
_ON_CPU, _ON_GPU = (16 * 2**20, 2**19), (256 * 2**20, 128 * 2**20)
"""Bytes of a block of scores, and of the piece of it compared at a time: small enough for a core's cache, large
enough to fill a GPU."""


@dataclass(frozen=True, slots=True)
class Placements:
    """The places of all targets of all queries.

    Attributes:
        targets: the pairs (query, item); `above` and `tied` are in their order.
        above: int64 [pairs], items scored higher than the target (0 if it is first).
        tied: int64 [pairs], items scored the same as the target, itself included (so at least 1).
        pool: number of items.
    """

    targets: Targets
    above: NDArray[np.int64]
    tied: NDArray[np.int64]
    pool: int

    @property
    def ranks(self) -> NDArray[np.float64]:
        """1-based rank of every target, at the middle of its tied block, float64 [pairs]."""
        middle: NDArray[np.float64] = self.above + (self.tied + 1) / 2
        return middle


def place(queries_QP: Array, items_NP: Array, targets: Targets, block_bytes: int | None = None) -> Placements:
    """Rank all items by inner product with every query, and return the places of the targets.

    Products are made in float32 (float64 where an array is float64). Items whose vectors are the same are
    scored once, so that duplicates tie exactly, whatever order a matrix product adds in.

    Args:
        queries_QP: query embeddings [Q, P], floating point, NumPy or torch, on any device.
        items_NP: item embeddings [N, P], of the same width and on the same device.
        targets: the right items of every query; items are rows of `items_NP`.
        block_bytes: bound on one block of scores (default 16 MiB, on a GPU 256 MiB).

    Raises:
        ValueError: an array is not a floating-point matrix, is empty, or holds NaN or infinity (the message
            names it); widths or devices differ; the targets do not fit; scores would overflow; the pool has
            2**24 items or more.
    """
    queries, items = matrices(queries_QP, items_NP)
    _check_fit(queries, items, targets)
    _check_finite(queries, items)
    pool = len(items)
    firsts, group = distinct_rows(items.cpu().numpy())
    # Of equal items only the first is scored, and it counts for as many as there are.
    wanted, weights = group[targets.items], None
    if len(firsts) < pool:
        items = items[torch.from_numpy(firsts).to(items.device)]
        weights = torch.from_numpy(np.bincount(group)).to(items)
    above, tied = _count(queries, items, targets, wanted, weights, block_bytes)
    return Placements(targets, above, tied, pool)


def _count(
    queries_QP: torch.Tensor,
    items_NP: torch.Tensor,
    targets: Targets,
    wanted: NDArray[np.int64],
    weights_N: torch.Tensor | None,
    block_bytes: int | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the items above and level with every target, one block of queries at a time.

    Args:
        queries_QP: query embeddings.
        items_NP: embeddings of the N distinct items.
        targets: the pairs; only their queries are used.
        wanted: int64 [pairs], the distinct item of every pair.
        weights_N: how many items each distinct item counts for, None for one each.
        block_bytes: bound on one block of scores, None for the device's default.

    Returns:
        `Placements.above` and `Placements.tied`.
    """
    device = queries_QP.device
    row_bytes = items_NP.shape[0] * items_NP.element_size()
    of_piece = (_ON_CPU if device.type == "cpu" else _ON_GPU)[1]
    rows, chunk = block_rows(items_NP, block_bytes), max(1, of_piece // row_bytes)
    counts = torch.empty((2, len(wanted)), dtype=items_NP.dtype, device=device)
    # One buffer serves all blocks, so memory does not grow with the number of queries.
    scores = torch.empty((min(rows, len(queries_QP)), items_NP.shape[0]), dtype=items_NP.dtype, device=device)
    owner, item = torch.from_numpy(targets.queries).to(device), torch.from_numpy(wanted).to(device)
    for first in range(0, len(queries_QP), rows):
        last = min(first + rows, len(queries_QP))
        block = torch.mm(queries_QP[first:last], items_NP.T, out=scores[: last - first])
        begin, end = int(targets.starts[first]), int(targets.starts[last])
        for low in range(begin, end, chunk):
            high = min(low + chunk, end)
            pair_rows = owner[low:high] - first
            counts[:, low:high] = _compare(block, pair_rows, item[low:high], weights_N)
    above, tied = counts.to("cpu", torch.float64).round().to(torch.int64).numpy()
    return above, tied


def _compare(
    block_BN: torch.Tensor, rows: torch.Tensor, items: torch.Tensor, weights_N: torch.Tensor | None
) -> torch.Tensor:
    """Count the items that score above and level with each pair, float [2, pairs].

    Args:
        block_BN: scores of B queries for N items.
        rows: int64 [pairs], row of each pair's query in the block.
        items: int64 [pairs], item of each pair.
        weights_N: how many items each item counts for, None for one each.
    """
    level = block_BN[rows, items, None]
    scores = block_BN[rows]
    # Indexing has copied the scores, so both comparisons may be written as 0 and 1 into floats, to weigh and sum.
    higher = torch.gt(scores, level, out=torch.empty_like(scores))
    same = scores.eq_(level)
    if weights_N is not None:
        higher, same = higher.mul_(weights_N), same.mul_(weights_N)
    return torch.stack([higher.sum(1), same.sum(1)])


def block_rows(items_NP: torch.Tensor, block_bytes: int | None = None) -> int:
    """Return how many queries' scores of all items make a block of at most `block_bytes` (as in `place`)."""
    default = (_ON_CPU if items_NP.device.type == "cpu" else _ON_GPU)[0]
    return max(1, (block_bytes or default) // (items_NP.shape[0] * items_NP.element_size()))


def matrices(queries_QP: Array, items_NP: Array) -> tuple[torch.Tensor, torch.Tensor]:
    """Return embeddings as tensors of the type that their products are made in; errors as `place`."""
    queries, items = _matrix(queries_QP, "queries"), _matrix(items_NP, "items")
    dtype = torch.float64 if torch.float64 in (queries.dtype, items.dtype) else torch.float32
    return queries.to(dtype), items.to(dtype)


def _matrix(array: Array, name: str) -> torch.Tensor:
    """Return an array as a tensor, checked to be a floating-point matrix that is not empty."""
    tensor = array if isinstance(array, torch.Tensor) else torch.from_numpy(_writeable(np.asarray(array)))
    if tensor.ndim != 2 or not tensor.is_floating_point():
        given = f"{tensor.dtype} {list(tensor.shape)}"
        raise ValueError(f"{name}: must be a floating-point matrix [rows, width], not {given}")
    if not tensor.numel():
        raise ValueError(f"{name}: must not be empty, is {list(tensor.shape)}")
    return tensor.detach()


def _writeable(array: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Return the array itself, or a copy of a read-only one, for which torch would warn."""
    return array if array.flags.writeable else array.copy()


def _check_fit(queries: torch.Tensor, items: torch.Tensor, targets: Targets) -> None:
    """Check that queries, items and targets have matching shapes and a device in common."""
    if queries.shape[1] != items.shape[1]:
        raise ValueError(f"queries are {queries.shape[1]} wide, items {items.shape[1]}: widths must agree")
    if queries.device != items.device:
        raise ValueError(f"queries are on {queries.device}, items on {items.device}: devices must agree")
    if len(targets) != len(queries):
        raise ValueError(f"targets are of {len(targets)} queries, there are {len(queries)}")
    if targets.items.min() < 0 or targets.items.max() >= len(items):
        raise ValueError(f"targets: item indices must lie in 0..{len(items) - 1}")
    if len(items) >= _EXACT:
        raise ValueError(f"items: at most {_EXACT - 1} can be counted exactly, there are {len(items)}")


def _check_finite(queries: torch.Tensor, items: torch.Tensor) -> None:
    """Check that all values are finite and that no inner product can overflow."""
    largest = []
    for name, tensor in (("queries", queries), ("items", items)):
        low, high = torch.aminmax(tensor)  # aminmax returns NaN if any value is NaN
        largest.append(max(abs(float(low)), abs(float(high))))
        if not np.isfinite([float(low), float(high)]).all():
            raise ValueError(f"{name}: holds NaN or infinity; such embeddings cannot be ranked")
    if largest[0] * largest[1] * queries.shape[1] > torch.finfo(queries.dtype).max:
        raise ValueError(f"queries and items: values as large as {max(largest):.3g} overflow the score")
