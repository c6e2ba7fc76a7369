"""Approximate search in large pools by FAISS (Johnson, Douze and Jégou, *Billion-scale similarity search with GPUs*,
2019).

An inverted file: the tracks are in lists around centroids, and only the lists nearest to a query are read, with
a byte per feature. The tracks found so are scored again from the full embeddings: scores are those of an exact
search, and the only error is a missed track. How often that happens is measured on real queries when the index
is built, and stored with it.
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
        """Return rows and scores as `adsw.search.exact.nearest`, but some rows may be missed.

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
