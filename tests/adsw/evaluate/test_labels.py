from __future__ import annotations

import json

import numpy as np
import pyarrow as pa

from adsw.evaluate.tagging_prompts import Labels, exclusive_categories, names_of, tags_of

TRACKS = [
    {"genre": ["jazz"], "mood": ["calm", "sad"]},
    {"genre": ["rock"]},
    {"mood": ["calm"]},
    {},
]


def test_a_track_without_a_tag_of_the_category_was_not_asked() -> None:
    labels = Labels.of(TRACKS)
    assert labels.tags == (("genre", "jazz"), ("genre", "rock"), ("mood", "calm"), ("mood", "sad"))
    assert labels.truth.astype(int).tolist() == [[1, 0, 1, 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert labels.labelled.astype(int).tolist() == [[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0]]
    assert labels.positives.tolist() == [1, 1, 2, 1]
    assert labels.negatives.tolist() == [1, 1, 0, 1]
    assert labels.decidable.tolist() == [True, True, False, True]
    assert labels.categories == ("genre", "mood")
    assert len(labels) == 4


def test_closed_labels_take_what_is_not_given_as_false() -> None:
    closed = Labels.of(TRACKS).closed()
    assert closed.negatives.tolist() == [3, 3, 2, 3]
    assert closed.decidable.all()


def test_wanted_tags_only_and_still_who_was_asked() -> None:
    labels = Labels.of(TRACKS, [("mood", "sad"), ("mood", "wild")])
    assert labels.tags == (("mood", "sad"), ("mood", "wild"))
    assert labels.positives.tolist() == [1, 0]
    assert labels.negatives.tolist() == [1, 2]
    assert labels.where(np.array([True, False])).tags == (("mood", "sad"),)
    assert labels.of_category("mood").all()
    assert not labels.of_category("genre").any()


def test_categories_that_exclude() -> None:
    assert exclusive_categories(TRACKS) == {"genre"}
    assert exclusive_categories([{"genre": ["jazz", "jazz"]}]) == {"genre"}
    assert exclusive_categories([]) == frozenset()


def test_tags_are_read_off_a_table() -> None:
    table = pa.table({"tags": [json.dumps({"genre": ["jazz"], "mood": []}), "{}"]})
    assert tags_of(table) == [{"genre": ["jazz"]}, {}]
    assert names_of([("mood", "sad"), ("genre", "jazz")]) == ("genre: jazz", "mood: sad")
