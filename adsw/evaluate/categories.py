"""Text-to-music retrieval by the category of the tags that a query states.

Three views of it, for every category:

*Stating*: the figures of the queries that state a tag of it, among others (`adsw.evaluate.categories`).

*Worth*: on the tracks that have a tag of it, the mean mAP@10 of the partial views that state one, minus that of those
that do not. Which tags a partial view keeps is drawn without looking, and each keeps about half of them: the difference
is what a tag of this category does for the query in the place of another.

*Alone*: queries that are one tag and nothing else. Right is every track of the pool that has the tag, so no track is
counted as wrong that fits.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from adsw.evaluate.cells import cell, gap, number
from adsw.evaluate.novelty import Training
from adsw.evaluate.retrieval_report import Slice
from adsw.report.table import Cell, TableModel, head_columns, row
from adsw.retrieval.evaluation import Direction, Evaluation, Heads, embed, text_to_music
from adsw.retrieval.queries import QUERY_SOURCES, QuerySet, Targets
from adsw.spelling import commonest, folded
from adsw.stats.bootstrap import contrast_interval
from adsw.stats.interval import Interval
from adsw.store.schema import SOURCES, Dimensions
from adsw.train.block import Block

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
    number = {dimensions.key(text): index for index, text in enumerate(queries.texts)}
    stating: dict[str, NDArray[np.bool_]] = {}
    for block, tags in _blocks(table, dimensions):
        texts, originals = block.texts.to_pylist(), np.flatnonzero(block.swap_of < 0).tolist()
        track, view = block.track_of_text.tolist(), block.view.tolist()
        # The tag lists of all views, by which also the captions of the same views are judged.
        listed = {(track[index], view[index]): texts[index] for index in originals if block.source[index] == _TAGS}
        for index in originals:
            query = number.get(dimensions.key(texts[index]))
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
    spelled = {folded(tag): tag for tag in carriers}
    # The same encoder gives a text the same embedding in either split.
    for text, vector in zip(training.texts, training.text_embeddings, strict=True) if training else ():
        if (tag := spelled.get(folded(text))) is not None:
            vectors.setdefault(tag, vector)
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
        By tag, in its commonest spelling, the rows of the tracks that have it;
        by tag, its categories;
        by tag, the embedding [T_t, D_t] of a view that is this tag alone, for tags that have one.
    """
    spellings: dict[str, Counter[str]] = {}
    carriers: dict[str, set[int]] = {}
    categories: dict[str, set[str]] = {}
    vectors: dict[str, NDArray[np.float16]] = {}
    offset = 0
    for block, tags in _blocks(table, dimensions):
        for track, track_tags in enumerate(tags):
            for category, tag in ((category, tag) for category, given in track_tags.items() for tag in given):
                name = folded(tag)
                spellings.setdefault(name, Counter())[tag] += 1
                carriers.setdefault(name, set()).add(offset + track)
                categories.setdefault(name, set()).add(category)
        alone = (block.swap_of < 0) & (block.source == _TAGS) & (block.kept == 1)
        for index in np.flatnonzero(alone).tolist():
            vectors.setdefault(folded(block.texts[index].as_py()), block.text_embeddings[index])
        offset += len(block)
    used = {name: commonest(counts) for name, counts in spellings.items()}
    return (
        {used[name]: rows for name, rows in carriers.items()},
        {used[name]: having for name, having in categories.items()},
        {used[name]: vector for name, vector in vectors.items() if name in used},
    )


def names(tag: str, text: str) -> bool:
    """Return whether the words of a tag occur in a text next to each other, whatever the spelling.

    >>> names("church organ", "A slow Church Organ tune"), names("church organ", "an organ in a church")
    (True, False)
    """
    words = " ".join(_WORDS.findall(folded(tag)))
    return bool(words) and f" {words} " in f" {' '.join(_WORDS.findall(folded(text)))} "


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


_STATING = ("R@10", "mAP@10")

_ALONE = ("R@1", "R@10", "mAP@10")

_WORTH = "mAP@10"

# Bit masks of `QuerySet.sources`: all full lists, and all partial views.
_FULL, _PARTIAL = (
    sum(1 << QUERY_SOURCES.index(f"{kind}_{name}") for name in ("tags", "caption")) for kind in ("full", "partial")
)


