"""The swaps of a store as pairs to judge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from adsw.align.block import Block
from adsw.encode.schema import SOURCES
from adsw.evaluate.swaps.outcome import Pairs

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


def texts_of(table: pa.Table) -> list[str]:
    """Return the distinct texts of a store's table, swaps included, sorted."""
    texts: set[str] = set()
    for chunk in table.column("texts").chunks:
        texts.update(chunk.flatten().field("text").unique().to_pylist())
    return sorted(texts)
