"""The fixed queries of a split: the same texts in every epoch, process and trial.

Per track: its full tag list as tags and as a caption, one partial view of about half its tags as tags and as
a caption, and its human captions. Swapped texts are never queries. A text that several tracks share is one
query with several targets, however it is spelled (`adsw.store.schema.Dimensions.key`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from adsw.draws import uniforms
from adsw.errors import Fault, InputError, unknown
from adsw.fingerprint import fingerprint
from adsw.retrieval.swap_stored import SwapPairs
from adsw.retrieval.truth import Truth, claims_of
from adsw.store.schema import SOURCES, Dimensions
from adsw.store.store import Store
from adsw.train.block import Block


@dataclass(frozen=True, slots=True)
class Targets:
    """The right items of Q queries.

    A pair is one query with one of its right items; pairs are ordered by query.

    Attributes:
        starts: int64 [Q + 1]; the targets of query q are ``items[starts[q]:starts[q + 1]]``.
        items: int64 [pairs], item indices, no item twice for one query.
    """

    starts: NDArray[np.int64]
    items: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Check that the arrays fit each other.

        Raises:
            ValueError: the starts do not cover the items, a query has no target, or has one twice.
        """
        if len(self.starts) < 1 or self.starts[0] != 0 or self.starts[-1] != len(self.items):
            raise ValueError("targets: starts must run from 0 to the number of pairs")
        empty = np.flatnonzero(self.counts < 1)
        if len(empty):
            raise ValueError(f"targets: query {empty[0]} has none; every query needs at least one")
        order = np.lexsort((self.items, self.queries))
        again = (np.diff(self.queries[order]) == 0) & (np.diff(self.items[order]) == 0)
        if again.any():
            raise ValueError(f"targets: query {self.queries[order][1:][again][0]} has the same item twice")

    @classmethod
    def of(cls, lists: Iterable[Sequence[int]]) -> Targets:
        """Build from one sequence of item indices per query.

        >>> Targets.of([[2], [0, 1]]).counts.tolist()
        [1, 2]
        """
        rows = [np.asarray(row, dtype=np.int64) for row in lists]
        starts = np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64)
        return cls(starts, np.concatenate(rows) if rows else np.empty(0, dtype=np.int64))

    @classmethod
    def from_pairs(cls, queries: NDArray[np.int64], items: NDArray[np.int64], n_queries: int) -> Targets:
        """Build from pairs (query, item) in any order.

        Args:
            queries: int64 [pairs], in 0..n_queries - 1; each query occurs at least once.
            items: int64 [pairs], the item of each; a pair given twice counts once.
            n_queries: Q.

        Raises:
            ValueError: a query has no item.
        """
        pairs = np.unique(np.stack([queries, items], axis=1), axis=0)
        starts = np.searchsorted(pairs[:, 0], np.arange(n_queries + 1)).astype(np.int64)
        return cls(starts, np.ascontiguousarray(pairs[:, 1]).astype(np.int64))

    def __len__(self) -> int:
        """Number of queries."""
        return len(self.starts) - 1

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of targets of every query, int64 [Q]."""
        return np.diff(self.starts)

    @property
    def queries(self) -> NDArray[np.int64]:
        """The query of every pair, int64 [pairs], ascending."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.counts)

    def turned(self) -> tuple[NDArray[np.int64], Targets]:
        """Return the same pairs with items as queries, for the other direction of retrieval.

        Returns:
            The U items that are right for any query, int64 [U], sorted, and the queries of each of them, as targets.

        >>> items, queries = Targets.of([[2], [0, 2]]).turned()
        >>> items.tolist(), queries.starts.tolist(), queries.items.tolist()
        ([0, 2], [0, 1, 3], [1, 0, 1])
        """
        items, number = np.unique(self.items, return_inverse=True)
        return items, Targets.from_pairs(number.astype(np.int64), self.queries, len(items))


QUERY_SOURCES = ("full_tags", "full_caption", "partial_tags", "partial_caption", "human")
"""What a query may be. Bit i of `QuerySet.sources` is set if it is the i-th of these on at least one of its
tracks."""

TEXT_SOURCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "tags": ("full_tags", "partial_tags"),
        "caption": ("full_caption", "partial_caption"),
        "human": ("human",),
    }
)
"""The query sources that belong to each source of the store's texts (`adsw.store.schema.SOURCES`)."""

_TAGS, _CAPTION, _HUMAN = (SOURCES.index(name) for name in ("tags", "caption", "human"))


