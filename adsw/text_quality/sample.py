"""The texts whose quality is measured: the original texts of a store, with their tags and embeddings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from adsw.arrays import Floats, Ints
from adsw.errors import Fault, InputError
from adsw.spelling import one_text
from adsw.store.schema import SOURCES, Dimensions
from adsw.store.store import Store

Tags = Mapping[str, Sequence[str]]
"""Category -> tags."""

Tell = Callable[[int, int], None]
"""Called with the number of tracks done and the number of all."""

_COLUMNS = ("track_id", "tags", "texts", "text_embeddings")

_TAGS, _CAPTION, _HUMAN = (SOURCES.index(name) for name in ("tags", "caption", "human"))


@dataclass(frozen=True, slots=True)
class QualitySample:
    """N tracks and their M original texts: tag lists, captions of views, human captions. without swaps.

    Attributes:
        track_ids: names of the tracks, [N].
        splits: split of every track, [N].
        tags: tags of every track by category, [N].
        texts: the texts of the store, repeats included, [M].
        track: row of the text's track, 0 to N - 1, [M].
        index: place of the text among its track's texts in the store, [M].
        source: place in `SOURCES`, [M].
        captioner: what wrote a caption, as ``name@version``, None for other texts, [M].
        kept: kept count of the text's view, 0 for a human caption, [M].
        words_for: the tags that the text describes: its view's, for a human caption the track's, [M].
        coverage: share of these that it states, as the store gives it; NaN if it was not checked, [M].
        added: number of vocabulary terms that it states beyond them, likewise, [M].
        attempts: number of attempts at a caption; NaN for other texts, [M].
        vectors: float32 [M, D], mean over the tokens of the frozen embedding, scaled to length 1 (a zero one stays).
    """

    track_ids: tuple[str, ...]
    splits: tuple[str, ...]
    tags: tuple[Tags, ...]
    texts: tuple[str, ...]
    track: Ints
    index: Ints
    source: Ints
    captioner: tuple[str | None, ...]
    kept: Ints
    words_for: tuple[tuple[str, ...], ...]
    coverage: Floats
    added: Floats
    attempts: Floats
    vectors: NDArray[np.float32]

    def __len__(self) -> int:
        """Number of texts, M."""
        return len(self.texts)

    @property
    def tracks(self) -> int:
        """Number of tracks, N."""
        return len(self.track_ids)

    def of(self, source: str) -> NDArray[np.bool_]:
        """Return which texts have a source, bool [M]."""
        chosen: NDArray[np.bool_] = self.source == SOURCES.index(source)
        return chosen


def sample_of(store: Store, splits: Sequence[str], most: int = 0, tell: Tell | None = None) -> QualitySample:
    """Read the texts of some splits, shard by shard, without holding audio or swaps.

    Args:
        store: the store.
        splits: names of its splits.
        most: tracks of each split at most, 0 for all. The first ones are taken, which is a random choice: a store
            orders its tracks by a hash.
        tell: called after every shard.

    Raises:
        InputError: a split is missing, a shard is damaged, or there is no text.
    """
    for split in splits:
        store.shards(split)  # A split that is not there is refused before anything is read.
    sizes = [store.info.splits[split].tracks for split in splits]
    total = sum(min(size, most) if most else size for size in sizes)
    parts: list[_Part] = []
    for split in splits:
        for part in _parts_of(store, split, most):
            parts.append(part)
            if tell is not None:
                tell(sum(len(part.track_ids) for part in parts), total)
    sample = _joined(parts)
    if not len(sample):
        rule = f"must hold texts in {', '.join(splits)}, holds none"
        raise InputError("There is nothing to measure", [Fault(str(store.path), rule, None, "Name another split.")])
    return sample


@dataclass(frozen=True, slots=True)
class _Part:
    """Texts of one shard of n tracks, m of them original.

    Attributes:
        split: name of the split.
        track_ids: [n].
        tags: tags of every track, [n].
        row: row of the text's track in the shard, [m].
        columns: the store's fields of the texts by name, and `index`, [m] each.
        vectors: float32 [m, D], unit vectors.
    """

    split: str
    track_ids: list[str]
    tags: list[Tags]
    row: Ints
    columns: dict[str, list[object]]
    vectors: NDArray[np.float32]


def _parts_of(store: Store, split: str, most: int) -> Iterator[_Part]:
    """Yield the texts of a split shard by shard, of at most `most` tracks (0: all)."""
    left = most or store.info.splits[split].tracks
    for table in store.tables(split, _COLUMNS):
        if left <= 0:
            return
        part = table.slice(0, left)
        left -= len(part)
        yield _part(part, split, store.info.dimensions)


def _part(table: pa.Table, split: str, dimensions: Dimensions) -> _Part:
    """Return the original texts of a table."""
    lists = table["texts"].combine_chunks()
    # The columns of texts are nested lists: they are flattened, and `sizes` says which texts are whose.
    sizes = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    texts = lists.flatten()
    row = np.repeat(np.arange(len(table)), sizes)
    index = np.arange(len(texts)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    original = np.flatnonzero(pc.struct_field(texts, "swap_of").to_numpy(zero_copy_only=False) < 0)
    kept = texts.take(pa.array(original))
    names = ("text", "source", "captioner", "kept", "view", "coverage", "added", "attempts")
    columns: dict[str, list[object]] = {name: pc.struct_field(kept, name).to_pylist() for name in names}
    columns["text"] = [one_text(str(text)) for text in columns["text"]]
    columns["index"] = index[original].tolist()
    return _Part(
        split=split,
        track_ids=table["track_id"].to_pylist(),
        tags=[json.loads(given) for given in table["tags"].to_pylist()],
        row=row[original],
        columns=columns,
        vectors=_vectors(table["text_embeddings"], sizes, dimensions)[original],
    )


def _vectors(column: pa.ChunkedArray, sizes: Ints, dimensions: Dimensions) -> NDArray[np.float32]:
    """Return the embeddings of all texts as unit vectors, float32 [texts, D].

    Args:
        column: bytes of every track's embeddings.
        sizes: number of texts of every track.
        dimensions: of the embeddings.

    Raises:
        InputError: a track does not have one embedding per text.
    """
    rows = [value.as_buffer() for value in column]
    wanted = sizes * dimensions.text_bytes
    if [0 if buffer is None else buffer.size for buffer in rows] != wanted.tolist():
        rule = "must hold one embedding for every text"
        raise InputError("The store is damaged", [Fault("text_embeddings", rule, None, "Prepare the store again.")])
    shape = -1, dimensions.text_tokens, dimensions.text_features
    flat = [np.frombuffer(buffer, np.float16).reshape(shape).mean(axis=1, dtype=np.float32) for buffer in rows]
    means = np.concatenate([np.empty((0, dimensions.text_features), np.float32), *flat])
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    units: NDArray[np.float32] = means / np.where(lengths > 0, lengths, 1)
    return units


def _joined(parts: Sequence[_Part]) -> QualitySample:
    """Concatenate the texts of some shards, numbering their tracks through."""
    offsets = np.cumsum([0, *(len(part.track_ids) for part in parts)])
    track = _concatenated(part.row + offset for part, offset in zip(parts, offsets, strict=False))
    tags = tuple(tags for part in parts for tags in part.tags)

    def column(name: str) -> list[object]:
        return [value for part in parts for value in part.columns[name]]

    texts = tuple(str(text) for text in column("text"))
    source = np.array([SOURCES.index(str(name)) for name in column("source")], dtype=np.int64)
    view = np.array(column("view"), dtype=np.int64)
    return QualitySample(
        track_ids=tuple(name for part in parts for name in part.track_ids),
        splits=tuple(part.split for part in parts for _ in part.track_ids),
        tags=tags,
        texts=texts,
        track=track,
        index=np.array(column("index"), dtype=np.int64),
        source=source,
        captioner=tuple(None if name is None else str(name) for name in column("captioner")),
        kept=np.array(column("kept"), dtype=np.int64),
        words_for=_words_for(texts, source, track, view, tags),
        coverage=np.array(column("coverage"), dtype=np.float64),
        added=np.array(column("added"), dtype=np.float64),
        attempts=np.array(column("attempts"), dtype=np.float64),
        vectors=_stacked(parts),
    )


def _stacked(parts: Sequence[_Part]) -> NDArray[np.float32]:
    """Return the vectors of all parts, float32 [M, D]."""
    return np.concatenate([np.empty((0, 1), np.float32)] if not parts else [part.vectors for part in parts])


def _concatenated(arrays: Iterable[Ints]) -> Ints:
    """Concatenate arrays, of which there may be none."""
    return np.concatenate([np.empty(0, np.int64), *arrays])


def _words_for(
    texts: Sequence[str], source: Ints, track: Ints, view: Ints, tags: Sequence[Tags]
) -> tuple[tuple[str, ...], ...]:
    """Return the tags that every text describes, those of a view read off its tag list, [M]."""
    flat = [tuple(tag for given in by_category.values() for tag in given) for by_category in tags]
    of_view: dict[tuple[int, int], tuple[str, ...]] = {}
    for place in np.flatnonzero(source == _TAGS):
        # Searched with its separators rather than split, because a tag may hold a comma.
        listed = f", {texts[place]}, "
        owner = int(track[place])
        of_view[owner, int(view[place])] = tuple(tag for tag in flat[owner] if f", {tag}, " in listed)
    return tuple(
        flat[owner] if view[place] < 0 else of_view.get((owner, int(view[place])), ())
        for place, owner in enumerate(track.tolist())
    )


_STARTS = (1, 2, 3, 4, 5, 7, 10, 15)
"""The smallest kept count of every level."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some of a sample's texts."""

    name: str
    """``tags``, ``caption``, ``caption by X``, ``stand-in by X``, ``human``."""
    source: str
    captioner: str | None
    """Captioner that wrote them; None for a group that is not of one captioner."""
    stands_in: bool
    """Whether another captioner wrote them, because the answers of the one asked were not accepted."""
    members: Ints
    """Rows of the texts in the sample, int64."""
    level: str | None = None
    """Range of their kept counts, as ``3``, ``5-6`` or ``15+``; None for all."""


