from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adsw.errors import InputError
from adsw.store.store import Store
from adsw.text_quality.sample import by_kept, groups_of, is_in_short_reports, sample_of

Make = Callable[..., Any]


def test_the_sample_holds_the_originals_of_the_splits_in_order(store: Store) -> None:
    told: list[tuple[int, int]] = []
    sample = sample_of(store, ["test", "train"], tell=lambda done, total: told.append((done, total)))
    assert sample.track_ids[:5] == ("t08", "t09", "t10", "t11", "t00")
    assert sample.splits[3:5] == ("test", "train")
    assert (sample.tracks, len(sample)) == (12, 72)
    assert "Something else." not in sample.texts
    assert sample.index[:6].tolist() == [0, 1, 2, 3, 4, 5]
    assert told == [(4, 12), (12, 12)]
    second = [sample.texts[place] for place in range(6, 12)]
    assert second == [
        "jazz",
        "A jazz tune.",
        "jazz, dark",
        "A dark jazz tune, number 9.",
        "I hear jazz, dark.",
        "Nice.",
    ]


def test_every_text_knows_its_tags_and_what_was_checked(store: Store) -> None:
    sample = sample_of(store, ["train"])
    assert sample.words_for[:5] == (("jazz",), ("jazz",), ("jazz", "calm"), ("jazz", "calm"), ("jazz", "calm"))
    assert sample.captioner[:2] == (None, "local:model@1")
    assert sample.kept[:6].tolist() == [1, 1, 2, 2, 0, 0]
    assert np.isnan(sample.coverage[0])
    assert sample.coverage[1] == 1.0
    assert sample.added[3 * 6 + 3] == 1
    assert sample.attempts[5 * 6 + 3] == 3


def test_vectors_are_the_mean_over_tokens_at_length_one(store: Store, vector_of: Make) -> None:
    sample = sample_of(store, ["test"])
    wanted = vector_of("jazz", 2, 5).astype(np.float64).mean(axis=0)
    assert sample.vectors[0] == pytest.approx(wanted / np.linalg.norm(wanted), abs=1e-6)


def test_at_most_so_many_tracks_of_each_split(store: Store) -> None:
    told: list[tuple[int, int]] = []
    sample = sample_of(store, ["train", "test"], 3, lambda done, total: told.append((done, total)))
    assert sample.track_ids == ("t00", "t01", "t02", "t08", "t09", "t10")
    assert told[-1] == (6, 6)


def test_a_split_that_is_not_there_and_one_without_texts_are_refused(
    store: Store, tmp_path: Path, make_store: Make, track_row: Make
) -> None:
    with pytest.raises(InputError, match="no such split"):
        sample_of(store, ["train", "valid"])
    silent = Store.open(make_store(tmp_path / "silent", {"train": [track_row("t", {})]}))
    with pytest.raises(InputError, match="must hold texts in train, holds none"):
        sample_of(silent, ["train"])
    with pytest.raises(InputError, match="holds none"):
        sample_of(silent, [])


def test_embeddings_of_another_size_are_refused(tmp_path: Path, make_store: Make, rows: dict[str, Any]) -> None:
    rows["train"][1]["text_embeddings"] = rows["train"][1]["text_embeddings"][:-2]
    with pytest.raises(InputError, match="one embedding for every text"):
        sample_of(Store.open(make_store(tmp_path / "cut", rows)), ["train"])


def test_a_zero_embedding_stays_zero(tmp_path: Path, make_store: Make, rows: dict[str, Any]) -> None:
    rows["train"][0]["text_embeddings"] = bytes(len(rows["train"][0]["text_embeddings"]))
    sample = sample_of(Store.open(make_store(tmp_path / "zero", rows)), ["train"])
    assert np.isfinite(sample.vectors).all()
    assert not sample.vectors[:6].any()


def test_groups_tell_captioners_and_stand_ins_apart(store: Store) -> None:
    sample = sample_of(store, ["train", "test"])
    groups = groups_of(sample, "local:model@1")
    assert [(group.name, len(group.members)) for group in groups] == [
        ("tags", 24),
        ("caption", 24),
        ("caption by local:model@1", 23),
        ("stand-in by template@1", 1),
        ("human", 24),
    ]
    assert [group.stands_in for group in groups] == [False, False, False, True, False]
    assert [is_in_short_reports(group, groups) for group in groups] == [True, False, True, True, True]
    alone = groups_of(replace(sample, captioner=tuple(name and "x@1" for name in sample.captioner)), "x@1")
    assert [group.name for group in alone] == ["tags", "caption by x@1", "human"]


def test_levels_divide_the_views_and_humans_have_none(store: Store) -> None:
    sample = sample_of(store, ["train"])
    groups = groups_of(sample, "local:model@1")
    levels = by_kept(groups[0], sample.kept)
    assert [(level.level, len(level.members)) for level in levels] == [("1", 8), ("2", 8)]
    assert by_kept(groups[-1], sample.kept) == []
    many = np.arange(1, 25)
    wide = replace(groups[0], members=np.arange(24))
    assert [level.level for level in by_kept(wide, many)] == ["1", "2", "3", "4", "5-6", "7-9", "10-14", "15+"]
    assert sum(len(level.members) for level in by_kept(wide, many)) == 24


def test_an_empty_split_beside_others_is_no_fault(tmp_path: Path, make_store: Make, rows: dict[str, Any]) -> None:
    sample = sample_of(Store.open(make_store(tmp_path / "some", {**rows, "valid": []})), ["valid", "test"])
    assert sample.tracks == 4
