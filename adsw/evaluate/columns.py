"""Columns of a store's table as arrays, without the texts beside them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from adsw.encode.schema import Dimensions

TRACKS = ("track_id", "group", "tags", "audio")
"""Columns of a store that suffice for figures about tracks without texts."""


def audio_of(table: pa.Table, dimensions: Dimensions) -> NDArray[np.float16]:
    """Return the audio tokens of a store's table, float16 [N, T_a, D_a]."""
    width = dimensions.audio_bytes
    shape = (-1, dimensions.audio_tokens, dimensions.audio_features)
    # Read from each chunk's buffer, without a Python object per track. `chunk.offset` counts rows, of
    # `width` bytes each: a slice of a table shares the buffer of the whole.
    parts = [
        np.frombuffer(chunk.buffers()[1], np.float16, len(chunk) * width // 2, chunk.offset * width).reshape(shape)
        for chunk in table.column("audio").chunks
        if len(chunk)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, *shape[1:]), np.float16)


def groups_of(table: pa.Table) -> list[str]:
    """Return the leakage group of every track of a store's table; a track without one is a group by itself."""
    given, names = (table.column(name).to_pylist() for name in ("group", "track_id"))
    return [group or name for group, name in zip(given, names, strict=True)]
