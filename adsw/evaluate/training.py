"""What a checkpoint was trained on, as the frozen encoders see it: what memory alone could answer from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from adsw.align.block import Block
from adsw.encode.store import Store
from adsw.evaluate.targets import Targets

MOST_TRACKS = 16_384
"""Training tracks looked at. A store holds its tracks in the order of a hash of their names, so the first ones are
a random sample."""
_BLOCK = 4096


@dataclass(frozen=True)
class Training:
    """The training split, or a random sample of its tracks. Swapped texts are no part of it.

    Attributes:
        audio: float16 [N, T_a, D_a].
        text_embeddings: float16 [U, T_t, D_t], one per distinct text.
        texts: the U distinct texts.
        owners: the tracks of every text.
        track_ids: the N tracks.
        tracks: tracks in the whole split.
    """

    audio: NDArray[np.float16]
    text_embeddings: NDArray[np.float16]
    texts: tuple[str, ...]
    owners: Targets
    track_ids: tuple[str, ...]
    tracks: int

    @classmethod
    def of(cls, store: Store, most: int = MOST_TRACKS) -> Training:
        """Read a store's training split.

        Args:
            store: what the checkpoint was trained on.
            most: tracks to look at.

        Raises:
            InputError: the store has no such split, or a shard of it is damaged.
            ValueError: the split holds no text.
        """
        table = store.table("train")
        block = Block.from_table(table.slice(0, most), store.info.dimensions)
        originals = np.flatnonzero(block.swap_of < 0)
        if not len(originals):
            raise ValueError("the training split holds no text")
        _, first, number = np.unique(block.text_code[originals], return_index=True, return_inverse=True)
        chosen = originals[first]
        return cls(
            audio=block.audio,
            text_embeddings=block.text_embeddings[chosen],
            texts=tuple(block.texts.take(chosen).to_pylist()),
            owners=Targets.from_pairs(number.astype(np.int64), block.track_of_text[originals], len(chosen)),
            track_ids=tuple(block.track_ids),
            tracks=len(table),
        )

    @cached_property
    def audio_scale(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and deviation of every audio feature, pooled over tokens, over the tracks; [D_a] each."""
        pooled_ND = pooled(self.audio)
        return pooled_ND.mean(0), pooled_ND.std(0, correction=0).clamp_min(1e-6)

    @cached_property
    def unit_audio(self) -> torch.Tensor:
        """Standardised pooled audio as unit vectors, float32 [N, D_a]."""
        return self.standardised(self.audio)

    @cached_property
    def unit_texts(self) -> torch.Tensor:
        """Pooled texts as unit vectors, float32 [U, D_t]."""
        return unit(pooled(self.text_embeddings))

    def standardised(self, audio: NDArray[np.float16]) -> torch.Tensor:
        """Any tracks' pooled audio by this training's means and deviations, as unit vectors [n, D_a].

        Features of frozen audio encoders differ in scale by orders of magnitude; unscaled, one of them would be
        the cosine.
        """
        mean, deviation = self.audio_scale
        return unit((pooled(audio) - mean) / deviation)


def pooled(tokens: NDArray[np.float16]) -> torch.Tensor:
    """The mean token of every input, float32 [n, D] of [n, T, D]."""
    blocks = [torch.from_numpy(np.array(tokens[at : at + _BLOCK])) for at in range(0, len(tokens), _BLOCK)]
    return torch.cat([block.float().mean(1) for block in blocks])


def unit(vectors_ND: torch.Tensor) -> torch.Tensor:
    """Vectors of length one; a zero vector stays."""
    return torch.nn.functional.normalize(vectors_ND, dim=1)
