"""Exact search: every track is compared with the query."""

from __future__ import annotations

import importlib.util
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from adsw.errors import Fault, InputError
from adsw.retrieval.evaluation import embed
from adsw.retrieval.queries import QuerySet
from adsw.store.store import Store
from adsw.train.heads import Heads

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


TARGET = 0.99
"""Default of the mean share of the exact first `DEPTH` tracks that is to be found."""

DEPTH = 10

LEAST = 1_000
"""Smallest number of tracks of which lists are made."""

_OVERSAMPLED = 8
"""Number of candidates scored again for each wanted track, since the lists' coarse scores misorder them."""

_POINTS_PER_LIST = 39  # what FAISS asks for at least to train a centroid

Search = Callable[[NDArray[np.float32], NDArray[np.float32], int], tuple[NDArray[np.int64], NDArray[np.float32]]]


class Recall(BaseModel):
    """Share of an exact search's tracks that an approximate one finds, as measured when it was built."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    recall: float
    """Mean share of the exact first `depth` tracks found, on queries that did not choose `probes`."""
    depth: int = DEPTH
    queries: int
    target: float = TARGET
    lists: int
    probes: int
    """Number of lists read per query."""
    exact_ms: float
    """Milliseconds per query of the exact search, on the machine that built the index."""
    approximate_ms: float


@dataclass(frozen=True)
class Approximate:
    """Lists of tracks, ready to be searched."""

    lists: Any
    """A `faiss.IndexIVF` over all rows."""
    probes: int

    @classmethod
    def read(cls, path: Path, probes: int) -> Approximate:
        """Read the lists that `write` wrote.

        Raises:
            InputError: FAISS is not installed.
        """
        return cls(_faiss().read_index(str(path)), probes)

    def write(self, path: Path) -> None:
        """Write the lists to a file."""
        _faiss().write_index(self.lists, str(path))

    def nearest(
        self, embeddings_NP: NDArray[np.float32], query_P: NDArray[np.float32], count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return rows and scores as `adsw.search.nearest.nearest`, but some rows may be missed.

        If the lists read hold fewer rows than wanted, the search is exact.
        """
        parameters = _faiss().SearchParametersIVF(nprobe=self.probes)
        wanted = min(max(_OVERSAMPLED * count, 64), len(embeddings_NP))
        _, candidates = self.lists.search(query_P[None], wanted, params=parameters)
        # FAISS fills missing candidates with -1.
        rows = np.sort(candidates[0][candidates[0] >= 0]).astype(np.int64)
        if len(rows) < count:
            return nearest(embeddings_NP, query_P, count)
        return best(rows, scores(embeddings_NP, rows, query_P), count)


def build(
    embeddings_NP: NDArray[np.float32], queries_QP: NDArray[np.float32], target: float = TARGET
) -> tuple[Approximate, Recall]:
    """Make the lists, and choose how many of them to read per query to reach the target recall.

    Args:
        embeddings_NP: at least `LEAST` unit vectors.
        queries_QP: real queries, at least two: the even ones choose the lists read, the odd ones measure the recall.
        target: mean share of the exact first ten to be found.

    Raises:
        InputError: FAISS is not installed.
    """
    faiss = _faiss()
    # 4 sqrt(N) lists, the fewest that FAISS's guidelines advise for up to a million vectors.
    count = max(1, min(round(4 * math.sqrt(len(embeddings_NP))), len(embeddings_NP) // _POINTS_PER_LIST))
    lists = faiss.index_factory(embeddings_NP.shape[1], f"IVF{count},SQ8", faiss.METRIC_INNER_PRODUCT)
    lists.train(embeddings_NP)
    lists.add(embeddings_NP)
    exact, exact_ms = _timed(nearest, embeddings_NP, queries_QP)
    probes = 1
    while True:
        made = Approximate(lists, probes)
        approximate, made_ms = _timed(made.nearest, embeddings_NP, queries_QP)
        shares = np.array([len(np.intersect1d(a, b)) / DEPTH for a, b in zip(exact, approximate, strict=True)])
        # The even queries choose, so that the recall measured on the odd ones is not flattered by the choice.
        if shares[::2].mean() >= target or probes == count:
            break
        probes = min(2 * probes, count)
    measured = Recall(
        recall=float(shares[1::2].mean()),
        queries=len(shares[1::2]),
        target=target,
        lists=count,
        probes=probes,
        exact_ms=exact_ms,
        approximate_ms=made_ms,
    )
    return made, measured


def missing() -> Fault | None:
    """Return the fault that prevents approximate search here, or None if it is possible."""
    if importlib.util.find_spec("faiss") is None:
        return Fault("faiss", "is not installed: approximate search needs it", None, "Run: pip install 'adsw[faiss]'")
    return None


def _faiss() -> Any:
    """Import FAISS.

    Raises:
        InputError: it is not installed.
    """
    if fault := missing():
        raise InputError("The index cannot be searched here", [fault])
    import faiss

    return faiss


def _timed(
    search: Search, embeddings_NP: NDArray[np.float32], queries_QP: NDArray[np.float32]
) -> tuple[list[NDArray[np.int64]], float]:
    """Return the first `DEPTH` rows of every query, and the milliseconds per query."""
    start = time.perf_counter()
    rows = [search(embeddings_NP, query, DEPTH)[0] for query in queries_QP]
    return rows, 1000 * (time.perf_counter() - start) / max(len(queries_QP), 1)


QUERIES = 400
"""Default number of queries."""


def real_queries(heads: Heads, store: Store, splits: Sequence[str], most: int = QUERIES) -> NDArray[np.float32]:
    """Embed the texts of a sample of the tracks, float32 [Q, P], Q at most `most`.

    The sample is the first tracks of every split's first shard, which are random, since a store orders its tracks
    by a hash. Their queries are those of `QuerySet`, evenly spread.

    Args:
        heads: a trained pair.
        store: where the texts are.
        splits: where the tracks are taken from.
        most: largest number of queries.
    """
    embedded = []
    for split in splits:
        table = next(store.tables(split), None)
        if table is not None and len(table):
            queries = QuerySet.from_table(table.slice(0, most), store.info.dimensions)
            embedded.append(embed(heads.text, queries.text_embeddings, "text").float().numpy())
    queries_QP: NDArray[np.float32] = np.concatenate(embedded)
    chosen = np.linspace(0, len(queries_QP) - 1, min(most, len(queries_QP))).astype(np.int64)
    sampled: NDArray[np.float32] = queries_QP[chosen]
    return sampled
