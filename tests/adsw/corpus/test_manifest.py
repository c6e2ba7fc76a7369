"""Manifests in every format: what is read, what is refused, and with which words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.corpus.manifest import read_manifest, write_manifest
from adsw.corpus.track import Track
from adsw.errors import InputError
from tests.adsw.corpus.manifest_files import write

GOOD: dict[str, Any] = {
    "track_id": "one",
    "audio": "audio/one.flac",
    "start_s": 1.5,
    "duration_s": 10.0,
    "tags": {"genre": ["jazz", "swing"], "instrument": ["piano"]},
    "captions": ["A slow tune."],
    "split": "valid",
    "group": "artist",
    "dataset": "mine",
}


def faults_in(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_manifest(path)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_every_format_reads_alike(tmp_path: Path, suffix: str) -> None:
    assert read_manifest(write(tmp_path, [GOOD], suffix)) == [
        Track(
            track_id="one",
            audio=str(tmp_path / "audio/one.flac"),
            start_s=1.5,
            duration_s=10.0,
            tags={"genre": ("jazz", "swing"), "instrument": ("piano",)},
            captions=("A slow tune.",),
            split="valid",
            group="artist",
            dataset="mine",
        )
    ]


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_what_is_written_is_read_again(tmp_path: Path, suffix: str) -> None:
    tracks = [
        Track("a", str(tmp_path / "audio/a.flac"), None, None, {"x": ("p, q", "r")}, (), "train", "a", "d"),
        Track("b", "s3://bucket/b.wav", 0.0, 3.5, {}, ("One.", "Two “quoted”.")[:2], "test", "g", "d"),
        Track("c", None, None, None, {"y": ("z",)}, (), "valid", "h", "d"),
    ]
    path = tmp_path / f"m.{suffix}"
    write_manifest(tracks, path)
    assert read_manifest(path) == tracks


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_audio_below_the_manifest_moves_with_it(tmp_path: Path, suffix: str) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    track = Track("a", str(here / "audio/a.flac"), None, None, {"x": ("y",)}, (), "train", "a", "d")
    write_manifest([track], here / f"m.{suffix}")
    here.rename(there)
    assert read_manifest(there / f"m.{suffix}")[0].audio == str(there / "audio/a.flac")


def test_an_empty_manifest_can_be_written_but_not_used(tmp_path: Path) -> None:
    for suffix in ("jsonl", "csv", "parquet"):
        write_manifest([], tmp_path / f"m.{suffix}")
        assert faults_in(tmp_path / f"m.{suffix}") == ["rows: there are none. Write one row per track."]


def test_little_is_enough(tmp_path: Path) -> None:
    (track,) = read_manifest(write(tmp_path, [{"track_id": "one"}]))
    assert (track.audio, track.start_s, track.tags, track.captions) == (None, None, {}, ())
    assert (track.group, track.dataset) == ("one", "manifest")
    assert track.split in ("train", "valid", "test")


def test_audio_starts_at_the_root_given(tmp_path: Path) -> None:
    path = write(tmp_path, [GOOD, GOOD | {"track_id": "two", "audio": "/elsewhere/b.wav"}])
    assert [track.audio for track in read_manifest(path, Path("/music"))] == [
        "/music/audio/one.flac",
        "/elsewhere/b.wav",
    ]


def test_audio_that_does_not_exist_is_no_fault_of_the_manifest(tmp_path: Path) -> None:
    assert not Path(str(read_manifest(write(tmp_path, [GOOD]))[0].audio)).exists()


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (
            ["genre---rock", "genre---pop", "mood:calm", "loud"],
            {"genre": ("rock", "pop"), "mood": ("calm",), "other": ("loud",)},
        ),
        (["a", "a", " b "], {"other": ("a", "b")}),
        ({"genre": ["rock", "rock"], "mood": []}, {"genre": ("rock",)}),
        ([], {}),
        (None, {}),
    ],
)  # fmt: skip
def test_tags_come_in_several_shapes(tmp_path: Path, tags: Any, expected: dict[str, Any]) -> None:
    assert read_manifest(write(tmp_path, [GOOD | {"tags": tags}]))[0].tags == expected


def test_plain_tags_ask_for_their_category(tmp_path: Path) -> None:
    path = write(tmp_path, [GOOD | {"tags": ["piano", "jazz"]}])
    known: Callable[[str], str] = {"piano": "instrument", "jazz": "genre"}.__getitem__
    assert read_manifest(path, category_of=known)[0].tags == {"instrument": ("piano",), "genre": ("jazz",)}


def test_a_parquet_struct_of_tags_has_all_categories_in_all_rows(tmp_path: Path) -> None:
    rows = [GOOD | {"tags": {"genre": ["jazz"]}}, GOOD | {"track_id": "two", "tags": {"mood": ["calm"]}}]
    tracks = read_manifest(write(tmp_path, rows, "parquet"))
    assert [track.tags for track in tracks] == [{"genre": ("jazz",)}, {"mood": ("calm",)}]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"track_id": ""}, "row 1 track_id: is required and must not be empty"),
        ({"track_id": None}, "row 1 track_id: is required and must not be empty"),
        ({"track_id": 7}, "row 1 track_id: must be text, not a number (given: 7). Quote it."),
        ({"audio": ["a.wav"]}, "row 1 audio: must be text, not a list (given: ['a.wav']). Quote it."),
        ({"start_s": -1}, "row 1 start_s: must be at least 0 (given: -1)"),
        ({"start_s": "soon"}, "row 1 start_s: must be a number of seconds (given: 'soon')"),
        ({"start_s": True}, "row 1 start_s: must be a number of seconds (given: True)"),
        ({"duration_s": 0}, "row 1 duration_s: must be more than 0 (given: 0)"),
        ({"duration_s": "nan"}, "row 1 duration_s: must be more than 0 (given: 'nan')"),
        ({"duration_s": [3]}, "row 1 duration_s: must be a number of seconds (given: [3])"),
        ({"split": "validation"}, "row 1 split: unknown split 'validation'. Did you mean 'valid'?"),
        ({"tags": 3}, "row 1 tags: must be a list, or categories with lists, not a number (given: 3)"),
        (
            {"tags": {"genre": "jazz"}},
            "row 1 tags.genre: must be a list of tags, not text (given: 'jazz'). Write [\"...\"].",
        ),
        ({"tags": {"genre": ["jazz", 3]}}, "row 1 tags.genre: must hold text only, none of it empty (given: 3)"),
        ({"tags": {" ": ["jazz"]}}, "row 1 tags: has a category without a name (given: ' ')"),
        ({"tags": ["genre---"]}, "row 1 tags: needs text on both sides of --- or : (given: 'genre---')"),
        ({"tags": ["", "jazz"]}, "row 1 tags: must hold text only, none of it empty (given: '')"),
        ({"captions": {"a": 1}}, "row 1 captions: must be a list of sentences, not an object (given: {'a': 1})"),
        ({"captions": [" "]}, "row 1 captions: must hold text only, none of it empty (given: ' ')"),
        (
            {"captions": ["half \ud83c"]},
            "row 1 captions: has half a surrogate pair at character 6, which is no text (given: 'half \\ud83c'). "
            "Write the whole character, or leave it out.",
        ),
        ({"group": 5}, "row 1 group: must be text, not a number (given: 5). Quote it."),
        ({"dataset": False}, "row 1 dataset: must be text, not a truth value (given: False). Quote it."),
    ],
)  # fmt: skip
def test_every_fault_in_a_row_is_told(tmp_path: Path, change: dict[str, Any], fault: str) -> None:
    assert faults_in(write(tmp_path, [GOOD | change])) == [fault]


def test_half_a_surrogate_pair_is_told_wherever_it_stands(tmp_path: Path) -> None:
    half = "x\ud800"
    tags = {half: ["calm"], "genre": [half]}
    rows = [GOOD | {"track_id": half, "audio": half, "group": half, "tags": tags}, GOOD | {"tags": [half, "a:" + half]}]
    told = faults_in(write(tmp_path, rows))
    places = [fault.partition(": has half a surrogate pair")[0] for fault in told]
    first = ["row 1 track_id", "row 1 audio", "row 1 tags", "row 1 tags.genre", "row 1 group"]
    assert sorted(places) == sorted([*first, "row 2 tags", "row 2 tags"])
    assert "\n".join(told).encode()


def test_a_category_given_twice_keeps_the_tags_of_both(tmp_path: Path) -> None:
    rows = [GOOD | {"tags": {"genre": ["jazz"], " genre": ["blues", "jazz"]}}]
    assert read_manifest(write(tmp_path, rows))[0].tags == {"genre": ("jazz", "blues")}


@pytest.mark.parametrize(
    ("column", "cell", "fault"),
    [
        ("tags", '{"genre": ["jazz"]', "row 1 tags: is no JSON: Expecting ',' delimiter at character 19"),
        ("captions", '["A slow tune."', "row 1 captions: is no JSON: Expecting ',' delimiter at character 16"),
    ],
)
def test_json_in_csv_must_be_json(tmp_path: Path, column: str, cell: str, fault: str) -> None:
    (found,) = faults_in(write(tmp_path, [GOOD | {column: cell}], "csv"))
    assert found.startswith(fault)
    assert "Write " in found


def test_empty_cells_of_a_csv_are_nothing(tmp_path: Path) -> None:
    row = {
        "track_id": "a",
        "audio": "",
        "start_s": "",
        "tags": " ",
        "captions": "",
        "split": "",
        "group": "",
        "dataset": "",
    }
    (track,) = read_manifest(write(tmp_path, [row], "csv"))
    assert (track.audio, track.start_s, track.tags, track.captions, track.group) == (None, None, {}, (), "a")


def test_all_faults_come_at_once_with_their_rows(tmp_path: Path) -> None:
    rows = [
        GOOD,
        GOOD | {"start_s": -2},
        GOOD | {"track_id": "three", "split": "tset", "duration_s": -1},
        GOOD | {"track_id": "four", "split": "test"},
    ]
    assert faults_in(write(tmp_path, rows)) == [
        "row 2 start_s: must be at least 0 (given: -2)",
        "row 3 duration_s: must be more than 0 (given: -1)",
        "row 3 split: unknown split 'tset'. Did you mean 'test'?",
        "row 2 track_id: must be unique; row 1 has it too (given: 'one')",
        "row 4 group: is in 'test' here and in 'valid' in row 1; a group must stay in one split (given: 'artist')",
    ]


@pytest.mark.parametrize(
    ("column", "right"),
    [("trackid", "track_id"), ("Tags", "tags"), ("caption", "captions"), ("duration", "duration_s")],
)
def test_nearly_right_columns_are_faults(tmp_path: Path, column: str, right: str) -> None:
    assert f"column {column!r}: is unknown. Did you mean {right!r}?" in faults_in(
        write(tmp_path, [GOOD | {column: "x"}])
    )


def test_other_columns_are_the_users_own(tmp_path: Path) -> None:
    assert len(read_manifest(write(tmp_path, [GOOD | {"licence": "CC0", "bpm": 120}]))) == 1


def test_broken_lines_of_jsonl_are_told_with_their_row(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text('{"track_id": "a"}\n\n{"track_id": \n[1]\n{"track_id": "b", "start_s": -1}\n')
    first, second, third = faults_in(path)
    assert first.startswith("row 3: is no JSON: Expecting value at character 1")
    assert second == "row 4: must be a JSON object (given: [1])"
    assert third.startswith("row 5 start_s")


def test_rows_of_another_length_than_the_header_are_told(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    rows = ['a,"b\nc.wav",', "", "003,audio/003.wav", "d,e.wav,,f", "g,,"]
    path.write_text("track_id,audio,group\n" + "\n".join(rows))
    assert faults_in(path) == [
        "row 2 (line 5): has 2 cells, must have 3 as the header (given: '003'). Write empty cells too.",
        "row 3 (line 6): has 4 cells, must have 3 as the header (given: 'd'). Quote cells that hold commas.",
    ]


def test_unreadable_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "m.parquet").write_bytes(b"PAR1 nothing of the kind")
    (tmp_path / "m.jsonl").write_bytes(b'{"track_id": "\xff"}\n')
    (tmp_path / "m.csv").write_text('track_id\n"a\n')
    (tmp_path / "folder.csv").mkdir()
    assert "It must be a whole Parquet file." in faults_in(tmp_path / "m.parquet")[0]
    assert "It must be JSONL in UTF-8." in faults_in(tmp_path / "m.jsonl")[0]
    assert "cannot be read" in faults_in(tmp_path / "m.csv")[0]
    assert "does not exist or is no file" in faults_in(tmp_path / "folder.csv")[0]
    assert "does not exist or is no file" in faults_in(tmp_path / "absent.csv")[0]


def test_unknown_suffixes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.parq"
    path.write_text("")
    assert faults_in(path) == [f"{path}: unknown suffix '.parq'. Did you mean '.parquet'?"]
    with pytest.raises(InputError, match=r"unknown suffix '\.xml'"):
        write_manifest([], tmp_path / "m.xml")


def test_failures_that_are_not_the_files_stay_loud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from adsw.corpus import table_files as rows

    def broken(path: Path, *_: object) -> None:
        raise RuntimeError(f"a mistake of ours, not of {path}")

    monkeypatch.setattr(rows, "_parquet", broken)
    with pytest.raises(RuntimeError, match="a mistake of ours"):
        read_manifest(write(tmp_path, [GOOD], "parquet"))
