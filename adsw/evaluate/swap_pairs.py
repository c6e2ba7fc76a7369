"""Swap accuracy of pairs of texts: the share whose audio is nearer to its own one, and what is told without audio."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from adsw.arrays import Floats
from adsw.evaluate.cells import Figure
from adsw.evaluate.text_judge import TextJudge
from adsw.retrieval.evaluation import Heads, embed
from adsw.retrieval.swap_stored import Pairs
from adsw.stats.bootstrap import Resamples
from adsw.stats.interval import Interval, centred_interval
from adsw.train.checkpoint import Checkpoint, untrained_heads

CHANCE = 0.5
"""Swap accuracy of scores that say nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Results of n pairs: 1 if the audio is nearer to its own text, 0.5 at a tie, else 0.

    Attributes:
        tracks: int64 [n], row of the track.
        trained: float64 [n], by the trained heads.
        untrained: float64 [n], by heads before training.
        blind: float64 [n], by the trained heads with the split's average audio in place of the track's: what they
            prefer whatever is heard.
        judge: float64 [n], by a judge of texts that was trained to tell swaps; None if there is none.
        frequent: float64 [n], by the frequency of tags in training, NaN where it cannot be told; None likewise.
    """

    tracks: NDArray[np.int64]
    trained: Floats
    untrained: Floats
    blind: Floats
    judge: Floats | None = None
    frequent: Floats | None = None

    def __len__(self) -> int:
        return len(self.tracks)

    def where(self, chosen: NDArray[np.bool_]) -> Outcome:
        """Return the results of the pairs chosen by a mask, bool [n]."""
        return Outcome(
            self.tracks[chosen],
            self.trained[chosen],
            self.untrained[chosen],
            self.blind[chosen],
            None if self.judge is None else self.judge[chosen],
            None if self.frequent is None else self.frequent[chosen],
        )


@dataclass(frozen=True, slots=True)
class SwapFigure:
    """Swap accuracy over some pairs.

    Attributes:
        pairs: number of pairs.
        tracks: number of tracks that have one.
        figure: accuracy of the trained heads with its interval, chance and accuracy of untrained heads.
        blind: accuracy of the heads with the average audio.
        gain: accuracy less `blind`, paired.
        judge: accuracy of the text judge (`adsw.evaluate.text_judge`); None if there is none.
        beyond: accuracy less `judge`, paired.
        frequent: accuracy by the frequency of tags in training, of the pairs that it can tell; None if there are none.
    """

    pairs: int
    tracks: int
    figure: Figure
    blind: float
    gain: Interval
    judge: float | None = None
    beyond: Interval | None = None
    frequent: float | None = None

    def document(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        counts = {"pairs": self.pairs, "tracks": self.tracks}
        blind = {"blind": self.blind, "gain_over_blind": asdict(self.gain)}
        beyond = None if self.beyond is None else asdict(self.beyond)
        deaf = {"text_judge": self.judge, "beyond_text_judge": beyond, "frequent_tag": self.frequent}
        return {**counts, **self.figure.document(), **blind, **deaf}


def swap_figure(outcome: Outcome, resamples: Resamples) -> SwapFigure:
    """Compute the share of pairs whose audio is nearer to its own text.

    Args:
        outcome: at least one pair.
        resamples: of all tracks of the split, by leakage group.

    Raises:
        ValueError: there is no pair.
    """
    if not len(outcome):
        raise ValueError("swap accuracy needs at least one pair")
    trained, gain = mean_interval(outcome, outcome.trained, resamples), outcome.trained - outcome.blind
    return SwapFigure(
        pairs=len(outcome),
        tracks=len(np.unique(outcome.tracks)),
        figure=Figure(trained, CHANCE, float(outcome.untrained.mean())),
        blind=float(outcome.blind.mean()),
        gain=mean_interval(outcome, gain, resamples, least=-1.0),
        **_told_by_texts(outcome, resamples),
    )


def _told_by_texts(outcome: Outcome, resamples: Resamples) -> dict[str, Any]:
    """Compute the figures of `SwapFigure` by judges that know texts only."""
    judge, frequent = outcome.judge, outcome.frequent
    told: dict[str, Any] = {}
    if judge is not None:
        beyond = mean_interval(outcome, outcome.trained - judge, resamples, least=-1.0)
        told = {"judge": float(judge.mean()), "beyond": beyond}
    if frequent is not None and not np.isnan(frequent).all():
        told["frequent"] = float(np.nanmean(frequent))
    return told


def mean_interval(outcome: Outcome, values: Floats, resamples: Resamples, least: float = 0.0) -> Interval:
    """Compute the mean of a value per pair, with its interval.

    Args:
        outcome: n pairs.
        values: float64 [n].
        resamples: of all tracks of the split, by leakage group.
        least: smallest possible mean, which bounds the interval.
    """
    # Sums per track, so that a resample weighs tracks and not their many pairs.
    size = int(outcome.tracks.max()) + 1
    sums = np.bincount(outcome.tracks, weights=values, minlength=size)
    counts = np.bincount(outcome.tracks, minlength=size)

    def drawn(weights_RN: Floats) -> Floats:
        weights = weights_RN[:, :size]
        with np.errstate(invalid="ignore"):
            means: Floats = ((weights @ sums) / (weights @ counts))[:, None]
        return means

    return centred_interval(float(values.mean()), resamples.draw(drawn)[:, 0], least)


def wins(audio_nP: torch.Tensor, own_nP: torch.Tensor, swapped_nP: torch.Tensor) -> Floats:
    """Return 1 if the audio's inner product with its own text exceeds that with the swapped one, 0.5 if equal, else 0.

    Args:
        audio_nP: audio embeddings, one per pair.
        own_nP: embeddings of the tracks' own texts.
        swapped_nP: embeddings of the swapped texts.

    Returns:
        Float64 [n].

    >>> audio = torch.tensor([[1.0, 0.0]])
    >>> wins(audio, torch.tensor([[0.8, 0.6]]), torch.tensor([[0.6, 0.8]])).tolist()
    [1.0]
    """
    # In float64 and row by row, not as a matrix product: equal texts score the same, to the bit.
    own, swapped = ((audio_nP.double() * texts.double()).sum(dim=1) for texts in (own_nP, swapped_nP))
    won: Floats = (((own > swapped).double() + (own >= swapped).double()) / 2).cpu().numpy()
    return won


@dataclass(frozen=True)
class Judges:
    """The heads, with the audio of all N tracks of a split embedded by them.

    Attributes:
        trained: the checkpoint's heads.
        untrained: the same heads before training.
        audio: [N, P], embedded by the trained heads.
        untrained_audio: [N, P], embedded by the untrained ones.
        text_judge: judges by the texts alone; None if it could not be taught.
    """

    trained: Heads
    untrained: Heads
    audio: torch.Tensor
    untrained_audio: torch.Tensor
    text_judge: TextJudge | None = None

    @classmethod
    def of(cls, checkpoint: Checkpoint, audio_NTD: NDArray[np.float16], text_judge: TextJudge | None = None) -> Judges:
        """Embed the audio by the checkpoint's heads and by untrained ones.

        Args:
            checkpoint: the trained heads.
            audio_NTD: audio tokens of the split.
            text_judge: as the attribute.

        Raises:
            ValueError: an embedding is not finite.
        """
        untrained = untrained_heads(checkpoint.dimensions, checkpoint.recipe)
        return cls(
            checkpoint.heads,
            untrained,
            embed(checkpoint.heads.audio, audio_NTD, "audio"),
            embed(untrained.audio, audio_NTD, "audio"),
            text_judge,
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
        # The same audio for every track.
        average = self.audio.mean(dim=0, keepdim=True).expand(len(tracks), -1)
        return Outcome(
            pairs.tracks,
            wins(self.audio[tracks], texts[own], texts[swapped]),
            wins(self.untrained_audio[tracks], untrained_texts[own], untrained_texts[swapped]),
            wins(average, texts[own], texts[swapped]),
            None if self.text_judge is None else self.text_judge.tells(tokens, pairs.own, pairs.swapped),
        )
