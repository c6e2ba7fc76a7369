"""Embeddings as they are stored: in 16 bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from adsw.encode.protocol import EncoderInfo, Float32Array

Halves = NDArray[np.float16]
"""Little-endian."""


def halves(embeddings_BTD: Float32Array, info: EncoderInfo) -> Halves:
    """Return embeddings [B, T, D] in fp16, checked against the encoder's promised shape.

    Raises:
        ValueError: the shape is not the one that `info` promises.
    """
    if embeddings_BTD.shape[1:] != (info.tokens, info.features):
        raise ValueError(f"{info.name} gave {embeddings_BTD.shape}, not [B, {info.tokens}, {info.features}]")
    # Values beyond fp16 become infinite, and are refused where embeddings are checked for finite values.
    with np.errstate(over="ignore"):
        return embeddings_BTD.astype("<f2")
