"""From tracks to a store: the same bytes however it was done, and nothing lost in silence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from adsw.audio import fetch
from adsw.augment.bank import BankConfig
from adsw.corpus.track import Track
from adsw.encoders import registry
from adsw.encoders.inference import halves
from adsw.errors import InputError
from adsw.store.audio_stage import TooManyBadError
from adsw.store.stages import Stage
from adsw.store.store import Store, StoreInfo

from ..tiny_encoders import BackwardExecutor, FailingExecutor, InterruptedWorkError, TinyText, contents, tone, track

Build = Callable[..., StoreInfo]


def _interrupt(*_: object) -> None:
    raise InterruptedWorkError


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return {"path": tmp_path_factory.mktemp("reference") / "store"}


@pytest.fixture
def whole(reference: dict[str, Any], build: Build) -> dict[str, bytes]:
    """The bytes of a store made without interruption."""
    if "bytes" not in reference:
        reference["info"] = build(reference["path"])
        reference["bytes"] = contents(reference["path"])
    return reference["bytes"]


def test_a_finished_store_holds_no_work(whole: dict[str, bytes]) -> None:
    assert {name.split("/")[0] for name in whole} == {
        "prepare.json",
        "quarantine.jsonl",
        "shards",
        "store.json",
    }


def test_the_order_of_the_work_does_not_matter(whole: dict[str, bytes], build: Build, tmp_path: Path) -> None:
    build(tmp_path / "store", executor=BackwardExecutor(), workers=7)
    assert contents(tmp_path / "store") == whole


def test_the_order_of_the_manifest_does_not_matter(
    whole: dict[str, bytes], build: Build, tones: list[Track], tmp_path: Path
) -> None:
    build(tmp_path / "store", tracks=tones[::-1])
    assert contents(tmp_path / "store") == whole


def test_interrupted_anywhere_it_goes_on(whole: dict[str, bytes], build: Build, tmp_path: Path) -> None:
    """Dead after every second piece of work: five shards in three stages, less chunks without new texts."""
    store = tmp_path / "store"
    deaths = 0
    while deaths < 15:
        try:
            build(store, executor=FailingExecutor(after=2), resume=deaths > 0)
            break
        except InterruptedWorkError:
            deaths += 1
            assert not (store / "store.json").exists()
    assert deaths >= 6
    assert contents(store) == whole


def test_what_is_done_is_not_done_again(
    whole: dict[str, bytes], build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    with monkeypatch.context() as patch:
        patch.setattr("adsw.store.prepare.assemble", _interrupt)
        with pytest.raises(InterruptedWorkError):
            build(store)
    told: list[tuple[Stage, int, int]] = []
    build(store, executor=FailingExecutor(after=0), resume=True, on_progress=lambda *args: told.append(args))
    assert contents(store) == whole
    assert {stage for stage, done, total in told if done < total} == {Stage.SHARDS}


def test_interrupted_between_shards_and_store_file(
    whole: dict[str, bytes], build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    with monkeypatch.context() as patch:
        patch.setattr("adsw.store.prepare.publish_json", _interrupt)
        with pytest.raises(InterruptedWorkError):
            build(store)
    build(store, resume=True)
    assert contents(store) == whole


def test_a_complete_store_is_left_alone(
    reference: dict[str, Any], whole: dict[str, bytes], build: Build, tmp_path: Path
) -> None:
    store = Path(shutil.copytree(reference["path"], tmp_path / "store"))
    (store / "work" / "audio").mkdir(parents=True)
    assert build(store, executor=FailingExecutor(after=0)) == reference["info"]
    assert contents(store) == whole


def test_other_settings_are_refused(
    reference: dict[str, Any], whole: dict[str, bytes], build: Build, tones: list[Track]
) -> None:
    for changes in (
        {"bank": BankConfig(views_per_count=2)},
        {"tracks": tones[1:]},
        {"audio_encoder": "spectral"},
    ):
        with pytest.raises(InputError, match="other settings"):
            build(reference["path"], **changes)
    assert contents(reference["path"]) == whole


def test_progress_is_told_stage_by_stage(build: Build, tmp_path: Path) -> None:
    told: list[tuple[Stage, int, int]] = []
    build(tmp_path / "store", on_progress=lambda *args: told.append(args))
    stages = [stage for stage in Stage if stage not in (Stage.VIEWS, Stage.CAPTIONS)]
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == stages
    for stage in stages:
        counts = [done for told_stage, done, _ in told if told_stage == stage]
        totals = [total for told_stage, _, total in told if told_stage == stage]
        assert counts[0] == 0
        assert counts == sorted(counts)
        assert counts[-1] == totals[-1]
        # How many texts there are is known when all are written.
        assert stage is Stage.TEXTS or set(totals) == {totals[-1]}
        assert (totals[-1] == 60) == (stage not in (Stage.TEXTS, Stage.EMBEDDINGS))


def test_texts_are_counted_and_kept_within_a_shard(
    whole: dict[str, bytes], build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that tracks of thousands of texts are neither silent for minutes nor lost as a whole shard."""
    monkeypatch.setattr("adsw.store.text_stage.PART", 3)
    store = tmp_path / "store"
    told: list[tuple[int, int]] = []

    def tell(stage: Stage, done: int, total: int) -> None:
        if stage is Stage.TEXTS:
            told.append((done, total))
        if len(told) == 8:
            raise InterruptedWorkError

    with pytest.raises(InterruptedWorkError):
        build(store, on_progress=tell)
    first, told = told, []
    with pytest.raises(InterruptedWorkError):
        build(store, on_progress=tell, resume=True)
    kept, told = told, []
    info = build(store, resume=True, on_progress=lambda stage, *counts: stage is Stage.TEXTS and told.append(counts))
    assert contents(store) == whole
    texts = sum(split.texts for split in info.splits.values())
    assert (first[0], first[-1][0]) == ((0, 60), kept[0][0])
    assert kept[-1][0] == told[0][0] > kept[0][0] > 60
    assert told[-1] == (texts, texts)
    assert all(done < total for done, total in [*first, *kept, *told[:-1]])
    assert all(abs(total - texts) < texts / 3 for _, total in told)


