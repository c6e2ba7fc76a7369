"""Embeddings as they are stored: in 16 bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from adsw.encode.protocol import EncoderInfo, Float32Array

Halves = NDArray[np.float16]
"""Little-endian."""


def halves(embeddings_BTD: Float32Array, info: EncoderInfo) -> Halves:
    """Embeddings in fp16, checked against the shape the encoder promised; what is too large becomes infinite.

    Raises:
        ValueError: an encoder broke its promise.
    """
    if embeddings_BTD.shape[1:] != (info.tokens, info.features):
        raise ValueError(f"{info.name} gave {embeddings_BTD.shape}, not [B, {info.tokens}, {info.features}]")
    with np.errstate(over="ignore"):
        return embeddings_BTD.astype("<f2")
