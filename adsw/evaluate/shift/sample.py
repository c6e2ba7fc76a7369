"""What two sets are compared by: their tracks' audio, their texts, their tags."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from adsw.align.block import Block
from adsw.arrays import Floats
from adsw.draws import generator
from adsw.encode.protocol import EncoderInfo
from adsw.encode.schema import SOURCES
from adsw.encode.store import Store

MOST = 4000
"""Rows compared at most, evenly drawn: the cost of the kernels grows with the square."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Frozen embeddings of n things, the mean over their tokens, and the leakage group of each."""

    points: Floats
    """[n, D]."""
    groups: NDArray[np.str_]
    """[n]; what is of one group is drawn together."""

    def __len__(self) -> int:
        return len(self.points)

    def drawn(self, most: int, *key: object) -> Cloud:
        """At most so many of the points, evenly drawn by the key."""
        if len(self) <= most:
            return self
        chosen = np.sort(generator(*key).permutation(len(self))[:most])
        return Cloud(self.points[chosen], self.groups[chosen])


@dataclass(frozen=True, slots=True)
class Sample:
    """One set.

    Attributes:
        name: as it is told of.
        audio_encoder, text_encoder: what its embeddings come from.
        audio: its tracks.
        texts: by source, the texts a track is known by: its full tag list, the caption of that, its human captions.
        clouds: the embeddings of `texts`, in their order.
        tags: by category, how many tracks have each tag.
    """

    name: str
    audio_encoder: EncoderInfo
    text_encoder: EncoderInfo
    audio: Cloud
    texts: dict[str, tuple[str, ...]]
    clouds: dict[str, Cloud]
    tags: dict[str, Counter[str]]

    @property
    def tracks(self) -> int:
        """How many tracks the set has."""
        return len(self.audio)


def sample_of(store: Store, splits: tuple[str, ...], name: str) -> Sample:
    """The tracks of some splits of a store.

    Raises:
        InputError: the store has no such split, or is damaged.
    """
    table = pa.concat_tables([store.table(split) for split in splits])
    block = Block.from_table(table, store.info.dimensions)
    groups = np.array(table["group"].to_pylist(), dtype=np.str_)
    texts, clouds = {}, {}
    for source, chosen in _known_by(block).items():
        if len(chosen):
            texts[source] = tuple(block.texts.take(pa.array(chosen)).to_pylist())
            clouds[source] = Cloud(_pooled(block.text_embeddings[chosen]), groups[block.track_of_text[chosen]])
    return Sample(
        name=name,
        audio_encoder=store.info.audio_encoder,
        text_encoder=store.info.text_encoder,
        audio=Cloud(_pooled(block.audio), groups),
        texts=texts,
        clouds=clouds,
        tags=_tags(table["tags"].to_pylist()),
    )


def _known_by(block: Block) -> dict[str, NDArray[np.int64]]:
    """By source, the original texts of the full tag list and the human captions."""
    full = np.zeros(len(block), dtype=np.int64)
    np.maximum.at(full, block.track_of_text, block.kept)
    whole = (block.swap_of < 0) & ((block.kept == full[block.track_of_text]) | (block.view < 0))
    return {name: np.flatnonzero(whole & (block.source == code)) for code, name in enumerate(SOURCES)}


def _pooled(tokens: NDArray[np.float16]) -> Floats:
    """The mean over the tokens, [n, T, D] -> [n, D]."""
    means: Floats = tokens.mean(axis=1, dtype=np.float64)
    return means


def _tags(rows: list[str]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for row in rows:
        for category, tags in json.loads(row).items():
            found.setdefault(category, Counter()).update(set(tags))
    return found
