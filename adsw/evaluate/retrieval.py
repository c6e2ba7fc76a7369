"""Retrieval metrics from placements, exact under ties, with exact chance levels.

Ties follow McSherry and Najork (*Computing information retrieval performance measures efficiently in the
presence of tied scores*, ECIR 2008): a metric is its mean over all orders of every tied block. A lone
target's rank is then the middle of its block, without ties every figure is the ordinary one, and a model that
gives all items one score gets exactly chance.

R@k: share of queries with at least one target among the first k items. AP@10 of a query with t targets: the
sum, over its targets ranked r <= 10, of (targets ranked r or better) / r, divided by min(t, 10); mAP@10 is
its mean over queries. MedR and meanR: median and mean over queries of the best target's 1-based rank.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adsw.evaluate.placement import Placements
from adsw.evaluate.targets import Targets
from adsw.metrics import METRICS, is_rank, statistic_of

CUTOFFS = (1, 5, 10)
DEPTH = 10


@dataclass(frozen=True, slots=True)
class QueryScores:
    """What every query is worth; the metrics are means and medians of these.

    Attributes:
        rank: float64 [Q], 1-based rank of the best target (its mean over the orders of a tied block).
        hits: float64 [Q, 3], probability that a target is among the first 1, 5, 10: 0 or 1 without ties.
        average_precision: float64 [Q], AP@10.
    """

    rank: NDArray[np.float64]
    hits: NDArray[np.float64]
    average_precision: NDArray[np.float64]

    def __len__(self) -> int:
        """Number of queries."""
        return len(self.rank)

    def of(self, metric: str) -> NDArray[np.float64]:
        """The per-query values a metric is the mean (MedR: the median) of, float64 [Q].

        Raises:
            KeyError: no such metric.
        """
        if metric not in METRICS:
            raise KeyError(f"no metric {metric!r}; known: {', '.join(METRICS)}")
        if is_rank(metric):
            return self.rank
        if metric == f"mAP@{DEPTH}":
            return self.average_precision
        return self.hits[:, METRICS.index(metric)]

    def where(self, chosen: NDArray[np.bool_]) -> QueryScores:
        """The scores of some queries only."""
        return QueryScores(self.rank[chosen], self.hits[chosen], self.average_precision[chosen])


def score(placements: Placements) -> QueryScores:
    """Score every query from the placements of its targets."""
    above, tied = placements.above, placements.tied
    before, level = _neighbours(placements)
    starts, counts = placements.targets.starts[:-1], placements.targets.counts
    order = np.lexsort((above, placements.targets.queries))
    best = order[starts]  # one pair of the first block of every query that holds a target
    rank = above[best] + (tied[best] + 1) / (level[best] + 1)
    hits = np.stack([_hit(above[best], tied[best], level[best], k) for k in CUTOFFS], axis=1)
    gains = np.add.reduceat(_precision(above, tied, before, level), starts)
    return QueryScores(rank, hits, gains / np.minimum(counts, DEPTH))


def metrics_of(scores: QueryScores) -> dict[str, float]:
    """The metrics of a set of queries, by the names of `METRICS`. Fractions, not percent.

    Raises:
        ValueError: there are no queries.
    """
    if not len(scores):
        raise ValueError("no queries: metrics need at least one")
    return {name: float(getattr(np, statistic_of(name))(scores.of(name))) for name in METRICS}


def chance(target_counts: NDArray[np.int64], pool: int) -> dict[str, float]:
    """The metrics of a random ranking of `pool` items, exact, for queries of these many targets each, int
    [Q].

    R@k, mAP@10 and meanR are expectations, those of a pool tied as a whole. MedR is the median of the
    distribution of the best target's rank over all queries.

    Raises:
        ValueError: there are no queries, or a count is not in 1..pool.

    >>> round(chance(np.array([1, 1]), 300)["R@10"], 6)
    0.033333
    """
    counts = np.asarray(target_counts, dtype=np.int64)
    if not len(counts):
        raise ValueError("no queries: chance needs at least one")
    if counts.min() < 1 or counts.max() > pool:
        raise ValueError(f"target counts must lie in 1..{pool}, are {counts.min()}..{counts.max()}")
    distinct, share = np.unique(counts, return_counts=True)
    targets = Targets.of([range(count) for count in distinct])
    everything_tied = np.full(len(targets.items), pool, dtype=np.int64)
    scores = score(Placements(targets, np.zeros_like(everything_tied), everything_tied, pool))
    levels = {name: float(np.average(scores.of(name), weights=share)) for name in METRICS}
    medians = [name for name in METRICS if statistic_of(name) == "median"]
    return levels | dict.fromkeys(medians, _median_best_rank(distinct, share, pool))


def calibrated(value: float, level: float) -> float | None:
    """Where a figure stands between chance (0) and perfection (1), both of its own set.

    ``(value - level) / (1 - level)``, the form of Cohen's kappa (*A coefficient of agreement for nominal
    scales*, 1960): pools of other sizes and queries with other numbers of targets become comparable. It holds for
    every metric, because the best value of each is 1: shares as well as ranks. Below chance it is negative.

    Args:
        value: the figure.
        level: its chance level, as `chance` gives it.

    Returns:
        None where chance is perfect already, as in a pool of one.

    >>> calibrated(0.25, 0.0), calibrated(75.5, 150.5), calibrated(1.0, 1.0)
    (0.25, 0.5016722408026756, None)
    """
    return None if level == 1.0 else (value - level) / (1.0 - level)


def _neighbours(placements: Placements) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Per pair: targets of the same query scored above it, and scored the same (itself included)."""
    queries, above = placements.targets.queries, placements.above
    order = np.lexsort((above, queries))
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (np.diff(queries[order]) != 0) | (np.diff(above[order]) != 0)
    block = np.cumsum(fresh) - 1
    first = np.flatnonzero(fresh)
    before, level = np.empty_like(above), np.empty_like(above)
    before[order] = first[block] - placements.targets.starts[queries[order]]
    level[order] = np.bincount(block)[block]
    return before, level


