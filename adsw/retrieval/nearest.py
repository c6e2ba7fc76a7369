"""The nearest items of every query by inner product, block by block, without a full similarity matrix."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

_BLOCK_BYTES = 32 * 2**20
"""Size of one block of scores."""


def nearest(
    queries_QD: torch.Tensor, items_ND: torch.Tensor, count: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the `count` items of largest inner product with every query, best first.

    Args:
        queries_QD: float32 queries [Q, D].
        items_ND: float32 items [N, D], on the same device.
        count: number of items per query, at least 1; all items if there are fewer.

    Returns:
        Inner products, float32 [Q, count], and rows of the items, int64 [Q, count].

    Raises:
        ValueError: there is no item, or `count` is below 1.
    """
    if count < 1 or not len(items_ND):
        raise ValueError(f"at least one item must be there and asked for, not {count} of {len(items_ND)}")
    count = min(count, len(items_ND))
    scores = np.empty((len(queries_QD), count), dtype=np.float32)
    index = np.empty((len(queries_QD), count), dtype=np.int64)
    rows = max(1, _BLOCK_BYTES // (4 * len(items_ND)))
    for first in range(0, len(queries_QD), rows):
        best = torch.topk(queries_QD[first : first + rows] @ items_ND.T, count, dim=1)
        scores[first : first + rows] = best.values.cpu().numpy()
        index[first : first + rows] = best.indices.cpu().numpy()
    return scores, index


_BLOCK = 512
"""Rows copied at a time."""


def distinct_rows(rows: NDArray[np.floating[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the groups of equal rows.

    Args:
        rows: [N, ...], of any float type; 0 and -0 are equal.

    Returns:
        The first row of each of U groups, int64 [U], ascending, and the group of every row, int64 [N].

    >>> distinct_rows(np.array([[1.0], [0.0], [1.0], [-0.0]]))
    (array([0, 1]), array([0, 1, 0, 1]))
    """
    # Digests as keys, because rows of tokens are large and all keys are held at once.
    numbers: dict[bytes, int] = {}
    group = np.empty(len(rows), dtype=np.int64)
    for first in range(0, len(rows), _BLOCK):
        # Adding zero makes -0 into 0: equal numbers, equal bytes.
        for offset, row in enumerate(np.ascontiguousarray(rows[first : first + _BLOCK]) + 0.0):
            digest = hashlib.blake2b(row, digest_size=16).digest()
            group[first + offset] = numbers.setdefault(digest, len(numbers))
    firsts = np.unique(group, return_index=True)[1].astype(np.int64)
    return firsts, group
