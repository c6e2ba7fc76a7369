"""Judges of which of two texts an audio is nearer to: trained heads, untrained heads, and a blind judge."""

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
        untrained: the same heads before training.
        audio: [N, P], embedded by the trained heads.
        untrained_audio: [N, P], embedded by the untrained ones.
    """

    trained: Heads
    untrained: Heads
    audio: torch.Tensor
    untrained_audio: torch.Tensor

    @classmethod
    def of(cls, checkpoint: Checkpoint, audio_NTD: NDArray[np.float16]) -> Judges:
        """Embed the audio by the checkpoint's heads and by untrained ones.

        Args:
            checkpoint: the trained heads.
            audio_NTD: audio tokens of the split.

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
        """Judge pairs of texts.

        Args:
            pairs: n pairs; their texts are rows of `tokens`.
            tokens: float16 [M, T_t, D_t].

        Raises:
            ValueError: an embedding is not finite.
        """
        # Each text is embedded once, however many pairs it is in.
        rows, number = np.unique(np.concatenate([pairs.own, pairs.swapped]), return_inverse=True)
        used = tokens[rows]
        own, swapped = (torch.from_numpy(part) for part in np.split(number, 2))
        texts = embed(self.trained.text, used, "text")
        untrained_texts = embed(self.untrained.text, used, "text")
        tracks = torch.from_numpy(pairs.tracks)
        # The blind judge hears the same audio for every track.
        average = self.audio.mean(dim=0, keepdim=True).expand(len(tracks), -1)
        return Outcome(
            pairs.tracks,
            wins(self.audio[tracks], texts[own], texts[swapped]),
            wins(self.untrained_audio[tracks], untrained_texts[own], untrained_texts[swapped]),
            wins(average, texts[own], texts[swapped]),
        )
