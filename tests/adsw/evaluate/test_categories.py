from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console

from adsw.evaluate.categories import ByCategory, by_category, tag_queries, worth
from adsw.report.terminal import captioned_table
from adsw.retrieval.evaluation import Direction, evaluate
from adsw.retrieval.queries import QUERY_SOURCES, QuerySet
from adsw.retrieval.ranking import QueryScores
from adsw.store.schema import Dimensions

Make = Callable[..., Any]
TRACKS = 24
FULL, PARTIAL = (1 << QUERY_SOURCES.index(name) for name in ("full_tags", "partial_tags"))


class Linear:
    def __init__(self, dimensions: Dimensions) -> None:
        torch.manual_seed(0)
        self.of_audio = torch.randn(dimensions.audio_features, 4)
        self.of_text = torch.randn(dimensions.text_features, 4)

    def audio(self, tokens: torch.Tensor) -> torch.Tensor:
        return tokens.float().mean(1) @ self.of_audio

    def text(self, tokens: torch.Tensor) -> torch.Tensor:
        return tokens.float().mean(1) @ self.of_text


def report(rows: list[dict[str, Any]], make_table: Make, dimensions: Dimensions) -> ByCategory:
    table = make_table(rows)
    queries = QuerySet.from_table(table, dimensions)
    found = evaluate(Linear(dimensions), queries, "test")
    return by_category(Linear(dimensions), found, found, queries, table, dimensions)


@pytest.fixture
def found(make_table: Make, make_usual_row: Make, dimensions: Dimensions) -> ByCategory:
    rows = []
    for number in range(TRACKS):
        tags = {"genre": [f"genre {number % 3}"], "mood": [f"mood {number}", "plain"]}
        order = [tags["genre"][0], *tags["mood"]] if number % 2 else [*tags["mood"], tags["genre"][0]]
        rows.append(make_usual_row(f"t{number}", order) | {"tags": json.dumps(tags)})
    return report(rows, make_table, dimensions)


def test_every_category_is_told(found: ByCategory) -> None:
    document = json.loads(json.dumps(found.document(), allow_nan=False))
    assert set(document["stating"]) == {"genre", "mood"}
    assert document["stating"]["mood"]["pool"] == TRACKS
    # Odd tracks begin their lists, and so their partial views, with the genre.
    assert document["stating"]["genre"]["queries"] < document["stating"]["mood"]["queries"]
    assert document["worth"]["categories"]["genre"]["low"] <= document["worth"]["categories"]["genre"]["high"]
    assert document["worth"]["categories"]["mood"] is None
    assert document["all_alone"]["queries"] == 3 + TRACKS // 2
    assert document["alone"]["genre"]["queries"] == 3
    assert document["left_out"]["everywhere"] == ["plain"]
    assert len(document["left_out"]["without_text"]) == TRACKS // 2
    # Eight of 24 tracks have a genre: one of them stands first in a third of random rankings.
    assert document["alone"]["genre"]["metrics"]["R@1"]["chance"] == pytest.approx(1 / 3)


def test_tables_say_what_is_left_out(found: ByCategory) -> None:
    out = Console(width=90, file=StringIO(), record=True)
    for table in found.tables():
        out.print(captioned_table(table))
    said = " ".join(out.export_text().split())
    for words in ("genre", "all tags", "no text of them alone: mood 1, mood 11", "and 4 more", "on all tracks: plain"):
        assert words in said


def test_tracks_without_tags_have_no_categories(make_table: Make, make_usual_row: Make, dimensions: Dimensions) -> None:
    rows = [make_usual_row(name, [], (f"What {name} says.",)) | {"tags": "{}"} for name in "abc"]
    empty = report(rows, make_table, dimensions)
    assert empty.tables() == []
    assert empty.document()["all_alone"] is None


def direction(precisions: list[float], sources: list[int], tracks: list[int]) -> Direction:
    count = len(precisions)
    scores = QueryScores(np.ones(count), np.ones((count, 3)), np.array(precisions))
    return Direction(scores, np.ones(count, np.int64), np.array(tracks), np.array(sources, np.uint8), 5)


def test_worth_compares_partial_views_of_tracks_that_have_the_category() -> None:
    # Tracks 0 and 1 have the category and their full lists say so; one partial view states it. Track 2 lacks it.
    precisions, tracks = [1.0, 0.9, 1.0, 0.3, 1.0, 0.0], [0, 0, 1, 1, 2, 2]
    given = direction(precisions, [FULL, PARTIAL] * 3, tracks)
    interval = worth(given, np.array([True, True, True, False, False, False]))
    assert interval is not None
    assert interval.value == pytest.approx(0.9 - 0.3)
    assert worth(given, np.array([True, True, True, True, False, False])) is None
    assert worth(given, np.array([True, False, True, False, False, False])) is None
    assert worth(given, np.zeros(6, dtype=bool)) is None


def test_a_tag_is_one_query_in_all_its_spellings(
    make_table: Make, make_usual_row: Make, dimensions: Dimensions
) -> None:
    given = [("t0", "jazz", "mood"), ("t1", "Jazz", "mood"), ("t2", "jazz", "genre"), ("t3", "calm", "mood")]
    rows = [make_usual_row(name, [tag]) | {"tags": json.dumps({kind: [tag]})} for name, tag, kind in given]
    table = make_table(rows)
    tags = tag_queries(table, dimensions, QuerySet.from_table(table, dimensions))
    assert tags is not None
    assert tags.queries.texts == ("calm", "jazz")
    assert tags.queries.targets.items.tolist() == [3, 0, 1, 2]
    assert tags.categories["genre"].tolist() == [False, True]