@dataclass(frozen=True)
class QuerySet:
    """A split's audio and its query texts, each text embedded once.

    Attributes:
        audio: float16 [N, T_a, D_a], the pool of tracks.
        text_embeddings: float16 [Q, T_t, D_t], one per distinct text.
        texts: the Q distinct texts.
        targets: the tracks of every text, as rows of `audio`; several for a text that tracks share.
        sources: uint8 [Q], bits over `QUERY_SOURCES`.
        track_ids: names of the N tracks, in the order of `audio`.
        truth: tells which texts are true of which tracks; None if the store does not know it.
        swaps: texts of the tracks beside swaps of them; None if there are none.
    """

    audio: NDArray[np.float16]
    text_embeddings: NDArray[np.float16]
    texts: tuple[str, ...]
    targets: Targets
    sources: NDArray[np.uint8]
    track_ids: tuple[str, ...]
    truth: Truth | None = None
    swaps: SwapPairs | None = None

    @classmethod
    def from_table(cls, table: pa.Table, dimensions: Dimensions) -> QuerySet:
        """Select the queries of the tracks of a store's table, chunk by chunk.

        Args:
            table: rows of a store, all columns.
            dimensions: of its embeddings.

        Raises:
            ValueError: as `from_blocks`, or the embeddings do not have the size of the dimensions.
        """
        batches = (pa.Table.from_batches([batch]) for batch in table.to_batches() if len(batch))
        return cls.from_blocks(Block.from_table(batch, dimensions) for batch in batches)

    @classmethod
    def from_blocks(cls, blocks: Iterable[Block]) -> QuerySet:
        """Select the queries of the tracks of some blocks, and release the rest of each block.

        Tracks are numbered in the order of the blocks, texts in the order of their first occurrence.

        Raises:
            ValueError: there is no track or no text, or a track occurs twice.
        """
        parts = [_select(block) for block in blocks]
        track_ids = tuple(name for part in parts for name in part.track_ids)
        if not track_ids:
            raise ValueError("there are no tracks to make queries of")
        if len(set(track_ids)) < len(track_ids):
            raise ValueError("a track stands twice in the set")
        number: dict[str, int] = {}  # key of a text -> its query
        query = [number.setdefault(key, len(number)) for part in parts for key in part.keys]
        if not number:
            raise ValueError("none of the tracks has a text to make a query of")
        offsets = np.cumsum([0, *(len(part.track_ids) for part in parts)])
        track = np.concatenate([part.track + offset for part, offset in zip(parts, offsets, strict=False)])
        sources = np.zeros(len(number), dtype=np.uint8)
        np.bitwise_or.at(sources, query, np.concatenate([part.source for part in parts]))
        # A text that tracks share keeps the spelling and the embedding of its first occurrence.
        first = np.unique(query, return_index=True)[1]
        strings = [text for part in parts for text in part.texts]
        return cls(
            audio=np.concatenate([part.audio for part in parts]),
            text_embeddings=np.concatenate([part.embeddings for part in parts])[first],
            texts=tuple(strings[place] for place in first),
            targets=Targets.from_pairs(np.array(query, dtype=np.int64), track, len(number)),
            sources=sources,
            track_ids=track_ids,
            truth=_truth(parts, query, len(number)),
            swaps=SwapPairs.joined([part.swaps for part in parts], offsets),
        )

    def __len__(self) -> int:
        """Number of distinct texts."""
        return len(self.texts)

    @cached_property
    def identity(self) -> str:
        """Fingerprint of the tracks, the texts and which belongs to which: results on sets with the same one can be
        paired query by query."""
        return fingerprint(
            {
                "tracks": self.track_ids,
                "texts": self.texts,
                "starts": self.targets.starts.tolist(),
                "items": self.targets.items.tolist(),
            }
        )


@dataclass(frozen=True, slots=True)
class _Selection:
    """Queries of one block of n tracks, with m selected texts that may repeat each other.

    Attributes:
        audio: float16 [n, T_a, D_a].
        track_ids: names of the n tracks.
        texts: the m texts.
        keys: their keys, equal for spellings of one text.
        track: int64 [m], row of the text's track in the block.
        source: uint8 [m], bit of the text's query source.
        embeddings: float16 [m, T_t, D_t].
        claims: what each of the m texts claims, None where that is not known.
        truths: what is true of each of the n tracks, None where that is not known.
        swaps: pairs of a text and a swap of it.
    """

    audio: NDArray[np.float16]
    track_ids: list[str]
    texts: list[str]
    keys: list[str]
    track: NDArray[np.int64]
    source: NDArray[np.uint8]
    embeddings: NDArray[np.float16]
    claims: list[list[str] | None]
    truths: list[list[str] | None]
    swaps: SwapPairs


def _truth(parts: Sequence[_Selection], query: Sequence[int], queries: int) -> Truth | None:
    """Return which of the distinct texts are true of which tracks, given the query that each selected text is."""
    claims: list[set[str] | None] = [None] * queries
    # A text that claims different things where it stands, as captions read against different tags, claims them all.
    for index, names in zip(query, (names for part in parts for names in part.claims), strict=True):
        if names is not None:
            claims[index] = (claims[index] or set()).union(names)
    return Truth.of(claims, [names for part in parts for names in part.truths])


def _select(block: Block) -> _Selection:
    """Return the texts of a block that are queries, with the audio of all its tracks."""
    source = _query_sources(block)
    chosen = np.flatnonzero(source)
    texts = block.texts.take(pa.array(chosen)).to_pylist()
    return _Selection(
        audio=block.audio,
        track_ids=block.track_ids,
        texts=texts,
        keys=[block.dimensions.key(text) for text in texts],
        track=block.track_of_text[chosen],
        source=source[chosen],
        embeddings=block.text_embeddings[chosen],
        claims=claims_of(block, chosen),
        truths=block.table["truths"].to_pylist(),
        swaps=SwapPairs.drawn(block),
    )


