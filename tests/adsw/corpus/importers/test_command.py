"""`adsw import`: what it writes, prints and refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from adsw.cli.app import app
from adsw.cli.import_ import print_report
from adsw.cli.run import run_app
from adsw.corpus.importers.run import SETS, import_set
from adsw.corpus.manifest import read_manifest
from tests.adsw.corpus.importers.conftest import CAPTION, CLIP, TEXT, TRACK, touch, write_csv, write_tsv


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["adsw", "import", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        run_app(app, "adsw")
    return int(str(end.value.code))


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize("name", sorted(SETS))
def test_every_set_has_its_command(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    suffix: str,
) -> None:
    rows: dict[str, Any] = {"musiccaps": CLIP, "song-describer": CAPTION, "yt8m-mtc": TEXT}
    path = tmp_path / "in-train.txt"
    file = write_tsv(path, TRACK) if name == "mtg-jamendo" else write_csv(path, [rows[name]])
    out = tmp_path / f"m.{suffix}"
    assert run(monkeypatch, name, file, "--out", out, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["manifest"] == str(out)
    assert (document["set"], document["tracks"], document["rows"]) == (name, 1, 1)
    assert len(read_manifest(out)) == 1
    assert read_manifest(out)[0].dataset == name


def test_tags_get_their_categories_from_the_vocabulary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_csv(tmp_path / "m.csv", [CLIP | {"aspect_list": "['sad', 'piano', 'zebra', 'quux']"}])
    words = tmp_path / "words.yaml"
    words.write_text("animal:\n  terms: [zebra]\n")
    out = tmp_path / "m.jsonl"
    assert run(monkeypatch, "musiccaps", file, "--out", out, "--vocabulary", words) == 0
    assert read_manifest(out)[0].tags == {
        "mood": ("sad",),
        "instrument": ("piano",),
        "animal": ("zebra",),
        "other": ("quux",),
    }


def test_people_read_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    root = touch(tmp_path / "clips", "a_30_40.wav")
    rows = [TEXT | {"video_id": name} for name in ("a", "b")]
    file = write_csv(tmp_path / "test.csv", [*rows, rows[0], rows[0] | {"text": ""}])
    assert run(monkeypatch, "yt8m-mtc", file, "--audio-root", root, "--out", tmp_path / "m.csv") == 0
    shown, told = capsys.readouterr()
    for line in (
        "YouTube8M-MusicTextClips 2 tracks of 2 videos",
        "rows read  4 of 1 file",
        "left out   1 without text",
        "repeated   1 row that says nothing new of a track",
        "shared     1 caption on several tracks, 2 in all",
        f"audio      1 found, 1 missing, under {root}",
        "test        2         2       2           1",
    ):
        assert line in shown
    assert f"Manifest: {tmp_path / 'm.csv'}" in told


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_report_keeps_to_the_terminal(tmp_path: Path, width: int) -> None:
    file = write_tsv(tmp_path / "autotagging-train.tsv", TRACK)
    report = import_set(SETS["mtg-jamendo"], [file], tmp_path / "m.csv").report
    out = Console(width=width, record=True, file=(tmp_path / "screen").open("w"))
    print_report(report, out)
    lines = out.export_text().splitlines()
    assert max(map(len, lines)) <= width
    assert any(line.split() == ["mood/theme", "1", "1", "1"] for line in lines)
    assert any(line.split() == ["all", "2", "2"] for line in lines)


def test_what_is_wrong_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_csv(tmp_path / "m.csv", [CLIP])
    out = tmp_path / "m.txt"
    assert run(monkeypatch, "song-describer", file, "--out", out, "--subset", "vali") == 2
    told = capsys.readouterr().err
    assert "Song Describer cannot be imported (3 faults)" in told
    assert "adsw import musiccaps" in told
    assert not out.exists()


def test_the_files_read_are_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_csv(tmp_path / "m.csv", [CLIP])
    before = file.read_bytes()
    assert run(monkeypatch, "musiccaps", file, "--out", tmp_path / "x" / ".." / "m.csv") == 2
    assert run(monkeypatch, "musiccaps", file, "--out", file / "n.csv") == 2
    (tmp_path / "folder.csv").mkdir()
    assert run(monkeypatch, "musiccaps", file, "--out", tmp_path / "folder.csv") == 2
    told = capsys.readouterr().err
    for rule in (
        "must not be one of the files read",
        "cannot be written: Not a directory",
        "must be a file, is a folder",
    ):
        assert rule in told
    assert file.read_bytes() == before
