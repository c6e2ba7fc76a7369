"""Embeddings of texts as they are asked for, the latest ones remembered."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from adsw.align.block import Halfs
from adsw.encode.halves import halves
from adsw.encode.protocol import TextEncoder

OnEncoded = Callable[[int, int], None]
"""Called with how many texts of a request are encoded, and how many there are to encode."""

MOST_BYTES = 1 << 30
_CHUNK = 256
"""Texts encoded between two reports of progress."""


def nobody(done: int, total: int) -> None:
    """Ignore progress."""
    del done, total


class TextMemory:
    """Encodes texts, in fp16 as a store holds them, and forgets those that were not asked for the longest time.

    Args:
        encoder: a frozen text encoder.
        most_bytes: of embeddings remembered; 0 remembers none.
    """

    def __init__(self, encoder: TextEncoder, most_bytes: int = MOST_BYTES) -> None:
        self._encoder = encoder
        self._most = most_bytes // (2 * encoder.info.tokens * encoder.info.features)
        self._known: dict[str, Halfs] = {}  # the one asked for longest ago comes first
        self.on_encoded: OnEncoded = nobody
        """Called with progress."""
        self.asked = 0
        """Texts asked for so far."""
        self.encoded = 0
        """Texts encoded so far."""
        self.seconds = 0.0
        """Wall time spent on encoding so far."""

    def embeddings(self, texts: Sequence[str]) -> Halfs:
        """Return the embeddings of texts, fp16 [texts, T_t, D_t].

        Raises:
            ValueError: the encoder gave a wrong shape, or values that are not finite.
        """
        embeddings = {text: self._known.pop(text) for text in dict.fromkeys(texts) if text in self._known}
        # By length: encoders batch neighbours, and then have little to pad.
        missing = sorted({text for text in texts if text not in embeddings}, key=lambda text: (len(text), text))
        embeddings |= zip(missing, self._encode(missing), strict=True)
        # Taken out above and put back here, at the end: the texts asked for longest ago come first.
        self._known |= embeddings
        for text in list(self._known)[: max(0, len(self._known) - self._most)]:
            del self._known[text]
        self.asked += len(texts)
        shape = (self._encoder.info.tokens, self._encoder.info.features)
        return np.array([embeddings[text] for text in texts], dtype=np.float16).reshape(-1, *shape)

    def _encode(self, texts: Sequence[str]) -> list[Halfs]:
        """Encode texts in chunks and count them, fp16 [T_t, D_t] each."""
        encoded: list[Halfs] = []
        started = time.perf_counter()
        for first in range(0, len(texts), _CHUNK):
            self.on_encoded(first, len(texts))
            part = halves(self._encoder.encode(texts[first : first + _CHUNK]), self._encoder.info)
            if not np.isfinite(part).all():
                raise ValueError(f"{self._encoder.info.name} gave values that are not finite")
            encoded += list(part)
        self.seconds += time.perf_counter() - started
        self.encoded += len(texts)
        return encoded
