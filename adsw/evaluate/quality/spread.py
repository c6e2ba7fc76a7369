"""How far apart the frozen embeddings of a group of texts lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats, Ints
from adsw.evaluate.quality.sums import products, summed
from adsw.stats.estimates import Estimate, ratios

RANK_TEXTS = 300
"""Distinct texts that the effective rank is taken on: it is bounded by their number."""


def typicality(vectors_MD: NDArray[np.float32], track_M: Ints) -> Floats:
    """The mean cosine of every text to the texts of all other tracks; NaN where there is no other track, [M].

    Args:
        vectors_MD: unit vectors.
        track_M: the texts' tracks, any integers.
    """
    sums, others = _against_others(vectors_MD, track_M)
    return np.divide(sums, others, out=np.full(len(sums), np.nan), where=others > 0)


def pair_cosine(vectors_MD: NDArray[np.float32], track_M: Ints, seed: int = 0) -> Estimate | None:
    """The mean cosine of two texts of different tracks, over all such pairs.

    It is a U-statistic. Its interval is the bootstrap, by track, of its Hajek projection: the mean over texts of their
    mean cosine to the others varies half as much, so deviations count twice (van der Vaart, *Asymptotic
    Statistics*, 1998, chapter 12).

    Returns:
        None where there are not two tracks.
    """
    sums, others = _against_others(vectors_MD, track_M)
    found = ratios(sums[:, None], others[:, None], track_M, seed)[0]
    if found is None or found.low is None or found.high is None:
        return found
    value = found.value
    low, high = (value + 2 * (end - value) for end in (found.low, found.high))
    return Estimate(value, max(low, -1.0), min(high, 1.0), found.n)


def _against_others(vectors_MD: NDArray[np.float32], track_M: Ints) -> tuple[Floats, Floats]:
    """For every text the sum of its cosines to the texts of other tracks, and how many these are, [M] each."""
    names, code = np.unique(track_M, return_inverse=True)
    own = summed(vectors_MD, code, len(names))
    sizes = np.bincount(code, minlength=len(names))
    everybody = np.zeros(len(track_M), dtype=np.int64)
    total = products(vectors_MD, own.sum(axis=0, keepdims=True), everybody)
    sums = total - products(vectors_MD, own, code)
    others = (len(track_M) - sizes[code]).astype(np.float64)
    return np.where(others > 0, sums, 0.0), others


def effective_rank(texts: Sequence[str], vectors_MD: NDArray[np.float32]) -> Estimate | None:
    """Effective rank of the centred embeddings of the first `RANK_TEXTS` distinct texts.

    The exponential of the entropy of the singular values, normalised to sum 1 (Roy and Vetterli, *The effective rank*,
    EUSIPCO 2007): how many directions the texts really use. From fewer texts (see `Estimate.n`) it reads lower.

    Args:
        texts: one per track, in random order.
        vectors_MD: their embeddings.

    Returns:
        No interval, for it is no mean; None where there are not two distinct texts.
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
    """Share of the distinct texts whose embedding is that of another one: cut off by the encoder, or collapsed.

    Returns:
        None where there is no text.
    """
    by_text = {text: vector.tobytes() for text, vector in zip(texts, vectors_MD, strict=True)}
    if not by_text:
        return None
    counts: dict[bytes, int] = {}
    for vector in by_text.values():
        counts[vector] = counts.get(vector, 0) + 1
    return sum(count for count in counts.values() if count > 1) / len(by_text)
