"""The audio, texts and tags of a set of tracks, by which two sets are compared."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from adsw.arrays import Floats
from adsw.corpus.track import SPLITS
from adsw.draws import generator
from adsw.encoders.protocol import EncoderInfo
from adsw.errors import Faults, InputError, unknown
from adsw.spelling import distinct, one_text
from adsw.store.schema import SOURCES
from adsw.store.store import Store, groups_of
from adsw.train.block import Block

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
        track_ids: ids of its tracks.
        tokens: float16 [n, T_a, D_a], audio embeddings of its tracks.
    """

    name: str
    audio_encoder: EncoderInfo
    text_encoder: EncoderInfo
    audio: Cloud
    texts: dict[str, tuple[str, ...]]
    clouds: dict[str, Cloud]
    tags: dict[str, Counter[str]]
    track_ids: tuple[str, ...]
    tokens: NDArray[np.float16]

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
    groups = np.array(groups_of(table), dtype=np.str_)
    texts, clouds = {}, {}
    for source, chosen in _known_by(block).items():
        if len(chosen):
            texts[source] = tuple(map(one_text, block.texts.take(pa.array(chosen)).to_pylist()))
            clouds[source] = Cloud(_pooled(block.text_embeddings[chosen]), groups[block.track_of_text[chosen]])
    return Sample(
        name=name,
        audio_encoder=store.info.audio_encoder,
        text_encoder=store.info.text_encoder,
        audio=Cloud(_pooled(block.audio), groups),
        texts=texts,
        clouds=clouds,
        tags=_tags(table["tags"].to_pylist()),
        track_ids=tuple(block.track_ids),
        tokens=block.audio,
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
            counts.setdefault(category, Counter()).update(distinct(tags))
    return counts


ALL = "all"
"""Stands for all splits of a store."""


@dataclass(frozen=True, slots=True)
class NamedSet:
    """Some splits of a store, as one set."""

    store: Store
    splits: tuple[str, ...]
    name: str
    """The store's folder and the split, without a slash, so that it can be part of a metric's name."""


def named_sets(given: Sequence[str], default: str) -> list[NamedSet]:
    """Open the sets with the given names.

    Args:
        given: names as ``STORE`` or ``STORE:SPLIT``, with a split of the store or ``all``.
        default: the split of a name without one.

    Raises:
        InputError: with all faults: what cannot be opened, unknown or empty splits, sets named twice.
    """
    faults = Faults("The sets cannot be compared")
    sets: list[NamedSet] = []
    for text in given:
        path, split = _parted(text, default)
        try:
            store = Store.open(Path(path))
        except InputError as error:
            faults.extend(error.faults)
            continue
        if split != ALL and split not in store.splits:
            faults.found.append(unknown(text, split, [*store.splits, ALL], "split"))
            continue
        splits = tuple(store.splits) if split == ALL else (split,)
        if not sum(store.info.splits[name].tracks for name in splits):
            faults.add(text, "must hold tracks, holds none", None, "Name another split.")
        name = f"{Path(path).resolve().name}:{split}"
        if any((other.store.path.resolve(), other.splits) == (Path(path).resolve(), splits) for other in sets):
            faults.add(text, "is named twice", None, "Name another split or store.")
        elif any(other.name == name for other in sets):
            # Folders of the same name in different places.
            name = f"{name}@{store.info.fingerprint[:6]}"
        sets.append(NamedSet(store, splits, name))
    faults.raise_if_any()
    return sets


def _parted(given: str, default: str) -> tuple[str, str]:
    """Return the path and the split of a name.

    The split follows the last colon, unless that part holds a slash, or is no split and the whole exists as a path.
    """
    path, colon, split = given.rpartition(":")
    if colon and path and (split in (*SPLITS, ALL) or not Path(given).exists()) and "/" not in split:
        return path, split
    return given, default
