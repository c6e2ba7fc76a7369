"""Exact search: every track is compared with the query."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BLOCK = 16_384
"""Number of embeddings read at once."""


def nearest(
    embeddings_NP: NDArray[np.float32],
    query_P: NDArray[np.float32],
    count: int,
    allowed_N: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the rows with the largest inner products, best first.

    A product in single precision finds the candidates; its rounding error is bounded, so no row that belongs among
    the first is lost. The candidates are scored again by `scores`, so that equal rows score the same wherever they
    are.

    Args:
        embeddings_NP: unit vectors; may be a file mapped to memory, read once in blocks.
        query_P: a vector of any norm.
        count: number of rows to return, at most the number allowed.
        allowed_N: the rows that may be found; None allows all.

    Returns:
        Rows and scores, best first, equal scores in the order of the rows.

    >>> nearest(np.eye(3, dtype=np.float32), np.array([0, 1, 0.5], np.float32), 2)
    (array([1, 2]), array([1. , 0.5], dtype=float32))
    """
    rough_N = np.empty(len(embeddings_NP), np.float32)
    for first in range(0, len(rough_N), _BLOCK):
        rough_N[first : first + _BLOCK] = embeddings_NP[first : first + _BLOCK] @ query_P
    if allowed_N is not None:
        rough_N[~allowed_N] = -np.inf
    last = np.partition(rough_N, len(rough_N) - count)[len(rough_N) - count]
    # Twice the bound of a product's error (Higham 2002, 3.1), for unit rows.
    slack = len(query_P) * np.finfo(np.float32).eps * float(np.linalg.norm(query_P))
    candidates = np.flatnonzero(rough_N >= last - slack)
    return best(candidates, scores(embeddings_NP, candidates, query_P), count)


def scores(
    embeddings_NP: NDArray[np.float32], rows: NDArray[np.int64], query_P: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Compute the inner products of some rows with a query, summed in double precision, float32 [rows]."""
    products = np.empty(len(rows), np.float32)
    query = query_P.astype(np.float64)
    for first in range(0, len(rows), _BLOCK):
        block = embeddings_NP[rows[first : first + _BLOCK]].astype(np.float64)
        # Not `block @ query`: a matrix product may sum in another order for another number of rows.
        products[first : first + _BLOCK] = (block * query).sum(axis=1)
    return products


def best(
    rows: NDArray[np.int64], row_scores: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the rows with the largest scores, best first, equal scores in the order of the rows."""
    order = np.lexsort((rows, -row_scores))[:count]
    return rows[order], row_scores[order]
