"""Keys by which embeddings are found again: 16 bytes for what was encoded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.bytes_]
"""S16 [keys]."""


def text_keys(texts: Iterable[str]) -> Keys:
    """Return the first 16 bytes of each text's SHA-256."""
    return _digests(text.encode("utf-8", "surrogatepass") for text in texts)


def audio_keys(heard: Iterable[tuple[str, float | None, float | None]]) -> Keys:
    """Return the first 16 bytes of each sound's SHA-256: of its file's SHA-256, its start there and its length (s)."""
    return _digests(json.dumps(sound).encode() for sound in heard)


def _digests(written: Iterable[bytes]) -> Keys:
    return np.array([hashlib.sha256(item).digest()[:16] for item in written], dtype="S16")
