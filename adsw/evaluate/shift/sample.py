"""The audio, texts and tags of a set of tracks, by which two sets are compared."""

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
"""Rows compared at most, drawn at random: the cost of the kernels grows with the square."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Frozen embeddings of n tracks or texts, averaged over tokens, with the leakage group of each."""

    points: Floats
    """Float64 [n, D]."""
    groups: NDArray[np.str_]
    """[n]; points of one group are resampled together."""

    def __len__(self) -> int:
        return len(self.points)

    def drawn(self, most: int, *key: object) -> Cloud:
        """Return at most `most` of the points, drawn at random by the key, in their order."""
        if len(self) <= most:
            return self
        chosen = np.sort(generator(*key).permutation(len(self))[:most])
        return Cloud(self.points[chosen], self.groups[chosen])


@dataclass(frozen=True, slots=True)
class Sample:
    """A set of tracks.

    Attributes:
        name: name of the set in reports.
        audio_encoder: encoder of its audio.
        text_encoder: encoder of its texts.
        audio: embeddings of its tracks.
        texts: by source, the texts of full tag lists, of captions of these, and human captions.
        clouds: by source, the embeddings of `texts`, in their order.
        tags: by category, the number of tracks that have each tag.
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
        """Number of tracks."""
        return len(self.audio)


def sample_of(store: Store, splits: tuple[str, ...], name: str) -> Sample:
    """Read the tracks of some splits of a store.

    Args:
        store: the store.
        splits: names of its splits, together one set.
        name: name of the set.

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
    """Return, by source, the rows of the texts of full views and of human captions, without swaps."""
    full = np.zeros(len(block), dtype=np.int64)
    np.maximum.at(full, block.track_of_text, block.kept)
    whole = (block.swap_of < 0) & ((block.kept == full[block.track_of_text]) | (block.view < 0))
    return {name: np.flatnonzero(whole & (block.source == code)) for code, name in enumerate(SOURCES)}


def _pooled(tokens: NDArray[np.float16]) -> Floats:
    """Return the mean over the tokens, float64 [n, D], of float16 [n, T, D]."""
    means: Floats = tokens.mean(axis=1, dtype=np.float64)
    return means


def _tags(rows: list[str]) -> dict[str, Counter[str]]:
    """Count the tracks that have each tag, by category, from tags in JSON."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        for category, tags in json.loads(row).items():
            counts.setdefault(category, Counter()).update(set(tags))
    return counts
