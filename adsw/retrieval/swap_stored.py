"""Pairs of a track's own text and a swapped one: those that a store holds, and those judged after every epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats, Ints
from adsw.draws import uniforms
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


MOST_PAIRS = 1_024
"""Pairs of a set that are judged after every epoch, at most."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""Odd, so that the places of a track's swaps give as many keys (the golden ratio in 64 bits)."""


@dataclass(frozen=True, slots=True)
class SwapPairs:
    """n pairs of a track's own text and a swap of it, with their embeddings.

    Attributes:
        draws: float64 [n], by which pairs are drawn: those with the smallest.
        tracks: int64 [n], row of the track.
        own: int64 [n], row of the own text in `texts`.
        swapped: int64 [n], row of the swap in the same.
        texts: float16 [m, T_t, D_t], frozen embeddings.
    """

    draws: Floats
    tracks: Ints
    own: Ints
    swapped: Ints
    texts: NDArray[np.float16]

    def __len__(self) -> int:
        return len(self.tracks)

    @classmethod
    def drawn(cls, block: Block) -> SwapPairs:
        """Draw at most `MOST_PAIRS` pairs of a block."""
        pairs = stored_pairs(block).pairs
        # A pair's draw depends on its track and its place there alone, not on what else is in the set.
        places = (pairs.swapped - block.offsets[pairs.tracks]).astype(np.uint64)
        draws = uniforms(0, 0, block.track_keys[pairs.tracks] ^ (places * _SPREAD), "swap pairs")[:, 0]
        return cls(draws, pairs.tracks, pairs.own, pairs.swapped, block.text_embeddings)._least()

    @classmethod
    def joined(cls, parts: Sequence[SwapPairs], first: Ints) -> SwapPairs | None:
        """Join the pairs of parts of a set, whose tracks begin at the rows `first`; None if there are none."""
        if not any(len(part) for part in parts):
            return None
        shifts = np.cumsum([0, *(len(part.texts) for part in parts)])
        return cls(
            np.concatenate([part.draws for part in parts]),
            np.concatenate([part.tracks + row for part, row in zip(parts, first, strict=False)]),
            np.concatenate([part.own + shift for part, shift in zip(parts, shifts, strict=False)]),
            np.concatenate([part.swapped + shift for part, shift in zip(parts, shifts, strict=False)]),
            np.concatenate([part.texts for part in parts]),
        )._least()

    def _least(self) -> SwapPairs:
        """Return the pairs with the smallest draws, in their order, with their texts alone."""
        chosen = np.sort(np.argsort(self.draws, kind="stable")[:MOST_PAIRS])
        rows, number = np.unique(np.concatenate([self.own[chosen], self.swapped[chosen]]), return_inverse=True)
        own, swapped = number[: len(chosen)], number[len(chosen) :]
        return SwapPairs(self.draws[chosen], self.tracks[chosen], own, swapped, self.texts[rows])


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
