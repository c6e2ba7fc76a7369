"""Which queries state a tag of a category, and the queries that are one tag alone.

A query made of a view states the tags that the view holds, whatever the caption's words; they are read off the view's
own list. A human caption states a tag that stands in it word by word, whatever the case: what it says in other words
is not seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from adsw.align.block import Block
from adsw.encode.schema import SOURCES, Dimensions
from adsw.evaluate.queries import QuerySet
from adsw.evaluate.targets import Targets
from adsw.evaluate.training import Training

_TAGS = SOURCES.index("tags")
_WORDS = re.compile(r"[^\W_]+")
Tags = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class TagQueries:
    """Queries of one tag alone. Right is every track of the pool that has the tag, whatever its texts.

    Attributes:
        queries: one text per tag, the set's whole pool of tracks.
        categories: by category, which of the queries are tags of it.
        without_text: tags of the pool of which no text is the tag alone.
        everywhere: tags that all tracks have: there is nothing to rank.
    """

    queries: QuerySet
    categories: dict[str, NDArray[np.bool_]]
    without_text: tuple[str, ...]
    everywhere: tuple[str, ...]


def stated_categories(table: pa.Table, dimensions: Dimensions, queries: QuerySet) -> dict[str, NDArray[np.bool_]]:
    """By category, which queries state a tag of it on any of their tracks, bool [Q].

    Args:
        table: the rows that the queries were made of.
        dimensions: of its embeddings.
        queries: made by `QuerySet.from_table`.
    """
    number = {text: index for index, text in enumerate(queries.texts)}
    found: dict[str, NDArray[np.bool_]] = {}
    for block, tags in _blocks(table, dimensions):
        texts, originals = block.texts.to_pylist(), np.flatnonzero(block.swap_of < 0).tolist()
        track, view = block.track_of_text.tolist(), block.view.tolist()
        listed = {(track[index], view[index]): texts[index] for index in originals if block.source[index] == _TAGS}
        for index in originals:
            query = number.get(texts[index])
            if query is None:
                continue
            given = listed.get((track[index], view[index]))
            own = tags[track[index]]
            for category in own if given is None else _of_list(given, own):
                if given is not None or any(names(tag, texts[index]) for tag in own[category]):
                    found.setdefault(category, np.zeros(len(queries), dtype=bool))[query] = True
    return {category: found[category] for category in sorted(found)}


def tag_queries(
    table: pa.Table, dimensions: Dimensions, queries: QuerySet, training: Training | None = None
) -> TagQueries | None:
    """The queries of one tag alone: of every tag of the pool that is a text of its own, here or in the training.

    Args:
        table: the rows that the queries were made of.
        dimensions: of its embeddings.
        queries: made by `QuerySet.from_table`; their pool is ranked.
        training: under the same text encoder, which gives the same text the same embedding wherever it stands.

    Returns:
        None where there is no such tag.
    """
    carriers, categories, vectors = _tags_of(table, dimensions)
    for text, vector in zip(training.texts, training.text_embeddings, strict=True) if training else ():
        if text in carriers:
            vectors.setdefault(text, vector)
    everywhere = sorted(tag for tag, having in carriers.items() if len(having) == len(queries.track_ids))
    asked = sorted((carriers.keys() & vectors.keys()) - set(everywhere))
    if not asked:
        return None
    made = QuerySet(
        audio=queries.audio,
        text_embeddings=np.stack([vectors[tag] for tag in asked]),
        texts=tuple(asked),
        targets=Targets.of([sorted(carriers[tag]) for tag in asked]),
        sources=np.zeros(len(asked), dtype=np.uint8),
        track_ids=queries.track_ids,
    )
    masks = {
        category: np.array([category in categories[tag] for tag in asked])
        for category in sorted(set().union(*categories.values()))
    }
    without = sorted(carriers.keys() - vectors.keys() - set(everywhere))
    return TagQueries(
        made, {name: mask for name, mask in masks.items() if mask.any()}, tuple(without), tuple(everywhere)
    )


def _tags_of(
    table: pa.Table, dimensions: Dimensions
) -> tuple[dict[str, set[int]], dict[str, set[str]], dict[str, NDArray[np.float16]]]:
    """By tag: the tracks that have it, its categories, and the embedding of a view that is this tag alone."""
    carriers: dict[str, set[int]] = {}
    categories: dict[str, set[str]] = {}
    vectors: dict[str, NDArray[np.float16]] = {}
    offset = 0
    for block, tags in _blocks(table, dimensions):
        for track, own in enumerate(tags):
            for category, tag in ((category, tag) for category, given in own.items() for tag in given):
                carriers.setdefault(tag, set()).add(offset + track)
                categories.setdefault(tag, set()).add(category)
        alone = (block.swap_of < 0) & (block.source == _TAGS) & (block.kept == 1)
        for index in np.flatnonzero(alone).tolist():
            vectors.setdefault(block.texts[index].as_py(), block.text_embeddings[index])
        offset += len(block)
    return carriers, categories, vectors


def names(tag: str, text: str) -> bool:
    """Whether the words of a tag stand in a text next to each other, whatever the case.

    >>> names("church organ", "A slow Church Organ tune"), names("church organ", "an organ in a church")
    (True, False)
    """
    words = " ".join(_WORDS.findall(tag.casefold()))
    return bool(words) and f" {words} " in f" {' '.join(_WORDS.findall(text.casefold()))} "


def _of_list(given: str, tags: Tags) -> list[str]:
    """The categories of the tags that stand in a view's list, ``tag, tag, ...``."""
    framed = f", {given}, "
    return [category for category, own in tags.items() if any(f", {tag}, " in framed for tag in own)]


def _blocks(table: pa.Table, dimensions: Dimensions) -> Iterator[tuple[Block, list[Tags]]]:
    """The table's chunks, and the tags of every track of each."""
    for batch in table.to_batches():
        if len(batch):
            yield (
                Block.from_table(pa.Table.from_batches([batch]), dimensions),
                [json.loads(tags) for tags in batch.column("tags").to_pylist()],
            )
