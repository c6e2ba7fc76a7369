"""Which queries state a tag of a category, and the queries that are one tag alone.

A query made of a view states the tags that the view holds, whatever the caption's words; they are read off the view's
tag list. A human caption states a tag whose words occur in it next to each other, whatever the case; paraphrases are
not recognised.
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
    """Queries that are one tag alone. Every track of the pool that has the tag is a target, whatever its texts.

    Attributes:
        queries: one text per tag, the set's whole pool of tracks.
        categories: by category, bool [Q], which queries are tags of it.
        without_text: tags of the pool that are no text by themselves, so that no embedding of them is known.
        everywhere: tags that all tracks have, which leaves nothing to rank.
    """

    queries: QuerySet
    categories: dict[str, NDArray[np.bool_]]
    without_text: tuple[str, ...]
    everywhere: tuple[str, ...]


def stated_categories(table: pa.Table, dimensions: Dimensions, queries: QuerySet) -> dict[str, NDArray[np.bool_]]:
    """Return, by category, which queries state a tag of it on any of their tracks, bool [Q].

    Args:
        table: the rows that the queries were made of.
        dimensions: of its embeddings.
        queries: Q queries made by `QuerySet.from_table`.
    """
    number = {text: index for index, text in enumerate(queries.texts)}
    stating: dict[str, NDArray[np.bool_]] = {}
    for block, tags in _blocks(table, dimensions):
        texts, originals = block.texts.to_pylist(), np.flatnonzero(block.swap_of < 0).tolist()
        track, view = block.track_of_text.tolist(), block.view.tolist()
        # The tag lists of all views, by which also the captions of the same views are judged.
        listed = {(track[index], view[index]): texts[index] for index in originals if block.source[index] == _TAGS}
        for index in originals:
            query = number.get(texts[index])
            if query is None:
                continue
            given = listed.get((track[index], view[index]))
            track_tags = tags[track[index]]
            for category in track_tags if given is None else _of_list(given, track_tags):
                if given is not None or any(names(tag, texts[index]) for tag in track_tags[category]):
                    stating.setdefault(category, np.zeros(len(queries), dtype=bool))[query] = True
    return {category: stating[category] for category in sorted(stating)}


def tag_queries(
    table: pa.Table, dimensions: Dimensions, queries: QuerySet, training: Training | None = None
) -> TagQueries | None:
    """Build a query from every tag of the pool that is a text by itself, in the table or in the training.

    Args:
        table: the rows that the queries were made of.
        dimensions: of its embeddings.
        queries: made by `QuerySet.from_table`; their pool is ranked.
        training: texts embedded by the same text encoder, or None to use the table's texts only.

    Returns:
        The queries; None if there is no such tag.
    """
    carriers, categories, vectors = _tags_of(table, dimensions)
    # The same encoder gives a text the same embedding in either split.
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
    """Collect the tags of a table's tracks.

    Returns:
        By tag, the rows of the tracks that have it;
        by tag, its categories;
        by tag, the embedding [T_t, D_t] of a view that is this tag alone, for tags that have one.
    """
    carriers: dict[str, set[int]] = {}
    categories: dict[str, set[str]] = {}
    vectors: dict[str, NDArray[np.float16]] = {}
    offset = 0
    for block, tags in _blocks(table, dimensions):
        for track, track_tags in enumerate(tags):
            for category, tag in ((category, tag) for category, given in track_tags.items() for tag in given):
                carriers.setdefault(tag, set()).add(offset + track)
                categories.setdefault(tag, set()).add(category)
        alone = (block.swap_of < 0) & (block.source == _TAGS) & (block.kept == 1)
        for index in np.flatnonzero(alone).tolist():
            vectors.setdefault(block.texts[index].as_py(), block.text_embeddings[index])
        offset += len(block)
    return carriers, categories, vectors


def names(tag: str, text: str) -> bool:
    """Return whether the words of a tag occur in a text next to each other, whatever the case.

    >>> names("church organ", "A slow Church Organ tune"), names("church organ", "an organ in a church")
    (True, False)
    """
    words = " ".join(_WORDS.findall(tag.casefold()))
    return bool(words) and f" {words} " in f" {' '.join(_WORDS.findall(text.casefold()))} "


def _of_list(given: str, tags: Tags) -> list[str]:
    """Return the categories of the track's tags that are in a view's list, ``tag, tag, ...``."""
    # Searched with its separators rather than split, because a tag may hold a comma.
    framed = f", {given}, "
    return [category for category, given_tags in tags.items() if any(f", {tag}, " in framed for tag in given_tags)]


def _blocks(table: pa.Table, dimensions: Dimensions) -> Iterator[tuple[Block, list[Tags]]]:
    """Yield each chunk of a table as a block, with the tags of its tracks by category."""
    for batch in table.to_batches():
        if len(batch):
            yield (
                Block.from_table(pa.Table.from_batches([batch]), dimensions),
                [json.loads(tags) for tags in batch.column("tags").to_pylist()],
            )
