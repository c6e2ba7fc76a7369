"""Groups of equal rows, so that what is computed for one of them holds for all, to the bit.

A matrix product may treat its last rows and columns by other kernels, which add in another order: two equal
rows can come out unequal in the last bit, and a tie would be broken by their positions.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
