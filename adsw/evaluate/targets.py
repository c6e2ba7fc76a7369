"""Which items are right for which query, in compressed sparse rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Targets:
    """The right items of Q queries.

    A pair is one query with one of its right items; pairs are ordered by query.

    Attributes:
        starts: int64 [Q + 1]; the targets of query q are ``items[starts[q]:starts[q + 1]]``.
        items: int64 [pairs], item indices, no item twice for one query.
    """

    starts: NDArray[np.int64]
    items: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Check that the arrays fit each other.

        Raises:
            ValueError: the starts do not cover the items, a query has no target, or has one twice.
        """
        if len(self.starts) < 1 or self.starts[0] != 0 or self.starts[-1] != len(self.items):
            raise ValueError("targets: starts must run from 0 to the number of pairs")
        empty = np.flatnonzero(self.counts < 1)
        if len(empty):
            raise ValueError(f"targets: query {empty[0]} has none; every query needs at least one")
        order = np.lexsort((self.items, self.queries))
        again = (np.diff(self.queries[order]) == 0) & (np.diff(self.items[order]) == 0)
        if again.any():
            raise ValueError(f"targets: query {self.queries[order][1:][again][0]} has the same item twice")

    @classmethod
    def of(cls, lists: Iterable[Sequence[int]]) -> Targets:
        """Build from one sequence of item indices per query.

        >>> Targets.of([[2], [0, 1]]).counts.tolist()
        [1, 2]
        """
        rows = [np.asarray(row, dtype=np.int64) for row in lists]
        starts = np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64)
        return cls(starts, np.concatenate(rows) if rows else np.empty(0, dtype=np.int64))

    @classmethod
    def from_pairs(cls, queries: NDArray[np.int64], items: NDArray[np.int64], n_queries: int) -> Targets:
        """Build from pairs (query, item) in any order.

        Args:
            queries: int64 [pairs], in 0..n_queries - 1; each query occurs at least once.
            items: int64 [pairs], the item of each; a pair given twice counts once.
            n_queries: Q.

        Raises:
            ValueError: a query has no item.
        """
        pairs = np.unique(np.stack([queries, items], axis=1), axis=0)
        starts = np.searchsorted(pairs[:, 0], np.arange(n_queries + 1)).astype(np.int64)
        return cls(starts, np.ascontiguousarray(pairs[:, 1]).astype(np.int64))

    def __len__(self) -> int:
        """Number of queries."""
        return len(self.starts) - 1

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of targets of every query, int64 [Q]."""
        return np.diff(self.starts)

    @property
    def queries(self) -> NDArray[np.int64]:
        """The query of every pair, int64 [pairs], ascending."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.counts)

    def turned(self) -> tuple[NDArray[np.int64], Targets]:
        """Return the same pairs with items as queries, for the other direction of retrieval.

        Returns:
            The U items that are right for any query, int64 [U], sorted, and the queries of each of them, as targets.

        >>> items, queries = Targets.of([[2], [0, 2]]).turned()
        >>> items.tolist(), queries.starts.tolist(), queries.items.tolist()
        ([0, 2], [0, 1, 3], [1, 0, 1])
        """
        items, number = np.unique(self.items, return_inverse=True)
        return items, Targets.from_pairs(number.astype(np.int64), self.queries, len(items))
