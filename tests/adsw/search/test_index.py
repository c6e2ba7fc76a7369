"""An index searches as the store does, and is whole or refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adsw.errors import InputError
from adsw.search import index as indexes
from adsw.search.index import INDEX_FILE, open_index, write_index
from adsw.search.library import Library
from adsw.search.query import Query
from adsw.store.store import Store
from adsw.train import checkpoint as checkpoints
from tests.adsw.train.synthetic import synthetic_store

from .conftest import make_checkpoint


def silent(stage: str, done: int, total: int) -> None:
    del stage, done, total


@pytest.fixture
def index(tmp_path: Path, checkpoint: Path, store_path: Path) -> Path:
    write_index(checkpoint, store_path, tmp_path / "index", None, None, silent)
    return tmp_path / "index"


@pytest.mark.usefixtures("eye")
def test_it_finds_what_the_store_gives_without_the_store(
    index: Path, checkpoint: Path, store_path: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "elsewhere"
    index.rename(moved)
    opened, info = open_index(moved)
    direct = Library.of_store(checkpoint, store_path)
    for query in (Query(texts=("a",)), Query(like=("t3",), unwanted=("b",))):
        assert opened.find(query, 5).hits == direct.find(query, 5).hits
        assert opened.find(query, 2, ["test"]).hits == direct.find(query, 2, ["test"]).hits
    assert isinstance(opened.pool.embeddings, np.memmap)
    assert (info.search, info.recall, info.tracks) == ("exact", None, 12)
    assert info.store_fingerprint == Store.open(store_path).info.fingerprint
    assert info.model_sha256 == checkpoints.load(checkpoint).info.model_sha256
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere"]


def test_its_fingerprint_tells_model_store_and_splits(tmp_path: Path, checkpoint: Path, store_path: Path) -> None:
    other = make_checkpoint(tmp_path / "other", Store.open(store_path), seed=1)
    given: list[tuple[Path, list[str] | None]] = [(checkpoint, None), (other, None), (checkpoint, ["test"])]
    made = [
        write_index(one, store_path, tmp_path / f"{number}", splits, None, silent).fingerprint
        for number, (one, splits) in enumerate(given)
    ]
    again = write_index(checkpoint, store_path, tmp_path / "again", None, None, silent).fingerprint
    assert len(set(made)) == 3
    assert again == made[0]


@pytest.mark.usefixtures("eye")
def test_a_large_pool_is_searched_approximately(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("faiss")
    monkeypatch.setattr(indexes, "EXACT_UP_TO", 200)
    store = synthetic_store(tmp_path / "store", 240, rows_per_shard=100)
    checkpoint = make_checkpoint(tmp_path / "checkpoint", store)
    told: list[str] = []
    info = write_index(checkpoint, store.path, tmp_path / "index", None, None, lambda stage, *_: told.append(stage))
    assert (info.search, told[-1]) == ("approximate", "lists")
    assert info.recall is not None
    assert info.recall.recall > 0.9
    opened, _ = open_index(tmp_path / "index")
    direct = Library.of_store(checkpoint, store.path)
    like = Query(like=(store.table("train")["track_id"][0].as_py(),))
    found, exact = opened.find(like, 10), direct.find(like, 10)
    assert found.recall == info.recall
    assert (found.searched, len(found.hits)) == (239, 10)
    assert len({hit.track_id for hit in found.hits} & {hit.track_id for hit in exact.hits}) >= 8
    assert like.like[0] not in {hit.track_id for hit in found.hits}
    # One split of it is searched exactly.
    assert opened.find(like, 10, ["valid"]) == direct.find(like, 10, ["valid"])


def edited(path: Path, **changes: Any) -> None:
    document = json.loads((path / INDEX_FILE).read_text())
    (path / INDEX_FILE).write_text(json.dumps(document | changes))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (shutil.rmtree, "is missing"),
        (lambda path: (path / INDEX_FILE).write_text("{"), "cannot be read"),
        (lambda path: (path / INDEX_FILE).write_text("{}"), "must be written by adsw index"),
        (lambda path: edited(path, format=9), "must have format 1 (given: 9)"),
        (lambda path: edited(path, width="wide", surplus=1), "surplus"),
        (lambda path: (path / "tracks.parquet").unlink(), "tracks.parquet: is missing"),
        (lambda path: (path / "embeddings.npy").write_bytes(b""), "embeddings.npy: is not the file that was written"),
        (lambda path: edited(path, model_sha256="0" * 64), "must be the checkpoint 000000000000"),
    ],
)
def test_what_is_no_index_is_refused(index: Path, harm: Callable[[Path], object], said: str) -> None:
    harm(index)
    with pytest.raises(InputError) as caught:
        open_index(index)
    assert said in str(caught.value)


def test_the_heads_of_another_model_are_refused(index: Path, store_path: Path, tmp_path: Path) -> None:
    other = make_checkpoint(tmp_path / "other", Store.open(store_path), seed=1)
    for name in ("model.safetensors", "recipe.json"):
        shutil.copyfile(other / name, index / "checkpoint" / name)
    with pytest.raises(InputError, match=r"model\.safetensors: is not the file that was written"):
        open_index(index)


def test_all_faults_of_the_request_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(InputError) as caught:
        write_index(tmp_path / "c", tmp_path / "s", tmp_path / "full", None, "approximate", silent)
    message = str(caught.value)
    for words in (
        "must be a new or an empty folder",
        "pip install 'adsw[faiss]'",
        str(tmp_path / "c"),
        "must be a folder",
    ):
        assert words in message
    assert len(caught.value.faults) == 4


def test_pools_that_cannot_be_indexed_are_refused(
    tmp_path: Path, checkpoint: Path, store_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="at least 1000 tracks"):
        write_index(checkpoint, store_path, tmp_path / "index", None, "approximate", silent)
    with pytest.raises(InputError, match="Did you mean 'test'"):
        write_index(checkpoint, store_path, tmp_path / "index", ["tset"], None, silent)
    with pytest.raises(InputError, match="holds none"):
        write_index(checkpoint, store_path, tmp_path / "index", [], None, silent)
    monkeypatch.setattr(indexes, "publish_json", _fails)
    with pytest.raises(OSError, match="full"):
        write_index(checkpoint, store_path, tmp_path / "index", None, None, silent)
    assert list(tmp_path.iterdir()) == []


def _fails(path: Path, value: object) -> None:
    raise OSError(f"the disk is full: {path.name}, {type(value).__name__}")
