from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adsw.evaluate.categories import names, stated_categories, tag_queries
from adsw.evaluate.novelty import Training
from adsw.retrieval.queries import QuerySet
from adsw.store.schema import Dimensions
from adsw.store.store import Store

Make = Callable[..., Any]


@pytest.fixture
def tracks(make_row: Make, make_text: Make) -> list[dict[str, Any]]:
    """Two tracks, each with its single-tag view, a partial and the full one; the first has a human caption."""

    def track(name: str, tags: dict[str, list[str]], views: list[str], humans: tuple[str, ...] = ()) -> dict[str, Any]:
        texts = []
        for view, listed in enumerate(views):
            kept = listed.count(", ") + 1
            texts += [make_text(listed, "tags", kept, view), make_text(f"Wording {name}{view}.", "caption", kept, view)]
        texts += [make_text(words, "human", 0, -1) for words in humans]
        return make_row(name, texts) | {"tags": json.dumps(tags)}

    return [
        track(
            "a",
            {"genre": ["folk"], "instrument": ["organ", "flute"], "mood": ["slow"]},
            ["organ", "folk, organ", "slow, flute, folk, organ"],
            ("A Slow piece for the flute-player.", "Something else: slowly, organs."),
        ),
        track("b", {"genre": ["folk", "jig"], "mood": ["fast", "slow"]}, ["jig", "slow, jig", "fast, slow, jig, folk"]),
    ]


def stating(masks: dict[str, np.ndarray], queries: QuerySet) -> dict[str, set[str]]:
    return {
        text: {category for category, mask in masks.items() if mask[index]} for index, text in enumerate(queries.texts)
    }


def test_views_state_what_they_hold_whatever_the_wording(
    tracks: list[dict[str, Any]], make_table: Make, dimensions: Dimensions
) -> None:
    for shard in (None, 1):
        table = make_table(tracks, shard)
        queries = QuerySet.from_table(table, dimensions)
        found = stating(stated_categories(table, dimensions, queries), queries)
        assert found == {
            "folk, organ": {"genre", "instrument"},
            "Wording a1.": {"genre", "instrument"},
            "slow, flute, folk, organ": {"genre", "instrument", "mood"},
            "Wording a2.": {"genre", "instrument", "mood"},
            "A Slow piece for the flute-player.": {"instrument", "mood"},
            "Something else: slowly, organs.": set(),
            "slow, jig": {"genre", "mood"},
            "Wording b1.": {"genre", "mood"},
            "fast, slow, jig, folk": {"genre", "mood"},
            "Wording b2.": {"genre", "mood"},
        }


def test_one_tag_is_right_for_every_track_that_has_it(
    tracks: list[dict[str, Any]], make_table: Make, make_row: Make, vector_of: Make, dimensions: Dimensions
) -> None:
    third = make_row("c", []) | {"tags": json.dumps({"genre": ["jig"], "form": ["jig"]})}
    for shard in (None, 1):
        table = make_table([*tracks, third], shard)
        queries = QuerySet.from_table(table, dimensions)
        found = tag_queries(table, dimensions, queries)
        assert found is not None
        assert found.queries.texts == ("jig", "organ")
        targets = found.queries.targets
        assert [targets.items[targets.queries == query].tolist() for query in range(2)] == [[1, 2], [0]]
        assert {name: mask.tolist() for name, mask in found.categories.items()} == {
            "form": [True, False],
            "genre": [True, False],
            "instrument": [False, True],
        }
        assert found.without_text == ("fast", "flute", "folk", "slow")
        for text, embedding in zip(found.queries.texts, found.queries.text_embeddings, strict=True):
            assert (embedding == vector_of(text, dimensions.text_tokens, dimensions.text_features)).all()


def test_tags_of_all_tracks_and_tags_without_text_are_named(
    tracks: list[dict[str, Any]], make_table: Make, dimensions: Dimensions
) -> None:
    table = make_table(tracks)
    found = tag_queries(table, dimensions, QuerySet.from_table(table, dimensions))
    assert found is not None
    assert found.everywhere == ("folk", "slow")
    assert found.without_text == ("fast", "flute")
    assert set(found.categories) == {"genre", "instrument"}


def test_the_training_lends_texts(
    tmp_path: Path,
    tracks: list[dict[str, Any]],
    make_table: Make,
    make_store: Make,
    make_usual_row: Make,
    dimensions: Any,
) -> None:
    store = make_store(tmp_path / "s", {"train": [make_usual_row("t", ["fast"]), make_usual_row("u", ["elsewhere"])]})
    table = make_table(tracks)
    queries = QuerySet.from_table(table, dimensions)
    found = tag_queries(table, dimensions, queries, Training.of(Store.open(store)))
    assert found is not None
    assert found.queries.texts == ("fast", "jig", "organ")
    assert found.without_text == ("flute",)


def test_no_tag_alone_is_no_query(make_table: Make, make_usual_row: Make, dimensions: Dimensions) -> None:
    table = make_table([make_usual_row(name, [f"{name}1", f"{name}2"]) for name in "ab"])
    assert tag_queries(table, dimensions, QuerySet.from_table(table, dimensions)) is None


@pytest.mark.parametrize(
    ("tag", "text", "said"),
    [
        ("slow", "SLOW!", True),
        ("slow", "slowly", False),
        ("church organ", "an old church-organ", True),
        ("church organ", "church and organ", False),
        ("6/8 time", "in 6/8 time", True),
        ("♪", "♪", False),
    ],
)
def test_names(tag: str, text: str, said: bool) -> None:
    assert names(tag, text) is said
