"""Delimited files: encodings, quoting, line numbers, wrong headers, and bytes that are no such file at all."""

from __future__ import annotations

import contextlib
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.corpus.importers.base import named_split
from adsw.corpus.importers.run import SETS, import_set
from adsw.corpus.importers.table import Form, read_table
from adsw.corpus.manifest import read_manifest, write_manifest
from adsw.errors import Faults, InputError
from tests.adsw.corpus.importers.conftest import CAPTION, CLIP, TEXT, TRACK, Import, faults_of, write_csv, write_tsv

FORM = Form("csv", ("a", "b"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_unicode_encoding_is_read(tmp_path: Path, imported: Import, encoding: str) -> None:
    file = write_csv(tmp_path / "test.csv", [TEXT | {"text": "Ein Stück, “laut”"}], encoding)
    assert imported("yt8m-mtc", file).tracks[0].captions == ("Ein Stück, “laut”",)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_read_and_blank_lines_passed_over(tmp_path: Path, imported: Import, ending: str) -> None:
    file = tmp_path / "test.csv"
    file.write_bytes(ending.join(["", "video_id,start,end,text", "", "a,0,10,x", ""]).encode())
    assert imported("yt8m-mtc", file).tracks[0].captions == ("x",)


def test_faults_stand_at_the_line_where_a_row_begins(tmp_path: Path, imported: Import) -> None:
    file = tmp_path / "test.csv"
    file.write_text('video_id,start,end,text\n\na,0,10,"two\nlines"\nb,0,10\nc,0,10,x,y\nd,x,10,z\n')
    assert faults_of(lambda: imported("yt8m-mtc", file)) == [
        "test.csv line 5: has 3 cells, must have 4 as the header (given: 'b'). Write empty cells too.",
        "test.csv line 6: has 5 cells, must have 4 as the header (given: 'c'). Quote cells that hold commas.",
        "test.csv line 7 start: must be a number of seconds (given: 'x')",
    ]


def test_an_open_quote_is_told(tmp_path: Path, imported: Import) -> None:
    file = tmp_path / "test.csv"
    file.write_text('video_id,start,end,text\na,0,10,x\nb,0,10,"open\nc,0,10,x\n')
    assert faults_of(lambda: imported("yt8m-mtc", file)) == [
        "test.csv line 3: cannot be read on from here: unexpected end of data. Mend the quotes."
    ]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n", "is empty"),
        (b"video_id,start,end,text\r\n", "has a header and no rows"),
        (b"video_id,start,end,text\ncaf\xe9,0,10,x", "is no text in UTF-8: byte 28 is wrong"),
        (b"\xff\xfe\x00", "is no text in UTF-16: byte 3 is wrong"),
        (b"video_id,text\na,b", "lacks the columns start, end in its first line"),
        (b'video_id,start,end,text,"open\na,0,10,x,', "has a header whose quotes are wrong"),
        (b'video_id,start,end,"text\nmore"\na,0,10,x', "has a header whose quotes are wrong"),
        (b"video_id,start,end,text\x0cmore\na,0,10,x", "lacks the columns text in its first line"),
        (b"<!DOCTYPE html>\n<html>", "lacks the columns video_id, start, end, text in its first line"),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_told(tmp_path: Path, imported: Import, content: bytes, rule: str) -> None:
    file = tmp_path / "test.csv"
    file.write_bytes(content)
    fault = faults_of(lambda: imported("yt8m-mtc", file))[-1]
    assert fault.startswith(f"{file}: {rule}")


def test_a_file_of_another_set_says_which_command_to_use(tmp_path: Path, imported: Import) -> None:
    files = {
        "musiccaps": write_csv(tmp_path / "mc.csv", [CLIP]),
        "song-describer": write_csv(tmp_path / "sd.csv", [CAPTION]),
        "yt8m-mtc": write_csv(tmp_path / "yt.csv", [TEXT]),
        "mtg-jamendo": write_tsv(tmp_path / "mtg.tsv", TRACK),
    }
    assert set(files) == set(SETS)
    for name, file in files.items():
        for other, wrong in SETS.items():
            if other != name:
                assert faults_of(lambda other=other, file=file: imported(other, file)) == [  # type: ignore[misc]
                    f"{file}: is no file of {wrong.title}. It looks like {SETS[name].title}: use `adsw import {name}`."
                ]


def test_columns_may_come_in_any_order_among_others(tmp_path: Path, imported: Import) -> None:
    row = {"note": "", **dict(reversed(TEXT.items()))}
    assert imported("yt8m-mtc", write_csv(tmp_path / "test.csv", [row])).tracks[0].group == "abcDEF_-123"


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train.csv", "train"),
        ("autotagging_top50tags-validation.tsv", "valid"),
        ("YT8M_MTC_Test.csv", "test"),
        ("yt8m-val.csv", "valid"),
        ("training-notes-eval.csv", "test"),
        ("autotagging.tsv", ""),
        ("contest.csv", ""),
    ],
)
def test_a_name_says_its_split(name: str, split: str) -> None:
    assert named_split(Path("test") / name) == split


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytes")


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(words.filter(str.strip), words), min_size=1, max_size=6))
def test_what_a_csv_writer_wrote_is_read(rows: list[tuple[str, str]]) -> None:
    stream = io.StringIO()
    csv.writer(stream).writerows([("a", "b"), *rows])
    faults = Faults("")
    table = read_table(Path("x.csv"), stream.getvalue(), FORM, faults)
    assert faults.found == []
    assert [(row.cells["a"], row.cells["b"]) for row in table.rows] == rows


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.sampled_from(sorted(SETS)),
    st.one_of(
        st.binary(max_size=80),
        st.lists(st.sampled_from(["\n", ",", "\t", '"', "a", "1", "['x']", "x---y", "True", " "]), max_size=40).map(
            lambda parts: "".join(parts).encode()
        ),
    ),
    st.booleans(),
)
def test_no_bytes_bring_an_import_down(folder: Path, name: str, content: bytes, with_header: bool) -> None:
    form = SETS[name].form
    header = {"csv": ",", "tsv": "\t"}[form.kind].join(form.columns).encode() + b"\n" if with_header else b""
    file, out = folder / "train.csv", folder / "m.jsonl"
    file.write_bytes(header + content)
    with contextlib.suppress(InputError):
        done = import_set(SETS[name], [file], out)
        write_manifest(done.tracks, out)
        assert read_manifest(out) == done.tracks
