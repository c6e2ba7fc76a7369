"""Hubs: items near the top of the ranking of many different queries.

Radovanović, Nanopoulos and Ivanović, *Hubs in space: popular nearest neighbors in high-dimensional data*, JMLR 2010:
N_k of an item is the number of queries that have it among their first k; a long right tail of N_k means hubs, and
with them items that no query finds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import torch

from adsw.evaluate.nearest import nearest
from adsw.evaluate.retrieval import DEPTH

_HEAD = 0.05
"""Share of the pool, the most frequent items, that `Hubness.head` looks at."""


@dataclass(frozen=True, slots=True)
class Hubness:
    """Measures of how unevenly the first ten places of all queries are spread over the items of a pool.

    Attributes:
        skewness: standardised third moment of N_10 over the pool; 0 if it is constant.
        random_skewness: expected skewness of a random ranking, ``(1 - 2p) / sqrt(Q p (1 - p))`` with p = 10 / pool.
        never: share of the pool that no query has among its first ten.
        head: share of the first ten places that the most frequent twentieth of the pool takes; 0.05 if spread evenly.
    """

    skewness: float
    random_skewness: float
    never: float
    head: float

    def document(self) -> dict[str, float]:
        """Return the fields as plain JSON values."""
        return asdict(self)


def hubness(queries_QP: torch.Tensor, items_NP: torch.Tensor) -> Hubness | None:
    """Measure how strong the hubs of a pool are.

    Args:
        queries_QP: float32 query embeddings [Q, P].
        items_NP: float32 item embeddings [N, P], on the same device.

    Returns:
        The measures; None for a pool of ten items or fewer, which every query has all among its first ten.
    """
    pool, asked = len(items_NP), len(queries_QP)
    if pool <= DEPTH:
        return None
    _, index = nearest(queries_QP, items_NP, DEPTH)
    counts = np.bincount(index.ravel(), minlength=pool).astype(np.float64)
    deviation = counts.std()
    # In a random ranking N_10 is binomial: Q trials of this probability, whose skewness is known.
    share = DEPTH / pool
    return Hubness(
        skewness=float(((counts - counts.mean()) ** 3).mean() / deviation**3) if deviation else 0.0,
        random_skewness=float((1 - 2 * share) / np.sqrt(asked * share * (1 - share))),
        never=float((counts == 0).mean()),
        head=float(np.sort(counts)[-max(1, round(_HEAD * pool)) :].sum() / counts.sum()),
    )
