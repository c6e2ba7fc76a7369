"""Check of arrays that are given as a track's audio embedding."""

from __future__ import annotations

from typing import Any

import numpy as np

from adsw.encode.audio.bad import BadAudioError
from adsw.encode.protocol import Float32Array


def tokens_of(array: Any, shape: tuple[int, int] | None = None) -> Float32Array:
    """Return an array as float32 [T, D]; one of a single axis is one token.

    Args:
        array: the value read; anything but an array of real numbers is refused.
        shape: T and D that it must have; None for any.

    Raises:
        BadAudioError: of kind ``shape``.
    """
    if not isinstance(array, np.ndarray) or array.ndim not in (1, 2) or not array.size or array.dtype.kind != "f":
        raise BadAudioError("shape", "must be one array of real numbers, [D] or [T, D]")
    with np.errstate(over="ignore"):
        tokens: Float32Array = np.atleast_2d(array).astype(np.float32)
    if shape is not None and tokens.shape != shape:
        raise BadAudioError("shape", f"is {list(tokens.shape)}; the first was {list(shape)}")
    return tokens
