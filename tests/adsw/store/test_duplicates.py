"""The same recording under several ids: counted, refused, or put into one split; and what is said of odd audio."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from adsw.corpus.manifest import write_manifest
from adsw.corpus.track import SPLITS, Track, split_of
from adsw.errors import InputError
from adsw.store import audio_stage
from adsw.store.duplicates import Duplicates, Recording, count_duplicates
from adsw.store.leakage import joined_groups, known_recordings
from adsw.store.prepare import Prepared, prepare
from adsw.store.store import Store

from ..tiny_encoders import RATE, arguments, tone, track

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def copied(tmp_path: Path) -> list[Track]:
    """Five recordings in train, and four copies of them under other ids in valid and test."""
    tracks = [track(n, tone(tmp_path / f"{n}.wav", 200 + 9 * n), split="train") for n in range(5)]
    for n in range(4):
        copy = shutil.copy(tmp_path / f"{n}.wav", tmp_path / f"copy-{n}.wav")
        tracks.append(track(10 + n, copy, split=SPLITS[1 + n % 2]))
    return tracks


def made(store: Path, tracks: list[Track], **changes: object) -> Prepared:
    return prepare(**arguments(store, tracks=tracks, **changes))


def test_they_are_counted_and_named_in_the_store(copied: list[Track], tmp_path: Path) -> None:
    duplicates = made(tmp_path / "store", copied).info.duplicates
    assert duplicates is not None
    assert (duplicates.recordings, duplicates.within, duplicates.excerpts) == (4, 0, 0)
    assert duplicates.tracks == {"train": 4, "valid": 2, "test": 2}
    assert duplicates.examples[0] == {"track-000": "train", "track-010": "valid"}
    said = duplicates.sentences()[0]
    assert "4 recordings stand in several splits under different ids: 4 of train, 2 of valid and 2 of test" in said
    assert "track-000 (train) = track-010 (valid)" in said
    assert Store.open(tmp_path / "store").info.duplicates == duplicates


def test_start_and_length_tell_recordings_of_a_file_apart() -> None:
    def of(*tracks: tuple[str, str, Recording]) -> Duplicates:
        return count_duplicates(tracks)

    first = Recording.of("f", None, 2.0)
    assert first == Recording.of("f", 0.0, 2.0)
    assert of(("a", "train", first), ("b", "test", Recording.of("f", 2.0, 2.0))) == Duplicates(excerpts=1)
    assert of(("a", "train", first), ("b", "train", Recording.of("f", 2.0, 2.0))) == Duplicates()
    assert of(("a", "train", first), ("b", "train", Recording.of("f", 0.0, 2.0))) == Duplicates(within=1)
    assert of(("a", "train", first), ("b", "test", first)).recordings == 1
    assert Duplicates().sentences() == []


def test_error_refuses_before_anything_is_encoded(
    copied: list[Track], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audio_stage.AudioWorker, "__call__", None)
    with pytest.raises(InputError) as caught:
        made(tmp_path / "store", copied, on_duplicate="error")
    assert len(caught.value.faults) == 4
    assert "track-001 = track-011: is one recording, and stands in train and test" in str(caught.value)
    assert not (tmp_path / "store").exists()


def test_what_could_not_be_known_before_is_refused_after_the_audio_stage(
    copied: list[Track], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adsw.store.planning.known_recordings", lambda tracks: [None] * len(tracks))
    for way in ("error", "group"):
        with pytest.raises(InputError, match="is one recording"):
            made(tmp_path / way, copied, on_duplicate=way)
        assert not (tmp_path / way / "store.json").exists()


def test_group_puts_them_into_one_split(copied: list[Track], tmp_path: Path) -> None:
    # Of the copies no split is given: they follow the originals. Of tracks 3 and 13 none has one: the hash decides.
    free = [replace(one, split="" if one.track_id > "track-002" else one.split) for one in copied]
    info = made(tmp_path / "store", free, on_duplicate="group").info
    assert info.duplicates == Duplicates(within=4)
    store = Store.open(tmp_path / "store")
    placed = {
        row["track_id"]: (split, row["group"])
        for split in store.splits
        for row in store.table(split, ["track_id", "group"]).to_pylist()
    }
    for number in range(3):
        both = placed[f"track-{number:03d}"], placed[f"track-{10 + number:03d}"]
        assert both[0] == both[1] == ("train", min(f"group-{number}", f"group-{10 + number}"))
    joined = "group-13"  # before "group-3" in alphabetical order
    assert placed["track-003"] == placed["track-013"] == (split_of(joined), joined)


def test_group_joins_whole_groups_and_refuses_splits_that_differ(copied: list[Track]) -> None:
    # 0 and 10 are one recording, 10 and 4 one artist, 4 and 13 no recording of another.
    by_id = {one.track_id: replace(one, split="") for one in copied}
    by_id["track-010"] = replace(by_id["track-010"], group="artist")
    by_id["track-004"] = replace(by_id["track-004"], group="artist")
    tracks = list(by_id.values())
    groups = {one.track_id: one.group for one in joined_groups(tracks, known_recordings(tracks))}
    assert groups["track-000"] == groups["track-010"] == groups["track-004"] == "artist"
    assert groups["track-001"] == groups["track-011"] == "group-1"
    with pytest.raises(InputError) as caught:
        joined_groups(copied, known_recordings(copied))
    assert len(caught.value.faults) == 4
    assert "track-000 and track-010: are joined by equal recordings, and the manifest names train and valid" in str(
        caught.value
    )


def test_recordings_are_known_without_reading_what_is_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    monkeypatch.setattr("adsw.store.leakage.file_sha256", lambda path: read.append(path) or path.read_text())
    for name, content in {"a": "xx", "b": "xx", "c": "yy", "long": "zzz"}.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "link").symlink_to(tmp_path / "long")
    names = ("a", "b", "c", "long", "link", "none")
    audio = [*(str(tmp_path / name) for name in names), "https://x/1", "https://x/1", None]
    found = known_recordings([track(n, place) for n, place in enumerate(audio)])
    assert found[0] == found[1] != found[2]
    assert found[3] == found[4]
    assert found[5] is None
    assert found[6] == found[7]
    assert found[8] is None
    assert sorted(path.name for path in read) == ["a", "b", "c"]


def test_the_way_is_pinned_by_the_folder(copied: list[Track], tmp_path: Path) -> None:
    made(tmp_path / "store", copied)
    assert made(tmp_path / "store", copied).already
    with pytest.raises(InputError, match=r"on_duplicate: was 'warn'"):
        made(tmp_path / "store", copied[:1] + copied[4:5], on_duplicate="error")


@pytest.fixture
def odd(tmp_path: Path) -> list[Track]:
    """A usual track, one of cancelling channels, one of two recordings."""
    wave = soundfile.read(tone(tmp_path / "a.wav", 300))[0]
    soundfile.write(tmp_path / "inverted.wav", np.stack([wave, -wave], axis=1), RATE)
    (tmp_path / "joined.wav").write_bytes(2 * (tmp_path / "a.wav").read_bytes())
    return [track(n, tmp_path / f"{name}.wav", split="train") for n, name in enumerate(("a", "inverted", "joined"))]


def test_prepare_and_inspect_say_what_is_heard_otherwise(run: Run, odd: list[Track], tmp_path: Path) -> None:
    write_manifest(odd, tmp_path / "m.jsonl")
    words = ("--store", tmp_path / "s", "--audio-encoder", "tiny-audio", "--text-encoder", "tiny-text")
    status, _, err = run("prepare", tmp_path / "m.jsonl", *words, "--executor", "local")
    assert status == 0
    assert "Heard otherwise: 1 track, channels that cancel each other, of which the loudest is heard" in err
    assert "Heard otherwise: 1 track, a file of several recordings, heard one after another" in err
    _, out, _ = run("inspect", tmp_path / "s")
    assert "1 cancelling, 1 joined" in out
    _, out, _ = run("inspect", tmp_path / "s", "--track", "track-002")
    assert "joined: 2 recordings end to end in one file, 2.0 s in all" in out
    document = json.loads(run("inspect", tmp_path / "s", "--json")[1])
    assert document["remarks"] == {"cancelling": 1, "joined": 1}


def test_a_copy_is_told_of_and_a_wrong_way_refused(run: Run, copied: list[Track], tmp_path: Path) -> None:
    write_manifest(copied, tmp_path / "m.jsonl")
    words = ("prepare", tmp_path / "m.jsonl", "--store", tmp_path / "s", "--executor", "local")
    encoders = ("--audio-encoder", "tiny-audio", "--text-encoder", "tiny-text")
    status, _, err = run(*words, *encoders, "--on-duplicate", "wrn")
    assert status == 2
    assert "--on-duplicate: must be one of error, warn and group" in err
    assert run(*words, *encoders, "--on-duplicate", "error")[0] == 2
    status, _, err = run(*words, *encoders)
    assert status == 0
    assert "Warning: 4 recordings stand in several splits" in err


def test_reused_audio_keeps_its_remarks(odd: list[Track], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = made(tmp_path / "first", odd).info
    decoded: list[str] = []
    decode = audio_stage.AudioWorker._hear

    def hear(self: audio_stage.AudioWorker, one: Track) -> audio_stage.Heard:
        heard = decode(self, one)
        decoded.extend([] if heard.reused else [one.track_id])
        return heard

    monkeypatch.setattr(audio_stage.AudioWorker, "_hear", hear)
    second = made(tmp_path / "second", odd, reuse=(tmp_path / "first",)).info
    assert decoded == []
    assert (second.fingerprint, second.remarks) == (first.fingerprint, {"cancelling": 1, "joined": 1})
    # An earlier version heard other things of such files: only they are encoded again.
    file = tmp_path / "first" / "store.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "decoding": 1}))
    third = made(tmp_path / "third", odd, reuse=(tmp_path / "first",)).info
    assert decoded == ["track-001", "track-002"]
    assert (third.fingerprint, third.remarks) == (first.fingerprint, second.remarks)


def test_a_joined_group_takes_its_other_spellings_along() -> None:
    """Two tracks are one recording; a third is in the group of one of them, written in another Unicode form."""
    same = Recording.of("f", None, 2.0)
    given = [
        track(0, None, split="", group="Ar\u00e9na"),
        track(1, None, split="", group="Zo"),
        track(2, None, split="", group="Are\u0301na"),
        track(3, None, split="", group="Zo"),
    ]
    groups = [one.group for one in joined_groups(given, [same, same, None, None])]
    assert len(set(groups)) == 1
