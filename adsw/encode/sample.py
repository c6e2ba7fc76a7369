"""A sample of the embeddings that go into a store, which shows whether the encoders tell inputs apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from adsw.encode.check.figures import spread_of
from adsw.encode.check.findings import CONSTANT
from adsw.encode.halves import Halves

SAMPLED = 256
"""Most embeddings of each side. Tracks come in the order of a hash, so the first ones are a random sample."""


class Likeness(BaseModel):
    """How alike the embeddings of different things are in a store."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    sampled: int
    mean_cosine: float
    """Mean over all pairs; 1 if all are alike."""
    effective_rank: float
    """Number of directions in which they differ."""

    @property
    def is_constant(self) -> bool:
        """Whether they are too alike for anything to be learnt from them."""
        return self.mean_cosine >= CONSTANT


class Sample:
    """Collects the first embeddings of tracks, and of different texts."""

    def __init__(self) -> None:
        self._audio: list[Halves] = []
        self._texts: dict[str, Halves] = {}

    def see(self, audio: bytes, texts: Sequence[str], embeddings: Halves) -> None:
        """Take a track into the sample while there is room.

        Args:
            audio: bytes of its embedding, fp16 [T_a, D_a].
            texts: its texts.
            embeddings: the texts', fp16 [texts, T_t x D_t].
        """
        if len(self._audio) < SAMPLED:
            self._audio.append(np.frombuffer(audio, "<f2"))
        for text, embedding in zip(texts, embeddings, strict=True):
            if len(self._texts) >= SAMPLED:
                return
            self._texts.setdefault(text, embedding.copy())

    def likeness(self) -> dict[str, Likeness]:
        """Return the likeness by side, ``audio`` and ``text``, of sides with at least two embeddings."""
        sides = {"audio": self._audio, "text": list(self._texts.values())}
        return {side: _likeness(seen) for side, seen in sides.items() if len(seen) > 1}


def _likeness(embeddings: Sequence[Halves]) -> Likeness:
    spread = spread_of(np.stack(embeddings).astype(np.float32))
    return Likeness(
        sampled=len(embeddings),
        mean_cosine=round(spread.mean_cosine, 6),
        effective_rank=round(spread.effective_rank, 2),
    )