def _query_sources(block: Block) -> NDArray[np.uint8]:
    """Return the bit of every text's query source, uint8 [M], 0 for a text that is no query."""
    original = block.swap_of < 0
    viewed = original & (block.view >= 0)
    # The full view of a track is the one that keeps the most tags.
    full = np.zeros(len(block), dtype=np.int64)
    np.maximum.at(full, block.track_of_text[viewed], block.kept[viewed])
    is_full = viewed & (block.kept == full[block.track_of_text])
    is_partial = viewed & (block.view == _partial_view(block, viewed & ~is_full, full)[block.track_of_text])
    bits = np.zeros(len(block.view), dtype=np.uint8)
    kinds = [
        (is_full, _TAGS),
        (is_full, _CAPTION),
        (is_partial, _TAGS),
        (is_partial, _CAPTION),
        (original, _HUMAN),
    ]
    for bit, (mask, source) in enumerate(kinds):
        bits[mask & (block.source == source)] = 1 << bit
    return bits


def _partial_view(block: Block, candidate: NDArray[np.bool_], full: NDArray[np.int64]) -> NDArray[np.int64]:
    """Draw the partial view of every track, int64 [N], -1 for a track that has none.

    It is drawn among the views whose kept count is nearest to half of the full one (of two as near the larger), and
    among those from the views that independent dropping can give, if there are any.

    Args:
        block: M texts of N tracks.
        candidate: bool [M], texts of views that are not the full one.
        full: int64 [N], kept count of every track's full view.
    """
    # The weights 4, 2, 1 compare by distance first, then prefer the larger view, then one that dropping can give.
    away = np.abs(2 * block.kept - full[block.track_of_text])
    smaller = 2 * block.kept < full[block.track_of_text]
    preference = 4 * away + 2 * smaller + (block.weight_none <= 0)
    best = np.full(len(block), np.iinfo(np.int64).max)
    np.minimum.at(best, block.track_of_text[candidate], preference[candidate])
    index = np.flatnonzero(candidate & (preference == best[block.track_of_text]))
    views = np.unique(np.stack([block.track_of_text[index], block.view[index]], axis=1), axis=0)
    tracks, starts, counts = np.unique(views[:, 0], return_index=True, return_counts=True)
    # Drawn by the track's key alone: the same view whatever other tracks are in the block.
    drawn = (uniforms(0, 0, block.track_keys[tracks], "partial query")[:, 0] * counts).astype(np.int64)
    chosen = np.full(len(block), -1, dtype=np.int64)
    chosen[tracks] = views[starts + drawn, 1]
    return chosen


def read_queries(store: Store, split: str, dataset: str | None = None, source: str | None = None) -> QuerySet:
    """Read the queries of a split, or of a part of it.

    Args:
        store: the store that has the split.
        split: its name.
        dataset: only tracks of this data set, as queries and as pool; None for all.
        source: only texts of this source (``tags``, ``caption``, ``human``); all tracks stay in the pool. None for all.

    Raises:
        InputError: the store has no such split, data set or source, or no track or query is left.
    """
    table = store.table(split)
    place = f"{store.path}, split {split}"
    if dataset is not None:
        known = [str(name) for name in table["dataset"].unique().to_pylist()]
        if dataset not in known:
            raise InputError("The evaluation set cannot be used", [unknown(place, dataset, known, "data set")])
        table = table.filter(pc.equal(table["dataset"], dataset))
    if not len(table):
        fault = Fault(place, "must hold tracks", 0, "Name another split.")
        raise InputError("The evaluation set cannot be used", [fault])
    queries = QuerySet.from_table(table, store.info.dimensions)
    return queries if source is None else _of_source(queries, source, place)


def _of_source(queries: QuerySet, source: str, place: str) -> QuerySet:
    """Return the queries that are of a source on at least one of their tracks, with all tracks as pool."""
    if source not in TEXT_SOURCES:
        raise InputError("The evaluation set cannot be used", [unknown(place, source, TEXT_SOURCES, "source")])
    bits = sum(1 << QUERY_SOURCES.index(kind) for kind in TEXT_SOURCES[source])
    chosen = np.flatnonzero(queries.sources & bits)
    if not len(chosen):
        fault = Fault(place, f"must hold texts of source {source}", 0, "Name another source, or leave it out.")
        raise InputError("The evaluation set cannot be used", [fault])
    starts, items = queries.targets.starts, queries.targets.items
    return replace(
        queries,
        text_embeddings=queries.text_embeddings[chosen],
        texts=tuple(queries.texts[index] for index in chosen),
        targets=Targets.of([items[starts[index] : starts[index + 1]].tolist() for index in chosen]),
        sources=queries.sources[chosen],
        truth=None if queries.truth is None else queries.truth.where(chosen),
        swaps=None,
    )
