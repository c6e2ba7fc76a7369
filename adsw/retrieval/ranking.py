"""Retrieval metrics from the places of the targets, exact under ties, with exact chance levels.

Ties follow McSherry and Najork (*Computing information retrieval performance measures efficiently in the
presence of tied scores*, ECIR 2008): a metric is its mean over all orders of every tied block. A lone
target's rank is then the middle of its block, without ties every figure is the ordinary one, and a model that
gives all items one score gets exactly chance. (Middle ranks alone would give such a model an R@k of 0, or of 1 in a
small pool.)

R@k: share of queries with at least one target among the first k items. AP@10 of a query with t targets: the
sum, over its targets ranked r <= 10, of (targets ranked r or better) / r, divided by min(t, 10); mAP@10 is
its mean over queries. MedR and meanR: median and mean over queries of the best target's 1-based rank.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adsw.metrics import BY_TAGS, METRICS, SWAP_ACCURACY, is_rank, statistic_of
from adsw.retrieval.placement import Placements
from adsw.retrieval.queries import Targets

CUTOFFS = (1, 5, 10)
"""The k of R@k."""
DEPTH = 10
"""First places of a ranking that average precision looks at."""


@dataclass(frozen=True, slots=True)
class TagScores:
    """Scores of Q queries with truth by tags (`adsw.retrieval.by_tags`).

    Attributes:
        hits: float64 [Q, 3], as `QueryScores.hits`.
        average_precision: float64 [Q], as `QueryScores.average_precision`.
        true: int64 [Q], number of items that are right for the query.
    """

    hits: NDArray[np.float64]
    average_precision: NDArray[np.float64]
    true: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> TagScores:
        """Return the scores of the queries chosen by a mask, bool [Q]."""
        return TagScores(self.hits[chosen], self.average_precision[chosen], self.true[chosen])


@dataclass(frozen=True, slots=True)
class QueryScores:
    """Scores of Q queries; the metrics are their means and medians.

    Attributes:
        rank: float64 [Q], 1-based rank of the best target, its mean over all orders of a tied block.
        hits: float64 [Q, 3], probability that at least one target is among the first 1, 5, 10: 0 or 1 without ties.
        average_precision: float64 [Q], AP@10, its mean over all orders of tied blocks.
        by_tags: the same with truth by tags; None if the set does not know what its texts claim.
    """

    rank: NDArray[np.float64]
    hits: NDArray[np.float64]
    average_precision: NDArray[np.float64]
    by_tags: TagScores | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the metrics there are: `METRICS`, and `BY_TAGS` if truth by tags is known."""
        return METRICS if self.by_tags is None else (*METRICS, *BY_TAGS)

    def __len__(self) -> int:
        """Number of queries."""
        return len(self.rank)

    def of(self, metric: str) -> NDArray[np.float64]:
        """Return the per-query values that a metric is the mean (MedR: the median) of, float64 [Q].

        Raises:
            KeyError: `metric` is not one of `names`.
        """
        if metric not in self.names:
            raise KeyError(f"no metric {metric!r}; known: {', '.join(self.names)}")
        if is_rank(metric):
            return self.rank
        strict = metric.removesuffix(".tags")
        part = self if strict == metric or self.by_tags is None else self.by_tags
        if strict == f"mAP@{DEPTH}":
            return part.average_precision
        # The first three metrics are R@1, R@5, R@10, in the order of `CUTOFFS`.
        return part.hits[:, METRICS.index(strict)]

    def where(self, chosen: NDArray[np.bool_]) -> QueryScores:
        """Return the scores of the queries chosen by a mask, bool [Q]."""
        by_tags = None if self.by_tags is None else self.by_tags.where(chosen)
        return type(self)(self.rank[chosen], self.hits[chosen], self.average_precision[chosen], by_tags)


