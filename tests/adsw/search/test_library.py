"""Tracks are found by cosine, and what cannot be looked for is refused, all of it at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from adsw.audio.fetch import FetchedFile, Fetcher
from adsw.corpus.track import Track
from adsw.encoders.protocol import EncoderInfo
from adsw.errors import InputError
from adsw.search.library import Found, Library, named_in
from adsw.search.pool import Pool
from adsw.search.query import NOT_WEIGHT, Query
from adsw.store.store import Store
from tests.adsw.small_stores import DIMENSIONS, store_of, usual_row, vector
from tests.adsw.train.synthetic import synthetic_store

from .conftest import make_checkpoint


def cosines(library: Library, text: str) -> dict[str, float]:
    """Every track's cosine to a text, one by one."""
    heads = library.checkpoint.heads
    asked = heads.text(torch.from_numpy(vector(text, DIMENSIONS.text_tokens, DIMENSIONS.text_features)[None]))[0]
    found = {}
    for name in library.pool.rows:
        tokens = vector(name, DIMENSIONS.audio_tokens, DIMENSIONS.audio_features)
        found[name] = float(heads.audio(torch.from_numpy(tokens[None]))[0] @ asked)
    return found


def names(found: Found) -> list[str]:
    return [hit.track_id for hit in found.hits]


def test_tracks_are_ranked_by_cosine(library: Library) -> None:
    found = library.find(Query(texts=("a slow tune",)), 12)
    expected = cosines(library, "a slow tune")
    assert names(found) == sorted(expected, key=lambda name: -expected[name])
    assert [hit.score for hit in found.hits] == pytest.approx([expected[name] for name in names(found)], abs=1e-6)
    assert [hit.rank for hit in found.hits] == list(range(1, 13))
    assert (found.searched, found.splits, found.recall) == (12, ("train", "valid", "test"), None)
    first = found.hits[0]
    assert first.tags == {"mood": ["slow"]}
    assert first.audio == f"/audio/{first.track_id}.flac"
    assert {hit.track_id: hit.split for hit in found.hits}["t6"] == "valid"


def test_one_split_is_searched(library: Library) -> None:
    found = library.find(Query(texts=("a",)), 2, ["valid"])
    assert sorted(names(found)) == ["t5", "t6"]
    assert found.searched == 2


def test_a_track_like_another_is_not_itself(library: Library) -> None:
    found = library.find(Query(like=("t3",)), 11)
    assert "t3" not in names(found)
    own = library.pool.embeddings[library.pool.rows["t3"]]
    expected = {name: float(library.pool.embeddings[row] @ own) for name, row in library.pool.rows.items()}
    assert names(found) == sorted(set(expected) - {"t3"}, key=lambda name: -expected[name])
    # From another split than the one searched, it takes no place there.
    assert library.find(Query(like=("t0",)), 5, ["test"]).searched == 5


def test_several_things_wanted_weigh_by_their_spread(library: Library) -> None:
    text, track = np.array(list(cosines(library, "a").values())), library.pool.embeddings @ library.pool.embeddings[2]
    expected = (text / text.std() + track / track.std()) / (1 / text.std() + 1 / track.std())
    found = library.find(Query(texts=("a",), like=("t2",)), 11)
    by_name = dict(zip(library.pool.rows, expected, strict=True))
    assert [hit.score for hit in found.hits] == pytest.approx([by_name[name] for name in names(found)], abs=1e-5)


def test_what_is_unwanted_counts_against_a_track(library: Library) -> None:
    wanted, unwanted = (np.array(list(cosines(library, text).values())) for text in ("a", "b"))
    expected = wanted - NOT_WEIGHT * unwanted * wanted.std() / unwanted.std()
    found = library.find(Query(texts=("a",), unwanted=("b",)), 12)
    by_name = dict(zip(library.pool.rows, expected, strict=True))
    assert names(found) == sorted(by_name, key=lambda name: -by_name[name])
    assert [hit.score for hit in found.hits] == pytest.approx([by_name[name] for name in names(found)], abs=1e-5)


def test_equal_scores_keep_the_order_of_the_store(tmp_path: Path, eye: Any) -> None:
    del eye
    row = usual_row("a", ["x"])
    same = store_of(tmp_path / "same", {"test": [row | {"track_id": name} for name in "cab"]})
    library = Library.of_store(make_checkpoint(tmp_path / "c", Store.open(same)), same)
    assert names(library.find(Query(texts=("x",), like=("a",)), 2)) == ["c", "b"]
    assert names(library.find(Query(texts=("x",)), 3)) == ["c", "a", "b"]


