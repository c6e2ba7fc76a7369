"""The rules by which figures are counted, in words, printed with the figures so that readers can compare them."""

from __future__ import annotations


def conventions(texts: int, tracks: int, asking: int) -> tuple[str, ...]:
    """Return the conventions of an evaluation, one paragraph each.

    Args:
        texts: number of distinct texts of the set.
        tracks: number of tracks of the set.
        asking: number of tracks that have at least one text.
    """
    return (
        f"t2m (text to music): {texts} distinct texts are the queries, {tracks} tracks the pool. Every text "
        "of a track is a query of its own; a text that tracks share is one query with several targets.",
        f"m2t (music to text): {asking} tracks are the queries, {texts} distinct texts the pool; all texts "
        "of the track are its targets.",
        "R@k: share of queries with at least one target among the first k. mAP@10: mean over queries of the "
        "sum, over targets at ranks r <= 10, of (targets down to r) / r, divided by min(targets, 10). MedR "
        "and meanR: plain median and mean over queries of the best target's rank. Fractions, not percent.",
        "Ranks start at 1. Ties: every figure is its mean over all orders of a tied block; a single target "
        "stands at the block's middle, and a constant model scores chance.",
        "Chance: the exact figures of a random ranking of the same pool with the same numbers of targets. "
        "Calibrated: (figure - chance) / (1 - chance), so 0 is chance and 1 perfect, for ranks as well. "
        "The texts of a track are alike and so stand together, which leaves a blind model below chance in m2t.",
    )


def interval_convention(resamples: int, seed: int) -> str:
    """Return how the intervals were made, from the number and the seed of the resamples."""
    return (
        f"Intervals: 95 %, percentile bootstrap over queries, resampled by track ({resamples} resamples, seed {seed})."
    )
