"""Spread of the frozen embeddings of a group of texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats, Ints
from adsw.evaluate.quality.sums import products, summed
from adsw.stats.estimates import Estimate, ratios

RANK_TEXTS = 300
"""Distinct texts on which the effective rank is measured, since their number bounds it."""


def typicality(vectors_MD: NDArray[np.float32], track_M: Ints) -> Floats:
    """Return the mean cosine of every text to the texts of all other tracks.

    Args:
        vectors_MD: unit vectors of the texts.
        track_M: the track of every text, any integers.

    Returns:
        Float64 [M]; NaN if there is no other track.
    """
    sums, others = _against_others(vectors_MD, track_M)
    return np.divide(sums, others, out=np.full(len(sums), np.nan), where=others > 0)


def pair_cosine(vectors_MD: NDArray[np.float32], track_M: Ints, seed: int = 0) -> Estimate | None:
    """Compute the mean cosine over all pairs of texts of different tracks.

    It is a U-statistic; its interval is the bootstrap, by track, of its Hajek projection (van der Vaart, *Asymptotic
    Statistics*, 1998, chapter 12).

    Args:
        vectors_MD: unit vectors of the texts.
        track_M: the track of every text, any integers.
        seed: of the bootstrap.

    Returns:
        The mean; None if there are not two tracks.
    """
    sums, others = _against_others(vectors_MD, track_M)
    estimate = ratios(sums[:, None], others[:, None], track_M, seed)[0]
    if estimate is None or estimate.low is None or estimate.high is None:
        return estimate
    value = estimate.value
    # A pair has two texts, but the projection varies only one of them: it deviates half as much as the U-statistic.
    low, high = (value + 2 * (end - value) for end in (estimate.low, estimate.high))
    return Estimate(value, max(low, -1.0), min(high, 1.0), estimate.n)


def _against_others(vectors_MD: NDArray[np.float32], track_M: Ints) -> tuple[Floats, Floats]:
    """Return, for every text, the sum of its cosines to the texts of other tracks, and their number; [M] each."""
    names, code = np.unique(track_M, return_inverse=True)
    # The cosines to many texts add up to the product with the sum of their vectors: no matrix of all pairs.
    track_sums = summed(vectors_MD, code, len(names))
    sizes = np.bincount(code, minlength=len(names))
    single_owner = np.zeros(len(track_M), dtype=np.int64)
    total = products(vectors_MD, track_sums.sum(axis=0, keepdims=True), single_owner)
    sums = total - products(vectors_MD, track_sums, code)
    others = (len(track_M) - sizes[code]).astype(np.float64)
    # Without another track the difference is rounding error.
    return np.where(others > 0, sums, 0.0), others


def effective_rank(texts: Sequence[str], vectors_MD: NDArray[np.float32]) -> Estimate | None:
    """Compute the effective rank of the centred embeddings of the first `RANK_TEXTS` distinct texts.

    It is the exponential of the entropy of the singular values, normalised to sum 1 (Roy and Vetterli, *The effective
    rank*, EUSIPCO 2007): the number of directions that the texts use. Fewer texts (see `Estimate.n`) give less.

    Args:
        texts: one text per track, in random order.
        vectors_MD: their embeddings.

    Returns:
        The rank without an interval, as it is no mean; None if there are not two distinct texts.
    """
    first: dict[str, int] = {}
    for place, text in enumerate(texts):
        first.setdefault(text, place)
    chosen = list(first.values())[:RANK_TEXTS]
    if len(chosen) < 2:
        return None
    points = vectors_MD[chosen].astype(np.float64)
    values = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    if values.sum() <= 0:
        return Estimate(0.0, None, None, len(chosen))
    shares = values / values.sum()
    shares = shares[shares > 0]
    return Estimate(float(np.exp(-(shares * np.log(shares)).sum())), None, None, len(chosen))


def same_embedding(texts: Sequence[str], vectors_MD: NDArray[np.float32]) -> float | None:
    """Compute the share of the distinct texts whose embedding is that of another one.

    The encoder gives two texts one embedding if it cuts them off before they differ, or has collapsed.

    Returns:
        The share; None if there is no text.
    """
    by_text = {text: vector.tobytes() for text, vector in zip(texts, vectors_MD, strict=True)}
    if not by_text:
        return None
    counts: dict[bytes, int] = {}
    for vector in by_text.values():
        counts[vector] = counts.get(vector, 0) + 1
    return sum(count for count in counts.values() if count > 1) / len(by_text)