def test_the_fingerprint_follows_everything_that_is_in_it(build: Build, tones: list[Track], tmp_path: Path) -> None:
    tones = tones[:20]
    base = build(tmp_path / "base", tracks=tones).fingerprint
    copied = tmp_path / "audio"
    copied.mkdir()
    for one in tones:
        shutil.copy(one.audio or "", copied)
    elsewhere = [replace(one, audio=str(copied / Path(one.audio or "").name)) for one in tones]
    louder = tone(tmp_path / "louder.wav", 777)
    variants: dict[str, dict[str, Any]] = {
        "elsewhere": {"tracks": elsewhere},
        "bank": {"bank": BankConfig(views_per_count=1, seed=1)},
        "tags": {"tracks": [replace(tones[0], tags={"mode": ("major",)}), *tones[1:]]},
        "caption": {"tracks": [replace(tones[0], captions=("A march.",)), *tones[1:]]},
        "split": {"tracks": [replace(tones[0], split="test"), *tones[1:]]},
        "group": {"tracks": [replace(tones[0], group="other"), *tones[1:]]},
        "start": {"tracks": [replace(tones[0], start_s=0.1), *tones[1:]]},
        "audio": {"tracks": [replace(tones[0], audio=str(louder)), *tones[1:]]},
        "fewer": {"tracks": tones[1:]},
        "encoder": {"audio_encoder": "spectral"},
    }
    found = {
        name: build(tmp_path / name, **{"tracks": tones, **changes}).fingerprint for name, changes in variants.items()
    }
    assert found.pop("elsewhere") == base
    assert len({base, *found.values()}) == len(found) + 1


def test_audio_inside_the_store_makes_it_movable(build: Build, tmp_path: Path) -> None:
    made = []
    for name in ("a", "b"):
        store = tmp_path / name
        tracks = [track(n, tone(store / "corpus" / f"{n}.wav", 300 + n)) for n in range(10)]
        build(store, tracks=tracks)
        made.append(contents(store))
    assert made[0] == made[1]
    assert Store.open(tmp_path / "a").table("train", ["audio_path"])[0][0].as_py().startswith("corpus/")


def bad_tracks(folder: Path) -> dict[str, Track]:
    """One track for every kind of quarantine."""
    folder.mkdir()
    (folder / "text.wav").write_text("no music")
    soundfile.write(folder / "empty.wav", np.zeros(0), 8000)
    soundfile.write(folder / "silent.wav", np.zeros(8000), 8000)
    soundfile.write(folder / "nan.wav", np.full(800, np.nan), 8000, subtype="FLOAT")
    names = {
        "missing": "missing.wav",
        "not-audio": "text.wav",
        "no-samples": "empty.wav",
        "silent": "silent.wav",
        "non-finite": "nan.wav",
    }
    return {kind: track(900 + n, folder / name) for n, (kind, name) in enumerate(names.items())}


def test_bad_audio_is_quarantined_and_counted(build: Build, tones: list[Track], tmp_path: Path) -> None:
    bad = bad_tracks(tmp_path / "bad")
    info = build(tmp_path / "store", tracks=[*tones, *bad.values()], max_bad=10.0)
    opened = Store.open(tmp_path / "store")
    lines = opened.quarantine()
    assert {line["track_id"]: line["kind"] for line in lines} == {one.track_id: kind for kind, one in bad.items()}
    assert all(line["detail"] and line["audio"] and line["split"] for line in lines)
    assert info.tracks == 60
    assert sum(split.quarantined for split in info.splits.values()) == 5
    ids = {name for split in opened.splits for name in opened.table(split)["track_id"].to_pylist()}
    assert ids == {one.track_id for one in tones}


