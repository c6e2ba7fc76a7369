"""Rows of manifests that are read or told, and roots with what lies below them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adsw.corpus.manifest import read_manifest, write_manifest
from adsw.corpus.table_files import is_address, joined
from adsw.corpus.track import Track
from adsw.errors import InputError


@pytest.mark.parametrize(
    ("root", "audio", "place"),
    [
        (Path("/music"), "a/../b c.wav", "/music/b c.wav"),
        (Path("/music"), "s3://bucket/a.wav", "s3://bucket/a.wav"),
        (Path("/music"), "/other/a.wav", "/other/a.wav"),
        ("s3://bucket/deep/", "a/./b %20#.wav", "s3://bucket/deep/a/b %20#.wav"),
        ("s3://bucket", "/here//a.wav", "/here/a.wav"),
        ("s3://bucket", "gs://other/a.wav", "gs://other/a.wav"),
        ("https://host/music", "ä b#1%.wav", "https://host/music/%C3%A4%20b%231%25.wav"),
        ("FILE:///music", "b c.wav", "FILE:///music/b%20c.wav"),
    ],
)
def test_joining(root: str | Path, audio: str, place: str) -> None:
    assert joined(root, audio) == place


def test_paths_are_no_addresses() -> None:
    assert is_address("memory://a")
    assert not is_address(Path("s3://a"))


@pytest.mark.parametrize(("root", "start"), [("memory://music", "memory://music/"), ("folder", None), (None, None)])
def test_a_manifest_below_a_root(tmp_path: Path, root: str | None, start: str | None) -> None:
    (tmp_path / "m.jsonl").write_text('{"track_id": "a", "audio": "x/a.wav"}\n')
    audio = read_manifest(tmp_path / "m.jsonl", root)[0].audio
    assert audio == f"{start or str(Path.cwd() / root if root else tmp_path) + '/'}x/a.wav"


def told(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_manifest(path)
    return [str(fault) for fault in caught.value.faults]


def test_a_short_row_takes_no_group_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "m.csv"
    rows = ['002,audio/002.wav,"[""jazz""]",test,artist', '003,audio/003.wav,"[""rock""]"']
    file.write_text("\n".join(["track_id,audio,tags,split,group", *rows]))
    (fault,) = told(file)
    assert fault == "row 2 (line 3): has 3 cells, must have 5 as the header (given: '003'). Write empty cells too."
    file.write_text("\n".join(["track_id,audio,tags,split,group", rows[0], rows[1] + ",,"]))
    assert [(track.track_id, track.group) for track in read_manifest(file)] == [("002", "artist"), ("003", "003")]


@pytest.mark.parametrize(
    ("suffix", "text", "fault"),
    [
        ("csv", "track_id,split,split\na,train,test\n", "m.csv: column 'split': stands twice: columns 2 and 3"),
        ("csv", "track_id,note,note\na,1,2\n", "m.csv: column 'note': stands twice: columns 2 and 3. Keep one."),
        ("csv", "track_id, split\na,test\n", "m.csv: column ' split': has blanks around its name. Write 'split'."),
        ("csv", "track_id,\ufeffsplit\na,test\n", "has blanks around its name. Write 'split'."),
        ("csv", 'track_id,tags\na,"{""g"":[""x""],""g"":[""y""]}"\n', "row 1 tags: has the key 'g' twice"),
        ("csv", "track_id,start_s\na,1_000\n", "row 1 start_s: must be a number of seconds (given: '1_000')"),
        ("csv", f"track_id,start_s\na,{'9' * 400}\n", "row 1 start_s: must be at least 0"),
        ("jsonl", '{"track_id":"a","split":"train","split":"test"}', "row 1: has the key 'split' twice"),
        ("jsonl", '{"track_id":"a","tags":{"g":["x"],"g":["y"]}}', "row 1: has the key 'g' twice"),
        ("jsonl", '{"track_id":"a","note":NaN}', "row 1: holds NaN, which is no number in JSON"),
        ("jsonl", f'{{"track_id":"a","start_s":{"1" * 400}}}', "row 1: holds a number of 400 digits, more than 300"),
        ("jsonl", f'{{"track_id":"a","start_s":{"1" * 5000}}}', "row 1: holds a number of 5,000 digits, more than 300"),
        ("jsonl", f'{{"track_id":"a","n":{"[" * 9999}{"]" * 9999}}}', "row 1: is nested deeper than 64 levels"),
        ("jsonl", '{"track_id":"a\\u0000"}', "row 1 track_id: has a NUL character, which is no text"),
    ],
)  # fmt: skip
def test_what_was_read_in_silence_is_told(tmp_path: Path, suffix: str, text: str, fault: str) -> None:
    file = tmp_path / f"m.{suffix}"
    file.write_text(text, encoding="utf-8")
    assert fault in "\n".join(told(file))


def parquet(path: Path, **columns: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def test_folders_named_like_columns_are_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pyarrow 23 and 24 make columns of them unless told not to; what it is told is looked at here for any version."""
    given: list[Any] = []
    read = pq.read_table
    monkeypatch.setattr(pq, "read_table", lambda *words, **named: given.append(named) or read(*words, **named))
    file = parquet(tmp_path / "split=test" / "dataset=other" / "m.parquet", track_id=["a"], split=["train"])
    assert [(track.split, track.dataset) for track in read_manifest(file)] == [("train", "m")]
    assert [named["partitioning"] for named in given] == [None]


def test_parquet_columns_and_keys_stand_once(tmp_path: Path) -> None:
    table = pa.Table.from_arrays(
        [pa.array(["a"]), pa.array(["train"]), pa.array(["test"])], ["track_id", "split", "split"]
    )
    pq.write_table(table, tmp_path / "m.parquet")
    assert told(tmp_path / "m.parquet") == ["m.parquet: column 'split': stands twice: columns 2 and 3. Keep one."]
    pairs = pa.array([[("g", ["x"]), ("h", []), ("g", ["y"])]], pa.map_(pa.string(), pa.list_(pa.string())))
    assert told(parquet(tmp_path / "m.parquet", track_id=["a"], tags=pairs)) == [
        "row 1 tags: has a category twice (given: 'g'). Keep one."
    ]


def test_columns_nobody_asked_for_are_not_read(tmp_path: Path) -> None:
    late = pa.array([0, 253_402_300_800_000], pa.timestamp("ms"))  # the year 10000
    (first, second) = read_manifest(parquet(tmp_path / "m.parquet", track_id=["a", "b"], when=late))
    assert (first.track_id, second.track_id) == ("a", "b")
    (fault, *_) = told(parquet(tmp_path / "m.parquet", track_id=["a", "b"], group=late))
    assert fault.startswith("row 2 group: cannot be read as timestamp[ms]: ")


def test_long_cells_and_odd_line_ends_are_text(tmp_path: Path) -> None:
    odd = "a\u2028b\x85c\x0cd\x1ce"
    captions = ["x" * 200_000]
    write_manifest([Track(odd, None, None, None, {}, tuple(captions), "test", odd, "d")], tmp_path / "m.csv")
    (track,) = read_manifest(tmp_path / "m.csv")
    assert (track.track_id, track.group, track.captions) == (odd, odd, tuple(captions))
