"""Pairs of a track's own text and a swapped one, and those that a store holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adsw.store.schema import SOURCES
from adsw.train.block import Block


@dataclass(frozen=True, slots=True)
class Pairs:
    """n pairs of texts.

    Attributes:
        tracks: int64 [n], row of the track.
        own: int64 [n], row of its own text in some embeddings.
        swapped: int64 [n], row of the swapped text in the same.
        kinds: [n], kind of the pair, such as the category of its swap.
    """

    tracks: NDArray[np.int64]
    own: NDArray[np.int64]
    swapped: NDArray[np.int64]
    kinds: list[str]

    def __len__(self) -> int:
        return len(self.tracks)


SEVERAL = "several"
"""Kind of a swap that replaced terms of several categories."""


@dataclass(frozen=True)
class Stored:
    """The n pairs (text, swap of it) of a split.

    Attributes:
        pairs: their kind is the one category of the swap, or `SEVERAL`.
        sources: [n], source of the text.
        terms: int64 [n], number of terms replaced.
        originals: number of texts of the split that are no swap.
        unswapped: number of those without a swap.
    """

    pairs: Pairs
    sources: list[str]
    terms: NDArray[np.int64]
    originals: int
    unswapped: int


def stored_pairs(block: Block) -> Stored:
    """Return the pairs (text, swap of it) of a block; the same two strings count once per track."""
    swaps = np.flatnonzero(block.swap_of >= 0)
    own, tracks = block.swap_of[swaps], block.track_of_text[swaps]
    strings = np.stack([tracks, block.text_code[own], block.text_code[swaps]], axis=1)
    first = np.sort(np.unique(strings, axis=0, return_index=True)[1])
    swaps, own, tracks = swaps[first], own[first], tracks[first]
    names, masks = block.swap_categories
    single = {1 << place: name for place, name in enumerate(names)}
    kinds = [single.get(mask, SEVERAL) for mask in masks[swaps].tolist()]
    originals = np.flatnonzero(block.swap_of < 0)
    return Stored(
        Pairs(tracks, own, swaps, kinds),
        [SOURCES[source] for source in block.source[swaps].tolist()],
        block.swap_terms[swaps],
        len(originals),
        len(np.setdiff1d(originals, block.swap_of)),
    )