def _hit(above: NDArray[np.int64], tied: NDArray[np.int64], level: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """Probability that one of `level` targets in a block of `tied` places after `above` items is among the
    first k."""
    places = np.clip(k - above, 0, tied)
    miss = np.ones(len(above))
    for drawn in range(k):
        stays = np.maximum(tied - level - drawn, 0) / np.maximum(tied - drawn, 1)
        miss *= np.where(drawn < places, stays, 1.0)
    return 1.0 - miss


def _precision(
    above: NDArray[np.int64], tied: NDArray[np.int64], before: NDArray[np.int64], level: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Per pair: expected precision at the target's place, where that is within the first 10, else 0."""
    gain = np.zeros(len(above))
    for place in range(1, DEPTH + 1):
        # A target stands at each place of its block with probability 1 / tied; the other targets of the block
        # lie evenly.
        found = before + 1 + (place - above - 1) * (level - 1) / np.maximum(tied - 1, 1)
        gain += np.where((above < place) & (place <= above + tied), found / place, 0.0)
    precision: NDArray[np.float64] = gain / tied
    return precision


def _median_best_rank(counts: NDArray[np.int64], share: NDArray[np.int64], pool: int) -> float:
    """Median of the best target's rank under random ranking, over queries of which `share` have `counts`
    targets."""
    ranks = np.arange(pool)
    # P(best rank > r) falls by the factor (pool - t - r) / (pool - r) at each step.
    steps = np.maximum(pool - counts[:, None] - ranks, 0) / (pool - ranks)
    within = 1.0 - np.average(np.cumprod(steps, axis=1), axis=0, weights=share)
    lower = int(np.searchsorted(within, 0.5 - 1e-12)) + 1
    upper = int(np.searchsorted(within, 0.5 + 1e-12)) + 1
    return (lower + upper) / 2
