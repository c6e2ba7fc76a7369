"""R@k and mAP@10 with truth by tags: an item is right for a query if the text of the two is true of the track.

The strict figures take for right only what the store says belongs together. Yet *piano, calm* is true of every calm
piano piece, and a model that finds another one is called wrong. Here the right items of a text are its own tracks and
all tracks of the pool that it is true of: all that it claims is among the track's tags and what they imply
(`adsw.augment.claims`). The right texts of a track are its own and all of the pool that are true of it. A text whose
claims are not known, as a human caption, is right for its own tracks only.

The definitions are those of the strict figures (`adsw.retrieval.ranking`), with the right items for targets:

* ``R@k.tags``: share of queries with at least one right item among the first k.
* ``mAP@10.tags``: mean over queries of AP@10: the sum, over right items at ranks r <= 10, of (right items down to r)
  / r, divided by min(right items, 10) (Manning, Raghavan and Schuetze, *Introduction to Information Retrieval*, 2008,
  section 8.4, cut at ten).

Ties as there: every figure is its mean over all orders of tied blocks, so a constant model scores chance. A query may
be true of much of the pool, so the items are not placed one by one: only the first ten places of every query are looked
at, with the counts of the tied block that reaches beyond them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from adsw.arrays import Floats, Ints
from adsw.metrics import BY_TAGS
from adsw.retrieval.nearest import distinct_rows
from adsw.retrieval.placement import Array, block_rows, matrices
from adsw.retrieval.queries import Targets
from adsw.retrieval.ranking import CUTOFFS, DEPTH, QueryScores, TagScores, metrics_of


def score_by_tags(
    queries_QP: Array,
    items_NP: Array,
    own: Targets,
    true_of: Callable[[Ints], NDArray[np.bool_]],
    block_bytes: int | None = None,
) -> TagScores:
    """Score every query by the places of its right items.

    Args:
        queries_QP: query embeddings [Q, P].
        items_NP: item embeddings [N, P].
        own: the items that belong to each query, which are right whatever `true_of` says.
        true_of: returns which items are right for some queries, bool [n, N], given their rows, int64 [n].
        block_bytes: as for `adsw.retrieval.placement.place`, as the errors.
    """
    queries, items = matrices(queries_QP, items_NP)
    # As in `place`: of equal items one is scored, so that duplicates tie exactly.
    firsts, group = distinct_rows(items.cpu().numpy())
    items, again = items[torch.from_numpy(firsts).to(items.device)], torch.from_numpy(group).to(items.device)
    hits, sums = np.empty((len(queries), len(CUTOFFS))), np.empty(len(queries))
    right, own_queries = np.empty(len(queries), dtype=np.int64), own.queries
    rows = block_rows(items_NP=again[:, None].to(queries.dtype), block_bytes=block_bytes)
    for first in range(0, len(queries), rows):
        block = slice(first, min(first + rows, len(queries)))
        scores = queries[block] @ items.T
        if len(firsts) < len(group):
            scores = scores[:, again]
        true = true_of(np.arange(block.start, block.stop))
        begin, end = own.starts[block.start], own.starts[block.stop]
        true[own_queries[begin:end] - first, own.items[begin:end]] = True
        hits[block], sums[block] = _expected(*_places(scores, torch.from_numpy(true).to(scores.device)))
        right[block] = true.sum(axis=1)
    return TagScores(hits, sums / np.minimum(right, DEPTH), right)


def chance_by_tags(true: Ints, pool: int) -> dict[str, float]:
    """Compute the exact expected metrics of a random ranking, by the names of `BY_TAGS`.

    Args:
        true: int64 [Q], right items of every query.
        pool: number of items that are ranked.
    """
    level = np.repeat(true[:, None], min(DEPTH, pool), axis=1)
    nothing = np.zeros_like(level)
    hits, sums = _expected(nothing, np.full_like(level, pool), level, nothing)
    tied = TagScores(hits, sums / np.minimum(true, DEPTH), true)
    values = metrics_of(QueryScores(np.ones(len(true)), hits, sums, tied))
    return {name: values[name] for name in BY_TAGS}


def _places(scores_BN: torch.Tensor, true_BN: torch.Tensor) -> tuple[Ints, Ints, Ints, Ints]:
    """Count what is around each of the first places of every query, int64 [B, first places] each.

    Args:
        scores_BN: scores of B queries for all N items.
        true_BN: bool, which items are right.

    Returns:
        For the tied block that a place is in: the items above it, the items in it, the right ones in it, and the right
        ones above it.
    """
    best = torch.topk(scores_BN, min(DEPTH, scores_BN.shape[1]), dim=1)
    value, true = best.values, true_BN.gather(1, best.indices)
    # [B, place, other place]
    higher, equal = value[:, None, :] > value[:, :, None], value[:, None, :] == value[:, :, None]
    above, before = higher.sum(2), (higher & true[:, None, :]).sum(2)
    tied, level = equal.sum(2), (equal & true[:, None, :]).sum(2)
    # The block of the last place may go on beyond it: it is counted over all items.
    last, ends = value == value[:, -1:], scores_BN == value[:, -1:]
    tied = torch.where(last, ends.sum(1, keepdim=True), tied)
    level = torch.where(last, (ends & true_BN).sum(1, keepdim=True), level)
    above_BK, tied_BK, level_BK, before_BK = (counts.cpu().numpy() for counts in (above, tied, level, before))
    return above_BK, tied_BK, level_BK, before_BK


def _expected(above: Ints, tied: Ints, level: Ints, before: Ints) -> tuple[Floats, Floats]:
    """Compute the expected hits and the sum of AP@10 over all orders of tied blocks, from counts as of `_places`.

    Returns:
        Float64 [B, cutoffs] and [B].
    """
    place = np.arange(above.shape[1])
    earlier = place - above  # places of the same block before this one
    # A right item is at the place with probability level / tied; the other level - 1 right ones of the block are spread
    # evenly over its tied - 1 other places.
    down = before + 1 + earlier * (level - 1) / np.maximum(tied - 1, 1)
    sums: Floats = (level / tied * down / (place + 1)).sum(axis=1)
    # Drawing the block's items without replacement: no right one at this place, given none at its earlier ones.
    misses = np.cumprod(np.maximum(tied - level - earlier, 0) / (tied - earlier), axis=1)
    hits: Floats = 1.0 - misses[:, [min(k, len(place)) - 1 for k in CUTOFFS]]
    return hits, sums
