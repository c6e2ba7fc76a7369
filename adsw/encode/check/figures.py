"""Figures of embeddings: how much they differ between inputs, and how much between two encodings of one input.

Shapes: B inputs, T tokens, D features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adsw.encode.protocol import Float32Array

_LEAST = 1e-30
"""Keeps a division by the length of a zero vector finite."""
_ROUNDING = 1e-7
"""Differences below this share of the embeddings are those of float32's rounding."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How different the embeddings of different inputs are."""

    mean_cosine: float
    """Mean over all pairs; 1 if all are alike."""
    max_cosine: float
    """Cosine of the pair most alike."""
    closest: tuple[int, int]
    """Indices of that pair."""
    effective_rank: float
    """Number of directions in which they differ, from 1 to B - 1; 0 if they do not."""


def spread_of(embeddings_BTD: Float32Array) -> Spread:
    """Compute the spread of at least two embeddings, each taken as one vector of T x D.

    The effective rank is the exponential of the entropy of the singular values of the centred vectors, as shares of
    their sum (Roy and Vetterli, *The effective rank*, EUSIPCO 2007).

    Raises:
        ValueError: fewer than two embeddings, or values that are not finite.
    """
    flat = embeddings_BTD.reshape(len(embeddings_BTD), -1).astype(np.float64)
    if len(flat) < 2 or not np.isfinite(flat).all():
        raise ValueError("the spread is of two and more finite embeddings")
    unit = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), _LEAST)
    first, second = np.triu_indices(len(flat), 1)
    cosines = (unit @ unit.T)[first, second]
    nearest = int(cosines.argmax())
    return Spread(
        float(cosines.mean()),
        float(cosines[nearest]),
        (int(first[nearest]), int(second[nearest])),
        _effective_rank(flat),
    )


def difference(first_BTD: Float32Array, second_BTD: Float32Array) -> float:
    """Return the largest distance between an input's two embeddings, as a share of the first one's length.

    It is not finite if either holds values that are not.
    """
    first, second = (x.reshape(len(x), -1).astype(np.float64) for x in (first_BTD, second_BTD))
    apart = np.linalg.norm(first - second, axis=1) / np.maximum(np.linalg.norm(first, axis=1), _LEAST)
    return float(apart.max())


def _effective_rank(flat: NDArray[np.float64]) -> float:
    """Return the effective rank of vectors [B, T x D], 0 if they are equal up to rounding."""
    values = np.linalg.svd(flat - flat.mean(axis=0), compute_uv=False)
    if values.sum() <= _ROUNDING * np.linalg.norm(flat):
        return 0.0
    shares = values / values.sum()
    shares = shares[shares > 0]
    return float(np.exp(-(shares * np.log(shares)).sum()))