@dataclass(frozen=True, slots=True)
class PairScores(QueryScores):
    """Scores of n pairs of a text and a swap of it: every track's own text ranked in a pool of these two."""

    @property
    def names(self) -> tuple[str, ...]:
        """The one metric: how often the own text comes first, ties counting half."""
        return (SWAP_ACCURACY,)

    def of(self, metric: str) -> NDArray[np.float64]:
        """Return 1 for a pair whose own text comes first, 0.5 at a tie, else 0, float64 [n].

        Raises:
            KeyError: `metric` is another one.
        """
        if metric != SWAP_ACCURACY:
            raise KeyError(f"no metric {metric!r}; known: {SWAP_ACCURACY}")
        return self.hits[:, 0]


def score_pairs(margin_n: NDArray[np.float64]) -> PairScores:
    """Score pairs by how much nearer the audio is to its own text than to the swap, float64 [n]."""
    won = (np.sign(margin_n) + 1) / 2
    rank = 2.0 - won
    return PairScores(rank, np.stack([won, np.ones_like(won), np.ones_like(won)], axis=1), 1.0 / rank)


def score(placements: Placements) -> QueryScores:
    """Score every query by the places of its targets.

    The best target of a query is in its first tied block that holds one. With `level` targets among the `tied` items
    of that block, after `above` items, its expected rank is ``above + (tied + 1) / (level + 1)``: the middle of the
    block for a lone target.

    Args:
        placements: `above` and `tied` counts of every pair (query, target); every query has a pair.

    Returns:
        Scores of the Q queries, in their order.
    """
    above, tied = placements.above, placements.tied
    before, level = _neighbours(placements)
    starts, counts = placements.targets.starts[:-1], placements.targets.counts
    order = np.lexsort((above, placements.targets.queries))
    # Sorted by query and then by place, the pairs of query q still begin at starts[q]: there lies its best target.
    best = order[starts]
    # The smallest of `level` places drawn without replacement from 1..tied is (tied + 1) / (level + 1) on average.
    rank = above[best] + (tied[best] + 1) / (level[best] + 1)
    hits = np.stack([_hit(above[best], tied[best], level[best], k) for k in CUTOFFS], axis=1)
    gains = np.add.reduceat(_precision(above, tied, before, level), starts)
    return QueryScores(rank, hits, gains / np.minimum(counts, DEPTH))


def metrics_of(scores: QueryScores) -> dict[str, float]:
    """Return the metrics of a set of queries by their names, as fractions (not percent) and plain ranks.

    Raises:
        ValueError: there are no queries.
    """
    if not len(scores):
        raise ValueError("no queries: metrics need at least one")
    return {name: float(getattr(np, statistic_of(name))(scores.of(name))) for name in scores.names}


def chance(target_counts: NDArray[np.int64], pool: int) -> dict[str, float]:
    """Compute the exact metrics of a random ranking.

    R@k, mAP@10 and meanR are expectations: those of a pool tied as a whole. MedR is the median of the
    distribution of the best target's rank over all queries.

    Args:
        target_counts: int64 [Q], targets of every query.
        pool: number of items that are ranked.

    Returns:
        The metrics by the names of `METRICS`.

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
    # Queries with the same number of targets have the same expectations, so each number is scored once.
    distinct, share = np.unique(counts, return_counts=True)
    targets = Targets.of([range(count) for count in distinct])
    everything_tied = np.full(len(targets.items), pool, dtype=np.int64)
    scores = score(Placements(targets, np.zeros_like(everything_tied), everything_tied, pool))
    levels = {name: float(np.average(scores.of(name), weights=share)) for name in METRICS}
    medians = [name for name in METRICS if statistic_of(name) == "median"]
    return levels | dict.fromkeys(medians, _median_best_rank(distinct, share, pool))


def calibrated(value: float, level: float) -> float | None:
    """Compute where a figure lies between chance (0) and perfection (1) of the same set.

    ``(value - level) / (1 - level)``, the form of Cohen's kappa (*A coefficient of agreement for nominal
    scales*, 1960): pools of other sizes and queries with other numbers of targets become comparable. It holds for
    every metric, because the best value of each is 1: shares as well as ranks. Below chance it is negative.

    Args:
        value: the figure: a share, or a 1-based rank.
        level: its chance level, as `chance` gives it.

    Returns:
        The calibrated figure, at most 1; None if chance is perfect already, as in a pool of one.

    >>> calibrated(0.25, 0.0), calibrated(75.5, 150.5), calibrated(1.0, 1.0)
    (0.25, 0.5016722408026756, None)
    """
    return None if level == 1.0 else (value - level) / (1.0 - level)


def _neighbours(placements: Placements) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count, for each pair (query, target), the query's targets scored above it and scored the same.

    Args:
        placements: the pairs.

    Returns:
        Two arrays, int64 [pairs]: targets of the query in blocks above the pair's (`before`), and targets in its block,
        itself included (`level`).
    """
    queries, above = placements.targets.queries, placements.above
    order = np.lexsort((above, queries))
    # Two targets of a query are tied if, and only if, equally many items lie above them.
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (np.diff(queries[order]) != 0) | (np.diff(above[order]) != 0)
    block = np.cumsum(fresh) - 1
    first = np.flatnonzero(fresh)
    before, level = np.empty_like(above), np.empty_like(above)
    before[order] = first[block] - placements.targets.starts[queries[order]]
    level[order] = np.bincount(block)[block]
    return before, level


