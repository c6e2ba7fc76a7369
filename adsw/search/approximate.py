"""Search in large pools by FAISS (Johnson, Douze and Jégou, *Billion-scale similarity search with GPUs*, 2019).

An inverted file: the tracks lie in lists around centroids, and only the lists nearest to a query are read, with
a byte per feature. What they propose is scored again from the full embeddings, so scores are those of an exact
search, and a track can only be missed. How often that happens is measured on real queries when the index is
built, and stored with it.
"""

from __future__ import annotations

import importlib.util
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from adsw.errors import Fault, InputError
from adsw.search.exact import best, nearest, scores

TARGET = 0.99
DEPTH = 10
LEAST = 1_000
"""Tracks below which lists make no sense."""
_OVERSAMPLED = 8
_POINTS_PER_LIST = 39  # what FAISS asks for at least to train a centroid

Search = Callable[[NDArray[np.float32], NDArray[np.float32], int], tuple[NDArray[np.int64], NDArray[np.float32]]]


class Recall(BaseModel):
    """How much of an exact search an approximate one finds, as measured when it was built."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    recall: float
    """Mean share of the exact first `depth` tracks found, on queries that did not choose `probes`."""
    depth: int = DEPTH
    queries: int
    target: float = TARGET
    lists: int
    probes: int
    """Lists read per query."""
    exact_ms: float
    """Milliseconds per query of the exact search, on the machine that built the index."""
    approximate_ms: float


@dataclass(frozen=True)
class Approximate:
    """Lists of tracks, ready to be asked."""

    lists: Any
    """A `faiss.IndexIVF` over all rows."""
    probes: int

    @classmethod
    def read(cls, path: Path, probes: int) -> Approximate:
        """Read what `write` wrote.

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
        """The rows with the largest inner products, as `adsw.search.exact.nearest`, but some may be missed.

        Where the lists read hold fewer rows than wanted, the search is exact.
        """
        parameters = _faiss().SearchParametersIVF(nprobe=self.probes)
        wanted = min(max(_OVERSAMPLED * count, 64), len(embeddings_NP))
        _, found = self.lists.search(query_P[None], wanted, params=parameters)
        rows = np.sort(found[0][found[0] >= 0]).astype(np.int64)
        if len(rows) < count:
            return nearest(embeddings_NP, query_P, count)
        return best(rows, scores(embeddings_NP, rows, query_P), count)


def build(
    embeddings_NP: NDArray[np.float32], queries_QP: NDArray[np.float32], target: float = TARGET
) -> tuple[Approximate, Recall]:
    """Make the lists, and read as many of them per query as the target recall takes.

    Args:
        embeddings_NP: at least `LEAST` unit vectors.
        queries_QP: real queries, at least two: the even ones choose the lists read, the odd ones measure the recall.
        target: mean share of the exact first ten to be found.

    Raises:
        InputError: FAISS is not installed.
    """
    faiss = _faiss()
    count = max(1, min(round(4 * math.sqrt(len(embeddings_NP))), len(embeddings_NP) // _POINTS_PER_LIST))
    lists = faiss.index_factory(embeddings_NP.shape[1], f"IVF{count},SQ8", faiss.METRIC_INNER_PRODUCT)
    lists.train(embeddings_NP)
    lists.add(embeddings_NP)
    exact, exact_ms = _timed(nearest, embeddings_NP, queries_QP)
    probes = 1
    while True:
        made = Approximate(lists, probes)
        found, made_ms = _timed(made.nearest, embeddings_NP, queries_QP)
        shares = np.array([len(np.intersect1d(a, b)) / DEPTH for a, b in zip(exact, found, strict=True)])
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
    """Why there can be no approximate search here, or None where there can."""
    if importlib.util.find_spec("faiss") is None:
        return Fault("faiss", "is not installed: approximate search needs it", None, "Run: pip install 'adsw[faiss]'")
    return None


def _faiss() -> Any:
    if fault := missing():
        raise InputError("The index cannot be searched here", [fault])
    import faiss

    return faiss


def _timed(
    search: Search, embeddings_NP: NDArray[np.float32], queries_QP: NDArray[np.float32]
) -> tuple[list[NDArray[np.int64]], float]:
    """The first `DEPTH` rows of every query, and the milliseconds that one takes."""
    start = time.perf_counter()
    found = [search(embeddings_NP, query, DEPTH)[0] for query in queries_QP]
    return found, 1000 * (time.perf_counter() - start) / max(len(queries_QP), 1)
