"""Sums of vectors by owner, and inner products with the sums, some rows at a time to bound memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats, Ints

_ROWS = 8192
"""Rows held in float64 at a time."""


def summed(vectors_MD: NDArray[Any], owner_M: Ints, owners: int) -> Floats:
    """Sum the vectors of every owner, in float64, [owners, D].

    Args:
        vectors_MD: the vectors, one per row.
        owner_M: the owner of each, 0 to owners - 1.
        owners: number of owners; one without vectors has a sum of 0.
    """
    from scipy.sparse import csr_matrix

    out = np.zeros((owners, vectors_MD.shape[1]))
    for first in range(0, len(owner_M), _ROWS):
        owner = owner_M[first : first + _ROWS]
        # A sparse product is far faster than `np.add.at`.
        belongs = csr_matrix((np.ones(len(owner)), (owner, np.arange(len(owner)))), shape=(owners, len(owner)))
        out += belongs @ vectors_MD[first : first + _ROWS].astype(np.float64)
    return out


def products(vectors_MD: NDArray[Any], sums_CD: Floats, owner_M: Ints) -> Floats:
    """Return the inner product of every vector with its owner's sum, float64 [M].

    Args:
        vectors_MD: the vectors.
        sums_CD: the sum of each of C owners.
        owner_M: the owner of each vector.
    """
    out = np.empty(len(owner_M))
    for first in range(0, len(owner_M), _ROWS):
        rows = slice(first, first + _ROWS)
        out[rows] = np.einsum("md,md->m", vectors_MD[rows].astype(np.float64), sums_CD[owner_M[rows]])
    return out