def _hit(above: NDArray[np.int64], tied: NDArray[np.int64], level: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """Compute the probability that at least one target of a tied block is among the first k items, float64 [Q].

    Args:
        above: int64 [Q], items before the block.
        tied: int64 [Q], items in the block.
        level: int64 [Q], targets among them.
        k: the cutoff.
    """
    # Hypergeometric: `places` items are drawn from the block without replacement, and none of them is a target.
    places = np.clip(k - above, 0, tied)
    miss = np.ones(len(above))
    for drawn in range(k):
        stays = np.maximum(tied - level - drawn, 0) / np.maximum(tied - drawn, 1)
        miss *= np.where(drawn < places, stays, 1.0)
    return 1.0 - miss


def _precision(
    above: NDArray[np.int64], tied: NDArray[np.int64], before: NDArray[np.int64], level: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Compute every target's expected contribution to the sum of AP@10, float64 [pairs].

    It is the precision at the target's place if that is among the first `DEPTH`, else 0, over all orders of its block.

    Args:
        above: int64 [pairs], items before the target's block.
        tied: int64 [pairs], items in the block.
        before: int64 [pairs], targets of the same query before the block.
        level: int64 [pairs], targets of the same query in the block, itself included.
    """
    gain = np.zeros(len(above))
    for place in range(1, DEPTH + 1):
        # A target is at each place of its block with probability 1 / tied; the other level - 1 targets are spread
        # evenly over the tied - 1 other places, of which place - above - 1 lie before it.
        targets = before + 1 + (place - above - 1) * (level - 1) / np.maximum(tied - 1, 1)
        gain += np.where((above < place) & (place <= above + tied), targets / place, 0.0)
    precision: NDArray[np.float64] = gain / tied
    return precision


def _median_best_rank(counts: NDArray[np.int64], share: NDArray[np.int64], pool: int) -> float:
    """Compute the median of the best target's 1-based rank under a random ranking, over all queries.

    Args:
        counts: int64 [C], the different numbers of targets.
        share: int64 [C], queries that have so many.
        pool: number of items that are ranked.
    """
    ranks = np.arange(pool)
    # P(best rank > r) falls by the factor (pool - t - r) / (pool - r) at each step.
    steps = np.maximum(pool - counts[:, None] - ranks, 0) / (pool - ranks)
    within = 1.0 - np.average(np.cumprod(steps, axis=1), axis=0, weights=share)
    # If exactly half of the distribution lies at or below a rank, the median is between it and the next, as for an
    # even number of queries; the tolerance keeps rounding of the products from hiding that.
    lower = int(np.searchsorted(within, 0.5 - 1e-12)) + 1
    upper = int(np.searchsorted(within, 0.5 + 1e-12)) + 1
    return (lower + upper) / 2