class Ear:
    """Any encoder of audio, as long as nothing is heard."""

    def __init__(self, info: EncoderInfo) -> None:
        self.info = info

    def fetch(self, track: Track) -> FetchedFile:
        return Fetcher()(track.audio)

    def decode(self, *_: object) -> None:
        raise AssertionError("nothing is fetched")


@pytest.mark.parametrize(
    ("query", "count", "splits", "said"),
    [
        (Query(), 1, None, ["text: must say what is looked for. Write a text"]),
        (Query(unwanted=("a",)), 1, None, ["must say what is looked for"]),
        (Query(texts=(" ",), unwanted=("",)), 1, None, ["text: must say", "--not: must name something"]),
        (Query(texts=("a\ud800",)), 1, None, ["text: must be valid Unicode"]),
        (Query(like=("t1", "t99"), texts=("",)), 1, ["tset"], ["'t99'", "Did you mean 'test'", "must say"]),
        (Query(texts=("a",)), 0, None, ["-k: must be at least 1"]),
        (Query(texts=("a",), like=("t5", "t6")), 1, ["valid"], ["--split: must hold tracks beside those of --like"]),
        (
            Query(audio=("no.wav", "memory://a/b.wav")),
            1,
            None,
            ["no.wav: cannot be used, missing", "memory://a/b.wav: cannot be used, missing"],
        ),
    ],
)
def test_what_cannot_be_searched_is_refused(
    library: Library,
    query: Query,
    count: int,
    splits: list[str] | None,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("adsw.model.planned_source", Ear)
    with pytest.raises(InputError) as caught:
        library.find(query, count, splits)
    assert [words for words in said if words not in str(caught.value)] == []
    assert len(caught.value.faults) == len(said)


def test_audio_inside_the_store_is_found_and_excerpts_are_kept(tmp_path: Path, eye: Any) -> None:
    del eye
    row = usual_row("a", ["harp"]) | {"audio_path": "corpus/a.flac", "start_s": 3.0, "duration_s": 2.0}
    path = store_of(tmp_path / "store", {"test": [row]})
    library = Library.of_store(make_checkpoint(tmp_path / "run", Store.open(path)), path)
    (hit,) = library.find(Query(texts=("harp",)), 1).hits
    assert hit.audio == str(path.resolve() / "corpus" / "a.flac")
    assert (hit.start_s, hit.duration_s) == (3.0, 2.0)


def test_an_empty_split_is_refused(tmp_path: Path, eye: Any) -> None:
    del eye
    empty = store_of(tmp_path / "empty", {"test": []})
    library = Library.of_store(make_checkpoint(tmp_path / "c", Store.open(empty)), empty)
    with pytest.raises(InputError, match="must hold tracks"):
        library.find(Query(texts=("a",)), 1)


def test_an_unknown_split_of_the_store_is_refused(checkpoint: Path, store_path: Path) -> None:
    with pytest.raises(InputError, match="Did you mean 'train'"):
        Library.of_store(checkpoint, store_path, ["trian"])


def test_a_pool_is_read_shard_by_shard(tmp_path: Path) -> None:
    store = synthetic_store(tmp_path / "store", 60, rows_per_shard=7)
    heads = _heads(tmp_path, store)
    told: list[tuple[int, int]] = []
    pool = Pool.of_store(heads, store, ["train", "test"], lambda done, total: told.append((done, total)))
    assert told[-1] == (48, 48)
    assert told == sorted(told)
    assert pool.splits == {"train": 36, "test": 12}
    assert pool.tracks["track_id"].to_pylist() == [
        name for split in ("train", "test") for name in store.table(split)["track_id"].to_pylist()
    ]
    whole = Pool.of_store(heads, synthetic_store(tmp_path / "whole", 60, rows_per_shard=64), ["train", "test"])
    assert np.allclose(pool.embeddings, whole.embeddings, atol=1e-6)
    assert sum(len(table) for table in store.tables("train")) == 36
    assert pool.within(["test"]).sum() == 12


def _heads(tmp_path: Path, store: Store) -> Any:
    from adsw.train.checkpoint import load

    return load(make_checkpoint(tmp_path / "checkpoint", store)).heads


@pytest.mark.parametrize(
    ("tag", "named"), [("Church Organ", True), ("organ", True), ("organ trio", False), ("org", False), ("-", False)]
)
def test_tags_named_in_a_text(tag: str, named: bool) -> None:
    assert named_in(tag, "a slow minor tune on the church organ") is named