@dataclass(frozen=True, slots=True)
class ByCategory:
    """Retrieval by category on one set.

    Attributes:
        name: the set's name.
        stating: by category the figures of the queries that state it.
        worth: by category the difference in mAP@10 that stating it makes; None if all or none of the partial
            views do.
        alone: by category the figures of its tags as queries.
        all_alone: the figures of all tags as queries; None if there is none.
        without_text: tags left out because neither the split nor the training holds a text of them alone.
        everywhere: tags left out because all tracks have them.
    """

    title: ClassVar[str] = "By category"
    name: str
    stating: dict[str, Slice]
    worth: dict[str, Interval | None]
    alone: dict[str, Slice]
    all_alone: Slice | None
    without_text: tuple[str, ...]
    everywhere: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the three views as plain JSON values."""
        worth = {name: asdict(gain) if gain else None for name, gain in self.worth.items()}
        return {
            "stating": {name: part.document() for name, part in self.stating.items()},
            "worth": {"metric": _WORTH, "categories": worth},
            "alone": {name: part.document() for name, part in self.alone.items()},
            "all_alone": self.all_alone.document() if self.all_alone else None,
            "left_out": {"without_text": list(self.without_text), "everywhere": list(self.everywhere)},
        }

    def tables(self) -> list[TableModel]:
        """Return a table of stating and worth and one of tags alone; no table if no track has tags."""
        if not self.stating:
            return []
        return [self._stating(), *([self._alone(self.all_alone)] if self.all_alone else [])]

    def _stating(self) -> TableModel:
        return TableModel(
            "categories",
            f"{self.name}: text to music by the categories that a query states",
            "A query counts in every category it states, and ranks the whole pool. Worth: on the tracks that have one, "
            "mAP@10 of the partial views that state it minus that of those that state others in its place; faint where "
            "zero is inside.",
            head_columns("category", "queries", *_STATING, f"worth, {_WORTH}"),
            tuple(
                row(
                    name,
                    str(part.queries),
                    *(cell(metric, part.figures[metric].interval) for metric in _STATING),
                    gap(_WORTH, self.worth[name]),
                )
                for name, part in self.stating.items()
            ),
        )

    def _alone(self, every: Slice) -> TableModel:
        return TableModel.grouped(
            "tags-alone",
            f"{self.name}: one tag alone, every track that has it is right",
            f"Pool: {every.pool} tracks. Below each figure: chance; the figure between chance, 0, and perfect, "
            f"1.{self._left_out()}",
            head_columns("category", "tags", *_ALONE),
            ([_of_tags_alone(*item) for item in self.alone.items()], [_of_tags_alone("all tags", every)]),
        )

    def _left_out(self) -> str:
        remark = ""
        if self.without_text:
            remark += f" Left out, no text of them alone: {_few(self.without_text)}."
        if self.everywhere:
            remark += f" Left out, on all tracks: {_few(self.everywhere)}."
        return remark


def by_category(
    heads: Heads,
    evaluation: Evaluation,
    untrained: Evaluation,
    queries: QuerySet,
    table: pa.Table,
    dimensions: Dimensions,
    training: Training | None = None,
) -> ByCategory:
    """Compute text-to-music figures by category, and those of every tag alone as a query.

    Args:
        heads: the checkpoint's.
        evaluation: its results on the queries.
        untrained: those of its heads before training, on the same queries.
        queries: the set.
        table: the rows it was made of.
        dimensions: of their embeddings.
        training: where texts of one tag are looked for that the set does not hold.
    """
    stated = stated_categories(table, dimensions, queries)
    tags = tag_queries(table, dimensions, queries, training)
    direction = _of_tags(heads, tags) if tags else None
    return ByCategory(
        evaluation.name,
        {name: Slice.of(evaluation.t2m.where(mask), untrained.t2m.where(mask)) for name, mask in stated.items()},
        {name: worth(evaluation.t2m, mask) for name, mask in stated.items()},
        {name: Slice.of(direction.where(mask)) for name, mask in tags.categories.items()} if tags and direction else {},
        Slice.of(direction) if direction else None,
        tags.without_text if tags else (),
        tags.everywhere if tags else (),
    )


def worth(direction: Direction, stating: NDArray[np.bool_]) -> Interval | None:
    """Return the mean mAP@10 of the partial views that state a category minus that of those that do not.

    Only the tracks whose full list states the category count. Return None if all or none of their partial views
    state it.

    Args:
        direction: text-to-music results.
        stating: which queries state the category, [Q].
    """
    # Views of a track without the category cannot state it: counted among the others they would blur the contrast.
    having = direction.clusters[stating & ((direction.sources & _FULL) > 0)]
    partial = ((direction.sources & _PARTIAL) > 0) & np.isin(direction.clusters, having)
    chosen = stating[partial]
    if chosen.all() or not chosen.any():
        return None
    part = direction.where(partial)
    return contrast_interval(part.scores.of(_WORTH), chosen, part.clusters)


def _of_tags(heads: Heads, tags: TagQueries) -> Direction:
    """Return the results of the tags as queries."""
    queries = tags.queries
    texts_QP = embed(heads.text, queries.text_embeddings, "text")
    audio_NP = embed(heads.audio, queries.audio, "audio")
    results = text_to_music(texts_QP, audio_NP, queries.targets, queries.sources)
    # A tag belongs to many tracks, so it is resampled by itself and not with a track's other queries.
    clusters = np.arange(len(queries))
    return Direction(results.scores, results.target_counts, clusters, results.sources, results.pool)


def _of_tags_alone(name: str, part: Slice) -> tuple[Cell, ...]:
    """Return the table row of some tags as queries."""
    return row(name, str(part.queries), *(_calibrated(part, metric) for metric in _ALONE))


def _calibrated(part: Slice, metric: str) -> Cell:
    """Write a figure; below it chance and the calibrated figure."""
    figure = part.figures[metric]
    below = f"{number(metric, figure.chance)}; {number('', figure.calibrated)}"
    return Cell(number(metric, figure.interval.value), below, strong=True, exact=figure.interval)


def _few(names: tuple[str, ...], most: int = 8) -> str:
    """Write the first names of a list and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
