"""`adsw prepare` and `adsw inspect`, as they are called."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adsw.corpus.manifest import write_manifest
from adsw.corpus.track import Track
from adsw.store.store import Store

from ..tiny_encoders import TinyAudio, TinyText, contents, tone, track

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def adsw(run: Run) -> Run:
    return run


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    tracks = [track(n, tone(folder / f"{n}.wav", 200 + 9 * n)) for n in range(10)]
    write_manifest([*tracks, track(50, None)], folder / "manifest.parquet")
    return folder / "manifest.parquet"


TINY = ("--audio-encoder", "tiny-audio", "--text-encoder", "tiny-text", "--executor", "local")


def test_prepare_and_inspect(adsw: Run, manifest: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    status, out, err = adsw("prepare", manifest, "--store", store, *TINY)
    assert (status, out) == (0, "")
    assert "Encoding texts" in err
    assert "train" in err
    assert "1 track without audio" in err
    status, out, _ = adsw("inspect", store)
    assert status == 0
    for said in ("tiny-audio", "tiny-text", "template@", "instrument", "[4, 2]", "views_per_count 2"):
        assert said in out


def test_prepare_json_is_one_document(adsw: Run, manifest: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    status, out, _ = adsw("prepare", manifest, "--store", store, *TINY, "--views", 1, "--swaps", 2, "--json")
    document = json.loads(out)
    assert status == 0
    assert document["bank"]["views_per_count"] == 1
    assert document["bank"]["swaps_per_text"] == 2
    assert document["fingerprint"] == json.loads((store / "store.json").read_text())["fingerprint"]
    before = contents(store)
    assert adsw("prepare", manifest, "--store", store, *TINY, "--views", 1, "--swaps", 2)[0] == 0
    assert contents(store) == before


def test_inspect_json(adsw: Run, manifest: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    adsw("prepare", manifest, "--store", store, *TINY)
    document = json.loads(adsw("inspect", store, "--json")[1])
    assert document["tracks"] == 10
    assert document["originals_by_source"]["human"] == 5
    assert document["tags_by_category"]["mode"] == {"distinct": 2, "given": 10}
    texts = sum(split["texts"] for split in document["splits"].values())
    assert sum(document["originals_by_source"].values()) + document["swaps"] == texts
    row = json.loads(adsw("inspect", store, "--track", "track-003", "--json")[1])
    assert row["split"] == "valid"
    assert row["tags"]["mode"] == ["minor"]
    assert {"text", "source", "swap_of"} <= row["texts"][0].keys()


def test_inspect_a_track(adsw: Run, manifest: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    adsw("prepare", manifest, "--store", store, *TINY)
    status, out, _ = adsw("inspect", store, "--track", "track-003")
    assert status == 0
    for said in ("track-003", "mode: minor", "view 0, 1 kept", "swap", "human captions", "Take 3 of a slow tune."):
        assert said in out
    status, _, err = adsw("inspect", store, "--track", "track-03")
    assert status == 2
    assert "Did you mean 'track-003'" in err


def test_a_swap_shows_what_it_changed() -> None:
    from adsw.cli.inspect import _changed

    shown = _changed("a slow waltz in minor", "a fast waltz in major key")
    assert shown.plain == "a fast waltz in major key"
    assert [shown.plain[span.start : span.end] for span in shown.spans if "bold" in str(span.style)] == [
        "fast",
        "major key",
    ]


def test_wrong_input_is_status_2(adsw: Run, manifest: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    for arguments, said in (
        (("--audio-encoder", "spectrl"), "Did you mean 'spectral'"),
        (("--executor", "lokal"), "Did you mean 'local'"),
        (("--views", 0, "--swaps", 99), "--views"),
        (("--max-bad", 101), "--max-bad"),
    ):
        status, out, err = adsw("prepare", manifest, "--store", store, *TINY, *arguments)
        assert (status, out) == (2, "")
        assert said in err
        assert not store.exists()
    status, _, err = adsw("inspect", tmp_path)
    assert status == 2
    assert "store.json" in err


def test_too_much_bad_audio_is_status_3(adsw: Run, manifest: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    (manifest.parent / "3.wav").unlink()
    status, _, err = adsw("prepare", manifest, "--store", store, *TINY)
    assert status == 3
    assert "1 of 10 tracks" in err
    status, _, err = adsw("prepare", manifest, "--store", store, *TINY, "--max-bad", 20)
    assert status == 2
    assert "--resume" in err
    status, _, err = adsw("prepare", manifest, "--store", store, *TINY, "--max-bad", 20, "--resume")
    assert status == 0
    assert "quarantine.jsonl" in err


def test_ctrl_c_says_how_to_go_on(adsw: Run, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("adsw.store.prepare.run", interrupt)
    status, out, err = adsw("prepare", manifest, "--store", tmp_path / "store", *TINY, "--json")
    assert (status, out) == (130, "")
    assert "--resume" in err


def test_audio_root(adsw: Run, tmp_path: Path) -> None:
    audio = [tone(tmp_path / "elsewhere" / f"{n}.wav", 300 + n) for n in range(5)]
    tracks: list[Track] = [track(n, path.name) for n, path in enumerate(audio)]
    rows = [
        {"track_id": one.track_id, "audio": one.audio, "tags": {k: list(v) for k, v in one.tags.items()}}
        for one in tracks
    ]
    manifest = tmp_path / "m.jsonl"
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))
    arguments: tuple[Any, ...] = ("--store", tmp_path / "store", *TINY, "--audio-root", tmp_path / "elsewhere")
    status, out, _ = adsw("prepare", manifest, *arguments, "--json")
    assert status == 0
    assert sum(split["tracks"] for split in json.loads(out)["splits"].values()) == 5


def test_a_fault_of_the_manifest_names_its_file(adsw: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"audio": "a.wav"}\n')
    status, out, err = adsw("prepare", tmp_path / "mine.jsonl", "--store", tmp_path / "store", *TINY)
    assert (status, out) == (2, "")
    assert "mine.jsonl" in err.replace("\n", "")


def test_reuse_takes_the_other_side(adsw: Run, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, other = tmp_path / "store", tmp_path / "other"
    adsw("prepare", manifest, "--store", store, *TINY)
    monkeypatch.setattr(TinyAudio, "info", TinyAudio.info.model_copy(update={"revision": "2"}))
    status, _, err = adsw("prepare", manifest, "--store", store, *TINY)
    assert status == 2
    assert f"--store NEW --reuse {store}" in err
    status, out, err = adsw("prepare", manifest, "--store", other, *TINY, "--reuse", store, "--json")
    document = json.loads(out)
    texts = next(one["total"] for one in document["stages"] if one["stage"] == "embeddings")
    assert (status, document["reused"]) == (0, {"audio": 0, "texts": texts})
    status, _, err = adsw("prepare", manifest, "--store", tmp_path / "third", *TINY, "--reuse", other)
    assert status == 0
    assert "reused" in err


def test_nothing_to_do_is_said_in_a_line(adsw: Run, manifest: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    adsw("prepare", manifest, "--store", store, *TINY)
    status, out, err = adsw("prepare", manifest, "--store", store, *TINY)
    assert (status, out) == (0, "")
    assert err.splitlines() == [f"{store} holds this store already: 10 tracks. Nothing to do."]
    document = json.loads(adsw("prepare", manifest, "--store", store, *TINY, "--json")[1])
    assert (document["already"], document["stages"], document["tracks"]) == (True, [], 10)


def test_the_summary_says_what_it_took_and_what_looks_wrong(
    adsw: Run, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (manifest.parent / "3.wav").unlink()
    monkeypatch.setattr(TinyText, "encode", lambda _, texts: np.full((len(texts), 1, 8), 0.5, np.float32))
    status, _, err = adsw("prepare", manifest, "--store", tmp_path / "store", *TINY, "--max-bad", 20)
    assert status == 0
    for said in (
        "Encoding audio",
        "9 tracks",
        "1 track for their audio (missing 1)",
        "mean cosine 1.0000",
        "tiny-text",
    ):
        assert said in err, said
    document = json.loads((tmp_path / "store" / "store.json").read_text())
    assert "likeness" not in document


def test_settings_of_encoders_and_all_their_faults(adsw: Run, manifest: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    arguments = ("--audio", "long=chunks", "--text-encoder", "tiny-text", "--executor", "local")
    assert adsw("prepare", manifest, "--store", store, "--audio-encoder", "spectral", *arguments)[0] == 0
    assert Store.open(store).info.audio_encoder.settings["long"] == "chunks"
    status, out, err = adsw(
        "prepare", manifest, "--store", tmp_path / "other", "--audio-encoder", "spectral", "--audio", "lng=chunks",
        "--audio", "long=all", "--text-encoder", "tiny-text@", "--text", "a", "--address", "auto",
        "--executor", "local", "--reuse", tmp_path / "none", "--embeddings", "x.npz",
    )  # fmt: skip
    assert (status, out) == (2, "")
    for said in ("lng", "long", "has nothing after @", "must be KEY=VALUE", "--address", "must be a folder"):
        assert said in err, said
    assert not (tmp_path / "other").exists()
