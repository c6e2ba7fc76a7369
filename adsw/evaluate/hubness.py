"""Hubs: tracks that stand near the top for whatever is asked.

Radovanović, Nanopoulos and Ivanović, *Hubs in space: popular nearest neighbors in high-dimensional data*, JMLR 2010:
N_k of an item is the number of queries that have it among their first k; a long right tail of N_k means hubs, and
with them items that nothing ever finds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import torch

from adsw.evaluate.nearest import nearest
from adsw.evaluate.retrieval import DEPTH

_HEAD = 0.05


@dataclass(frozen=True, slots=True)
class Hubness:
    """How unevenly the first ten places of all queries are given to the items of a pool.

    Attributes:
        skewness: of N_10 over the pool, standardised third moment; 0 where it is constant. A random ranking has
            ``(1 - 2p) / sqrt(Q p (1 - p))`` with p = 10 / pool.
        random_skewness: that of a random ranking.
        never: share of the pool that no query has among its first ten.
        head: share of the first places that the most frequent twentieth of the pool takes; 0.05 where even.
    """

    skewness: float
    random_skewness: float
    never: float
    head: float

    def document(self) -> dict[str, float]:
        """As plain JSON values."""
        return asdict(self)


def hubness(queries_QP: torch.Tensor, items_NP: torch.Tensor) -> Hubness | None:
    """Measure a pool's hubs.

    Args:
        queries_QP: float32 query embeddings.
        items_NP: float32 item embeddings, on the same device.

    Returns:
        None for a pool of ten items or fewer, where every query has all of them.
    """
    pool, asked = len(items_NP), len(queries_QP)
    if pool <= DEPTH:
        return None
    _, index = nearest(queries_QP, items_NP, DEPTH)
    counts = np.bincount(index.ravel(), minlength=pool).astype(np.float64)
    deviation = counts.std()
    share = DEPTH / pool
    return Hubness(
        skewness=float(((counts - counts.mean()) ** 3).mean() / deviation**3) if deviation else 0.0,
        random_skewness=float((1 - 2 * share) / np.sqrt(asked * share * (1 - share))),
        never=float((counts == 0).mean()),
        head=float(np.sort(counts)[-max(1, round(_HEAD * pool)) :].sum() / counts.sum()),
    )
