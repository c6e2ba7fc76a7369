from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from adsw.retrieval.queries import QUERY_SOURCES, QuerySet
from adsw.store.schema import Dimensions
from adsw.train.block import Block

Make = Callable[..., Any]
TAGS = ["jig", "fiddle", "fast", "major", "irish"]


def labels(queries: QuerySet) -> dict[str, list[str]]:
    """The sources of every text."""
    return {
        text: [name for bit, name in enumerate(QUERY_SOURCES) if queries.sources[index] >> bit & 1]
        for index, text in enumerate(queries.texts)
    }


def test_the_queries_of_a_track(make_table: Make, make_usual_row: Make, dimensions: Dimensions) -> None:
    queries = QuerySet.from_table(make_table([make_usual_row("a", TAGS, ("A quick dance.",))]), dimensions)
    assert labels(queries) == {
        "jig, fiddle, fast": ["partial_tags"],
        "This is jig, fiddle, fast.": ["partial_caption"],
        "jig, fiddle, fast, major, irish": ["full_tags"],
        "This is jig, fiddle, fast, major, irish.": ["full_caption"],
        "A quick dance.": ["human"],
    }
    assert queries.targets.items.tolist() == [0] * 5


@pytest.mark.parametrize(("tags", "partial"), [(TAGS[:1], []), (TAGS[:2], ["jig"]), (TAGS[:4], ["jig, fiddle"])])
def test_a_partial_view_keeps_about_half(
    tags: list[str], partial: list[str], make_table: Make, make_usual_row: Make, dimensions: Dimensions
) -> None:
    queries = QuerySet.from_table(make_table([make_usual_row("a", tags)]), dimensions)
    assert [text for text, names in labels(queries).items() if names == ["partial_tags"]] == partial
    assert len(queries) == 2 + 2 * len(partial)


def test_the_partial_view_is_drawn_by_the_track_among_those_of_independent_dropping(
    make_table: Make, make_row: Make, make_text: Make, dimensions: Dimensions
) -> None:
    def row(track_id: str) -> dict[str, Any]:
        pairs = [("a, b", 0, 1.0), ("b, c", 1, 1.0), ("c, d", 2, 1.0), ("d, a", 3, 0.0)]
        texts = [make_text(f"{track_id} {words}", "tags", 2, view, weight_none=w) for words, view, w in pairs]
        return make_row(track_id, [*texts, make_text(f"{track_id} a, b, c, d", "tags", 4, 9)])

    queries = QuerySet.from_table(make_table([row(f"t{number}") for number in range(200)]), dimensions)
    partial = [text.split(" ", 1)[1] for text, names in labels(queries).items() if names == ["partial_tags"]]
    assert len(partial) == 200
    counts = {words: partial.count(words) for words in set(partial)}
    assert set(counts) == {"a, b", "b, c", "c, d"}
    assert min(counts.values()) > 40


def test_views_of_category_balance_serve_where_there_are_no_others(
    make_table: Make, make_row: Make, make_text: Make, dimensions: Dimensions
) -> None:
    texts = [make_text("a", "tags", 1, 0, weight_none=0.0), make_text("a, b", "tags", 2, 1)]
    assert QuerySet.from_table(make_table([make_row("t", texts)]), dimensions).texts == ("a", "a, b")


def test_identical_texts_are_one_query(
    make_table: Make, make_usual_row: Make, vector_of: Make, dimensions: Dimensions
) -> None:
    rows = [make_usual_row("a", TAGS), make_usual_row("b", TAGS[:3]), make_usual_row("c", TAGS, ("jig",))]
    queries = QuerySet.from_table(make_table(rows), dimensions)
    tracks = {text: queries.targets.items[start:end].tolist() for text, start, end in _spans(queries)}
    assert tracks["jig, fiddle, fast"] == [0, 1, 2]
    assert labels(queries)["jig, fiddle, fast"] == ["full_tags", "partial_tags"]
    assert tracks["jig, fiddle, fast, major, irish"] == [0, 2]
    assert tracks["jig"] == [2]
    for text, embedding in zip(queries.texts, queries.text_embeddings, strict=True):
        assert (embedding == vector_of(text, dimensions.text_tokens, dimensions.text_features)).all()
    for track_id, audio in zip(queries.track_ids, queries.audio, strict=True):
        assert (audio == vector_of(track_id, dimensions.audio_tokens, dimensions.audio_features)).all()


def _spans(queries: QuerySet) -> list[tuple[str, int, int]]:
    starts = queries.targets.starts.tolist()
    return list(zip(queries.texts, starts, starts[1:], strict=False))


def test_shards_blocks_and_slices_give_the_same_queries(
    make_table: Make, make_usual_row: Make, dimensions: Dimensions
) -> None:
    rows = [make_usual_row(f"t{number}", TAGS[: 1 + number % 5], (f"human {number}",)) for number in range(23)]
    whole = QuerySet.from_table(make_table(rows), dimensions)
    sharded = make_table(rows, shard=4)
    padded = make_table([make_usual_row("other", TAGS), *rows, make_usual_row("last", TAGS)])
    for queries in (
        QuerySet.from_table(sharded, dimensions),
        QuerySet.from_blocks([Block.from_table(sharded, dimensions)]),
        QuerySet.from_table(padded.slice(1, 23), dimensions),
    ):
        assert queries.identity == whole.identity
        assert (queries.text_embeddings == whole.text_embeddings).all()
        assert (queries.audio == whole.audio).all()
        assert (queries.sources == whole.sources).all()


def test_identity_tells_sets_apart(make_table: Make, make_usual_row: Make, dimensions: Dimensions) -> None:
    rows = [make_usual_row("a", TAGS), make_usual_row("b", TAGS[::-1])]
    identities = {
        QuerySet.from_table(make_table(chosen), dimensions).identity
        for chosen in (
            rows,
            rows[::-1],
            rows[:1],
            [make_usual_row("a", TAGS), make_usual_row("c", TAGS[::-1])],
        )
    }
    assert len(identities) == 4


def test_a_track_without_texts_is_in_the_pool(
    make_table: Make, make_row: Make, make_usual_row: Make, dimensions: Dimensions
) -> None:
    queries = QuerySet.from_table(make_table([make_row("silent", []), make_usual_row("a", TAGS)]), dimensions)
    assert queries.track_ids == ("silent", "a")
    assert set(queries.targets.items.tolist()) == {1}


def test_what_gives_no_queries_is_refused(
    make_table: Make, make_row: Make, make_usual_row: Make, dimensions: Dimensions
) -> None:
    with pytest.raises(ValueError, match="no tracks"):
        QuerySet.from_table(make_table([]), dimensions)
    with pytest.raises(ValueError, match="none of the tracks has a text"):
        QuerySet.from_table(make_table([make_row("a", [])]), dimensions)
    with pytest.raises(ValueError, match="twice"):
        QuerySet.from_table(make_table([make_usual_row("a", TAGS)] * 2), dimensions)


def test_many_tracks_take_little_processor_time(make_table: Make, make_usual_row: Make, dimensions: Dimensions) -> None:
    rows = [make_usual_row(f"t{number}", [f"tag {number} {n}" for n in range(12)]) for number in range(300)]
    table: pa.Table = make_table(rows, shard=64)
    begun = time.process_time()
    queries = QuerySet.from_table(table, dimensions)
    assert time.process_time() - begun < 0.5
    assert len(queries) == 1200
    assert np.bincount(queries.targets.items).tolist() == [4] * 300
