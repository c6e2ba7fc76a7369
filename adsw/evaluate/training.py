"""The texts and tracks that a checkpoint was trained on, as frozen embeddings, for baselines that only remember."""

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
"""Training tracks read at most. A store holds its tracks in the order of a hash of their names, so the first ones
are a random sample."""
_BLOCK = 4096
"""Inputs pooled at a time."""


@dataclass(frozen=True)
class Training:
    """The training split, or a random sample of its tracks, without swapped texts.

    Attributes:
        audio: float16 [N, T_a, D_a], audio tokens of the tracks.
        text_embeddings: float16 [U, T_t, D_t], one per distinct text.
        texts: the U distinct texts.
        owners: the tracks of every text, as rows of `audio`.
        track_ids: names of the N tracks.
        tracks: number of tracks in the whole split, at least N.
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
            most: tracks to read at most.

        Raises:
            InputError: the store has no train split, or a shard of it is damaged.
            ValueError: the tracks have no text.
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
        """Mean and standard deviation over tracks of every audio feature, pooled over tokens; float32 [D_a] each."""
        pooled_ND = pooled(self.audio)
        # A feature that is constant over the tracks would divide by zero.
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
        """Return the pooled audio of any tracks, scaled by this training's means and deviations.

        Args:
            audio: float16 [n, T_a, D_a].

        Returns:
            Unit vectors, float32 [n, D_a].
        """
        # Features of frozen audio encoders differ in scale by orders of magnitude; unscaled, the largest of them
        # would decide every cosine.
        mean, deviation = self.audio_scale
        return unit((pooled(audio) - mean) / deviation)


def pooled(tokens: NDArray[np.float16]) -> torch.Tensor:
    """Return the mean over the tokens of every input, float32 [n, D], of float16 [n, T, D]."""
    # In blocks, because the float32 copy takes twice the memory of the tokens.
    blocks = [torch.from_numpy(np.array(tokens[at : at + _BLOCK])) for at in range(0, len(tokens), _BLOCK)]
    return torch.cat([block.float().mean(1) for block in blocks])


def unit(vectors_ND: torch.Tensor) -> torch.Tensor:
    """Scale vectors [N, D] to length 1; a zero vector stays zero."""
    return torch.nn.functional.normalize(vectors_ND, dim=1)
