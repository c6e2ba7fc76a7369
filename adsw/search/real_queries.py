"""Real queries by which a search is measured: texts of the store's tracks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from adsw.align.heads.embedding import Heads
from adsw.encode.store import Store
from adsw.evaluate.evaluation import embed
from adsw.evaluate.queries import QuerySet

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