def test_encoders_that_give_what_is_not_finite(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = registry.audio_encoder("tiny-audio").encode
    at = {"call": 0}

    def sometimes(_: object, waves: Any) -> Any:
        out = plain(waves)
        at["call"] += 1
        if at["call"] == 1:
            out[0] = np.nan
            out[1] = 1e6  # too large for fp16
        return out

    monkeypatch.setattr(type(registry.audio_encoder("tiny-audio")), "encode", sometimes)
    build(tmp_path / "store")
    lines = Store.open(tmp_path / "store").quarantine()
    assert [line["kind"] for line in lines] == ["non-finite"] * 2


def test_too_much_bad_audio_stops_it_and_mended_files_are_tried_again(
    build: Build, tones: list[Track], tmp_path: Path
) -> None:
    store = tmp_path / "store"
    late = tmp_path / "late"
    tracks = [*tones[:20], *(track(500 + n, late / f"{n}.wav") for n in range(5))]
    with pytest.raises(TooManyBadError, match="5 of 25 tracks") as caught:
        build(store, tracks=tracks, max_bad=10.0)
    assert (caught.value.bad, caught.value.tracks) == (5, 25)
    assert len((store / "quarantine.jsonl").read_text().splitlines()) == 5
    assert not (store / "store.json").exists()
    for n in range(4):
        tone(late / f"{n}.wav", 400 + n)
    info = build(store, tracks=tracks, max_bad=10.0, resume=True)
    assert info.tracks == 24
    assert [line["track_id"] for line in Store.open(store).quarantine()] == ["track-504"]


def test_no_store_without_any_usable_audio(build: Build, tmp_path: Path) -> None:
    with pytest.raises(TooManyBadError):
        build(tmp_path / "store", tracks=[track(0, tmp_path / "a.wav")], max_bad=100.0)


def test_tracks_without_audio_or_text_are_left_out_and_counted(
    build: Build, tones: list[Track], tmp_path: Path
) -> None:
    wordless = replace(tones[3], track_id="wordless", tags={"mode": ()}, captions=(" ",))
    info = build(tmp_path / "store", tracks=[*tones[:10], track(700, None), track(701, None), wordless])
    assert (info.tracks, info.without_audio, info.without_text) == (10, 2, 1)


def test_nothing_to_prepare(build: Build, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no track has both audio and text"):
        build(tmp_path / "store", tracks=[track(0, None)])
    assert not (tmp_path / "store").exists()


def test_all_unknown_names_are_told_at_once(build: Build, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        build(tmp_path / "store", audio_encoder="spectrl", text_encoder="minlm", captioner="templat")
    assert len(caught.value.faults) == 3
    assert not (tmp_path / "store").exists()


def test_a_split_may_be_empty_and_a_shard_may_lose_all(build: Build, tones: list[Track], tmp_path: Path) -> None:
    only_train = [one for one in tones if one.split == "train"]
    gone = track(4, tmp_path / "gone.wav")
    assert gone.split == "test"
    info = build(tmp_path / "store", tracks=[*only_train, gone])
    assert list(info.splits) == ["train"]
    assert [line["split"] for line in Store.open(tmp_path / "store").quarantine()] == ["test"]


def test_a_shape_other_than_promised_is_loud() -> None:
    with pytest.raises(ValueError, match=r"tiny-text gave \(2, 1, 7\)"):
        halves(np.zeros((2, 1, 7), dtype=np.float32), TinyText.info)


def test_text_that_is_not_finite_is_loud(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = TinyText.encode
    monkeypatch.setattr(TinyText, "encode", lambda self, texts: plain(self, texts) * np.nan)
    with pytest.raises(ValueError, match="not finite"):
        build(tmp_path / "store")


def test_work_of_other_tracks_is_loud(build: Build, tmp_path: Path) -> None:
    store = tmp_path / "store"
    with pytest.raises(InterruptedWorkError):
        build(store, executor=FailingExecutor(after=5))
    audio = store / "work" / "audio"
    shutil.copy(audio / "valid-00000.parquet", audio / "test-00000.parquet")
    with pytest.raises(RuntimeError, match="belongs to other tracks"):
        build(store, resume=True)


def test_a_file_that_vanishes_while_it_is_hashed(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hash_of = fetch.file_sha256

    def vanish(path: Path) -> str:
        if path.name == "7.wav":
            raise OSError(5, "Input/output error")
        return hash_of(path)

    monkeypatch.setattr(fetch, "file_sha256", vanish)
    build(tmp_path / "store")
    lines = (tmp_path / "store" / "quarantine.jsonl").read_text().splitlines()
    assert [json.loads(line)["detail"].lower() for line in lines] == ["input/output error"]


def test_with_the_real_encoders(build: Build, tmp_path: Path) -> None:
    tracks = [track(n, tone(tmp_path / f"{n}.wav", 220 * (n + 1), seconds=2.0)) for n in range(6)]
    info = build(tmp_path / "store", tracks=tracks, audio_encoder="spectral", text_encoder="minilm")
    assert info.dimensions.model_dump() == {
        "audio_tokens": 16,
        "audio_features": 152,
        "text_tokens": 1,
        "text_features": 384,
        "uncased": True,
    }
    row = Store.open(tmp_path / "store").table("train").to_pylist()[0]
    texts = [text["text"] for text in row["texts"]]
    stored = np.frombuffer(row["text_embeddings"], "<f2").reshape(len(texts), 384).astype(np.float32)
    assert np.abs(stored - registry.text_encoder("minilm").encode(texts)[:, 0]).max() < 1e-3