def groups_of(sample: QualitySample, asked: str) -> list[Group]:
    """Return the groups that have texts: tag lists, all captions, captions by captioner, human captions.

    If one captioner wrote all captions, its group replaces that of all captions.

    Args:
        sample: the texts.
        asked: the captioner that the store was made with, as ``name@version``; others stand in for it.
    """
    # The captioner asked comes first, then its stand-ins by name.
    captioners = sorted({name for name in sample.captioner if name is not None}, key=lambda name: (name != asked, name))
    groups = [_of_source(sample, "tags"), _of_source(sample, "caption")]
    if len(captioners) == 1 and len(groups[1].members):
        groups[1] = _by(sample, captioners[0], asked)
    elif captioners:
        groups += [_by(sample, name, asked) for name in captioners]
    groups.append(_of_source(sample, "human"))
    return [group for group in groups if len(group.members)]


def _of_source(sample: QualitySample, source: str) -> Group:
    """Return the group of all texts of a source."""
    return Group(source, source, None, False, np.flatnonzero(sample.of(source)))


def _by(sample: QualitySample, captioner: str, asked: str) -> Group:
    """Return the group of the captions of one captioner."""
    members = [place for place, name in enumerate(sample.captioner) if name == captioner]
    stands_in = captioner != asked
    kind = "stand-in" if stands_in else "caption"
    return Group(f"{kind} by {captioner}", "caption", captioner, stands_in, np.array(members, dtype=np.int64))


def by_kept(group: Group, kept: Ints) -> list[Group]:
    """Divide a group by levels of the kept count, without empty levels.

    Args:
        group: the group.
        kept: kept count of every text of the sample, int64 [M].

    Returns:
        The levels, ascending; none for human captions, which have no view.
    """
    if group.source == "human":
        return []
    place = np.searchsorted(_STARTS, kept[group.members], side="right") - 1
    levels = [
        Group(group.name, group.source, group.captioner, group.stands_in, group.members[place == number], label)
        for number, label in enumerate(level_labels(_STARTS))
    ]
    return [level for level in levels if len(level.members)]


def level_labels(starts: Sequence[int]) -> list[str]:
    """Return the labels of levels that begin at some kept counts.

    >>> level_labels((1, 2, 5, 7))
    ['1', '2-4', '5-6', '7+']
    """
    closed = [str(start) if after - start == 1 else f"{start}-{after - 1}" for start, after in pairwise(starts)]
    return [*closed, f"{starts[-1]}+"]


def is_in_short_reports(group: Group, groups: Sequence[Group]) -> bool:
    """Return whether a group is in short reports: all but that of all captions if captions are grouped by captioner."""
    return group.source != "caption" or group.captioner is not None or not any(other.captioner for other in groups)
