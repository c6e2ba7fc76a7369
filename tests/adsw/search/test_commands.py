"""`adsw index` and `adsw search` as a person uses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.search import index as indexes
from adsw.store.store import Store
from tests.adsw.small_stores import store_of, usual_row
from tests.adsw.train.synthetic import synthetic_store

from .conftest import make_checkpoint

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def index(tmp_path: Path, checkpoint: Path, store_path: Path, run: Run) -> Path:
    assert run("index", checkpoint, "--store", store_path, "--out", tmp_path / "index")[0] == 0
    return tmp_path / "index"


@pytest.mark.usefixtures("eye")
def test_search_prints_tracks_with_tags_and_scores(run: Run, checkpoint: Path, store_path: Path) -> None:
    status, out, _ = run("search", checkpoint, "a slow tune", "--store", store_path, "-k", "2")
    assert status == 0
    assert out.count("mood: slow") == 2
    assert "/audio/t" in out
    assert "12 tracks searched (train, valid, test); score: cosine of the two embeddings" in out


@pytest.mark.usefixtures("eye")
def test_an_index_gives_what_the_store_gives(run: Run, index: Path, checkpoint: Path, store_path: Path) -> None:
    asked = ("a tune", "--split", "test", "--like", "t1", "--not", "b", "--json")
    status, out, _ = run("search", checkpoint, "--store", store_path, *asked)
    assert status == 0
    assert run("search", index, *asked)[1] == out
    document = json.loads(out)
    assert (document["text"], document["tracks"], document["exact"], len(document["hits"])) == ("a tune", 5, True, 5)
    assert (document["like"], document["not"], document["audio"]) == (["t1"], ["b"], [])
    assert document["hits"][0]["tags"] == {"mood": ["slow"]}


@pytest.mark.usefixtures("eye")
def test_search_writes_a_page(run: Run, index: Path, tmp_path: Path) -> None:
    status, out, err = run("search", index, "--like", "t2", "--html", tmp_path / "pages" / "hits.html", "--json")
    assert status == 0
    assert json.loads(out)["text"] is None
    assert "hits.html" in err
    page = (tmp_path / "pages" / "hits.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "missing: no such file" in page


@pytest.mark.usefixtures("eye")
def test_search_says_what_a_score_is(run: Run, index: Path) -> None:
    assert "score: mean cosine to all that is wanted" in run("search", index, "a", "--like", "t2")[1]
    assert "less 0.5 times that to what is not" in run("search", index, "a", "--not", "slow")[1]


@pytest.mark.usefixtures("eye")
def test_fewer_tracks_than_asked_for_are_all_shown(run: Run, index: Path) -> None:
    status, out, _ = run("search", index, "tune", "-k", "50", "--split", "test")
    assert status == 0
    assert "50 were asked for: all 5 there are are shown." in out
    status, out, _ = run("search", index, "tune", "-k", "50", "--split", "valid", "--json")
    document = json.loads(out)
    assert (document["wanted"], len(document["hits"]), document["tracks"]) == (50, 2, 2)
    # The default of five on two tracks.
    status, out, _ = run("search", index, "tune", "--split", "valid")
    assert status == 0
    assert "5 were asked for: all 2 there are are shown." in out
    assert "were asked for" not in run("search", index, "tune", "-k", "2", "--split", "valid")[1]


@pytest.mark.usefixtures("eye")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tune", "-k", "0"), "-k: must be at least 1"),
        (("tune", "--split", "tset"), "Did you mean 'test'"),
        (("",), "must say what is looked for"),
        ((), "must say what is looked for"),
        (("tune", "--like", "t99"), "unknown track 't99'"),
        (("tune", "--play", "embde"), "Did you mean 'embed'"),
    ],
)
def test_search_refuses_what_it_cannot_do(run: Run, index: Path, arguments: tuple[str, ...], said: str) -> None:
    status, out, err = run("search", index, *arguments)
    assert (status, out) == (2, "")
    assert said in err


def test_search_refuses_another_revision_of_its_encoder(
    run: Run, checkpoint: Path, store_path: Path, eye: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eye, "info", eye.info.model_copy(update={"revision": "9"}))
    status, _, err = run("search", checkpoint, "--store", store_path, "tune")
    assert status == 2
    assert "eye@1" in err
    assert "eye@9" in err


def test_search_refuses_what_is_neither_index_nor_checkpoint(
    run: Run, tmp_path: Path, checkpoint: Path, index: Path
) -> None:
    other = store_of(tmp_path / "other", {"test": [usual_row("a", ["x"])]}, fingerprint="e" * 64)
    for arguments, said in (
        ((tmp_path / "nothing", "a"), "must be an index"),
        ((checkpoint, "a"), "is required with a checkpoint"),
        ((index, "a", "--store", other), "must be the index's own store"),
        ((checkpoint, "a", "--store", tmp_path / "nothing"), "must be a folder"),
    ):
        status, out, err = run("search", *arguments)
        assert (status, out) == (2, "")
        assert said in err


@pytest.mark.usefixtures("eye")
def test_search_takes_the_indexs_own_store(run: Run, index: Path, store_path: Path) -> None:
    assert run("search", index, "a", "--store", store_path)[0] == 0


@pytest.mark.usefixtures("eye")
def test_a_track_without_an_audio_file_says_so(run: Run, tmp_path: Path) -> None:
    silent = store_of(tmp_path / "silent", {"test": [usual_row("a", ["x"]) | {"audio_path": None}]})
    checkpoint = make_checkpoint(tmp_path / "checkpoint", Store.open(silent))
    status, out, _ = run("search", checkpoint, "tune", "--store", silent, "-k", "1")
    assert status == 0
    assert "no audio file" in out


def test_index_prints_what_it_made(run: Run, checkpoint: Path, store_path: Path, tmp_path: Path) -> None:
    status, out, err = run("index", checkpoint, "--store", store_path, "--out", tmp_path / "i", "--split", "test")
    assert status == 0
    assert "5 (test 5)" in out
    assert "exact" in out
    assert "Tracks embedded: 5 of 5" in err
    status, out, _ = run("index", checkpoint, "--store", store_path, "--out", tmp_path / "j", "--json")
    assert json.loads(out)["splits"] == {"train": 5, "valid": 2, "test": 5}


def test_index_refuses_an_unknown_way(run: Run, checkpoint: Path, store_path: Path, tmp_path: Path) -> None:
    status, out, err = run("index", checkpoint, "--store", store_path, "--out", tmp_path / "i", "--search", "exakt")
    assert (status, out) == (2, "")
    assert "Did you mean 'exact'" in err


@pytest.mark.usefixtures("eye")
def test_an_approximate_index_tells_its_recall(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("faiss")
    monkeypatch.setattr(indexes.approximate, "LEAST", 100)
    store = synthetic_store(tmp_path / "store", 200)
    checkpoint = make_checkpoint(tmp_path / "checkpoint", store)
    arguments = ("--store", store.path, "--out", tmp_path / "index", "--search", "approximate")
    status, out, _ = run("index", checkpoint, *arguments)
    assert status == 0
    assert "% of the exact first 10" in out
    track = store.table("test")["track_id"][0].as_py()
    status, out, _ = run("search", tmp_path / "index", "--like", track)
    assert status == 0
    assert "Approximate: on" in out
