"""Those who say which of two texts an audio is nearer to: trained heads, untrained ones, and a blind one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from adsw.align.checkpoint import Checkpoint
from adsw.evaluate.evaluation import Heads, embed
from adsw.evaluate.swaps.outcome import Outcome, Pairs, wins
from adsw.evaluate.untrained import untrained_heads


@dataclass(frozen=True)
class Judges:
    """The heads, with the audio of all N tracks of a split embedded by them.

    Attributes:
        trained: the checkpoint's heads.
        untrained: heads before training.
        audio: by the trained heads, [N, P].
        untrained_audio: by the untrained ones.
    """

    trained: Heads
    untrained: Heads
    audio: torch.Tensor
    untrained_audio: torch.Tensor

    @classmethod
    def of(cls, checkpoint: Checkpoint, audio_NTD: NDArray[np.float16]) -> Judges:
        """Embed the audio.

        Raises:
            ValueError: an embedding is not finite.
        """
        untrained = untrained_heads(checkpoint.dimensions, checkpoint.recipe)
        return cls(
            checkpoint.heads,
            untrained,
            embed(checkpoint.heads.audio, audio_NTD, "audio"),
            embed(untrained.audio, audio_NTD, "audio"),
        )

    def judge(self, pairs: Pairs, tokens: NDArray[np.float16]) -> Outcome:
        """Judge pairs whose texts are rows of some embeddings, float16 [M, T_t, D_t]."""
        rows, number = np.unique(np.concatenate([pairs.own, pairs.swapped]), return_inverse=True)
        used = tokens[rows]
        own, swapped = (torch.from_numpy(part) for part in np.split(number, 2))
        texts = embed(self.trained.text, used, "text")
        untrained_texts = embed(self.untrained.text, used, "text")
        tracks = torch.from_numpy(pairs.tracks)
        average = self.audio.mean(dim=0, keepdim=True).expand(len(tracks), -1)
        return Outcome(
            pairs.tracks,
            wins(self.audio[tracks], texts[own], texts[swapped]),
            wins(self.untrained_audio[tracks], untrained_texts[own], untrained_texts[swapped]),
            wins(average, texts[own], texts[swapped]),
        )
