"""Pairs of a track's own text and a swapped one, and which of the two its audio is nearer to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from adsw.arrays import Floats
from adsw.evaluate.resamples import Resamples
from adsw.evaluate.set_report import Figure
from adsw.stats.interval import Interval, centred_interval

CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class Pairs:
    """n pairs of texts.

    Attributes:
        tracks: int64 [n], the row of the track.
        own: int64 [n], row of its own text in some embeddings.
        swapped: int64 [n], row of the swapped one.
        kinds: [n], what a pair is, such as the category of its swap.
    """

    tracks: NDArray[np.int64]
    own: NDArray[np.int64]
    swapped: NDArray[np.int64]
    kinds: list[str]

    def __len__(self) -> int:
        return len(self.tracks)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of n pairs: 1 where the audio is nearer to its own text, 0.5 at a tie, else 0.

    Attributes:
        tracks: int64 [n], the row of the track.
        trained: float64 [n], by the trained heads.
        untrained: by heads before training.
        blind: by the trained heads, with the average audio of the split in place of the track's own: what the texts
            give away by themselves.
    """

    tracks: NDArray[np.int64]
    trained: Floats
    untrained: Floats
    blind: Floats

    def __len__(self) -> int:
        return len(self.tracks)

    def where(self, chosen: NDArray[np.bool_]) -> Outcome:
        """Some of the pairs."""
        return Outcome(self.tracks[chosen], self.trained[chosen], self.untrained[chosen], self.blind[chosen])

    @classmethod
    def together(cls, parts: Iterable[Outcome]) -> Outcome:
        """Several as one."""
        listed = list(parts)
        names = ("tracks", "trained", "untrained", "blind")
        return cls(*(np.concatenate([getattr(part, name) for part in listed]) for name in names))


@dataclass(frozen=True, slots=True)
class SwapFigure:
    """Swap accuracy over some pairs; `blind` is what the texts give away by themselves, `gain` the rest of it."""

    pairs: int
    tracks: int
    figure: Figure
    blind: float
    gain: Interval

    def document(self) -> dict[str, Any]:
        """As plain JSON values."""
        counts = {"pairs": self.pairs, "tracks": self.tracks}
        return {**counts, **self.figure.document(), "blind": self.blind, "gain_over_blind": asdict(self.gain)}


def swap_figure(outcome: Outcome, resamples: Resamples) -> SwapFigure:
    """The share of pairs whose audio is nearer to its own text; resampled by the groups of all tracks of the split.

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
    )


def mean_interval(outcome: Outcome, values: Floats, resamples: Resamples, least: float = 0.0) -> Interval:
    """The mean of a value per pair, with its interval."""
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
    """1 where the audio's product with its own text is larger than with the swapped one, 0.5 where equal, else 0.

    In float64, one row at a time: equal texts score the same, to the bit.

    >>> one = torch.tensor([[1.0, 0.0]])
    >>> wins(one, torch.tensor([[0.8, 0.6]]), torch.tensor([[0.6, 0.8]])).tolist()
    [1.0]
    """
    own, swapped = ((audio_nP.double() * texts.double()).sum(dim=1) for texts in (own_nP, swapped_nP))
    won: Floats = (((own > swapped).double() + (own >= swapped).double()) / 2).cpu().numpy()
    return won
