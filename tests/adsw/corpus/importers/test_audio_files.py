"""What lies under an audio root: folders, links, addresses, and what is said where the audio is not as it should be."""

from __future__ import annotations

from pathlib import Path

import fsspec
import numpy as np
import pytest
import soundfile

from adsw.corpus.importers import audio_files as module
from adsw.corpus.importers.audio_files import AudioFiles, audio_files
from adsw.corpus.importers.base import Choice
from adsw.errors import Faults
from tests.adsw.corpus.importers.conftest import CLIP, Import, faults_of, touch, write_csv


def listed(root: str) -> AudioFiles:
    faults = Faults("")
    found = audio_files(root, faults)
    assert faults.found == []
    assert found is not None
    return found


def fault_of(root: str) -> str:
    faults = Faults("")
    assert audio_files(root, faults) is None
    (fault,) = faults.found
    return str(fault)


def test_files_are_listed_through_links_but_never_round_in_circles(tmp_path: Path) -> None:
    root = touch(tmp_path / "root", "a.wav", "in/b ü.wav")
    touch(tmp_path / "elsewhere", "c.wav")
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    (root / "d.wav").symlink_to(root / "a.wav")
    (root / "in" / "up").symlink_to(root)
    (root / "loop.wav").symlink_to(root / "loop.wav")
    (root / "broken.wav").symlink_to(root / "gone.wav")
    assert listed(str(root)).names == ["a.wav", "d.wav", "in/b ü.wav", "linked/c.wav"]


def test_a_name_may_leave_the_suffix_open(tmp_path: Path) -> None:
    files = listed(str(touch(tmp_path, "a.mp3", "a.WAV", "a.txt", "b.2min.mp3", "c.txt", "audio/d.flac")))
    assert files.find("a.*") == str(tmp_path / "a.WAV")
    assert files.find("a.mp3") == str(tmp_path / "a.mp3")
    assert files.find("b.2min.*") == str(tmp_path / "b.2min.mp3")
    assert files.find("c.*") is None
    assert files.find("c.txt") == str(tmp_path / "c.txt")
    assert files.find("d.*") == str(tmp_path / "audio/d.flac")
    assert files.find("../a.mp3") is None


def test_a_relative_root_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a.wav")
    monkeypatch.chdir(tmp_path)
    assert listed(".").find("a.wav") == str(tmp_path / "a.wav")


def test_a_root_may_be_an_address(tmp_path: Path) -> None:
    touch(tmp_path / "with space", "a.wav")
    assert listed((tmp_path / "with space").as_uri()).find("a.*") == str(tmp_path / "with space/a.wav")
    memory = fsspec.filesystem("memory")
    memory.pipe("/bucket/clips/x/a.wav", b"sound")
    try:
        files = listed("memory://bucket/clips/")
        assert files.names == ["x/a.wav"]
        assert files.find("x/a.*") == "memory://bucket/clips/x/a.wav"
        assert fault_of("memory://bucket/none") == (
            "--audio-root: cannot be listed: holds no files (given: 'memory://bucket/none'). "
            "Check the address and who may read it."
        )
    finally:
        memory.rm("/bucket", recursive=True)


def test_a_root_that_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "file", "root/a.wav")
    fix = "Name the folder that holds the audio."
    assert fault_of(str(tmp_path / "no")) == f"--audio-root: does not exist (given: '{tmp_path / 'no'}'). {fix}"
    assert fault_of(str(tmp_path / "file")) == f"--audio-root: is no folder (given: '{tmp_path / 'file'}'). {fix}"
    assert "a web server does not say what it holds" in fault_of("https://example.org/clips")
    assert "cannot be listed" in fault_of("nosuch://bucket/clips")

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module.os, "scandir", refuse)
    faults = Faults("")
    audio_files(str(tmp_path / "root"), faults)
    assert [fault.rule for fault in faults.found] == ["cannot be listed: Permission denied"]


def sound(path: Path, seconds: float) -> None:
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, np.zeros(int(seconds * 1000), "float32"), 1000)


def test_whole_videos_that_are_not_said_to_be_are_noticed(tmp_path: Path, imported: Import) -> None:
    sound(tmp_path / "clips/-0Gj8-vB1q4.wav", 60)
    file = write_csv(tmp_path / "m.csv", [CLIP])
    root = str(tmp_path / "clips")
    assert "--whole-videos cuts the clips out" in imported("musiccaps", file, audio_root=root).report.remarks[-1]
    assert imported("musiccaps", file, audio_root=root, choice=Choice(whole_videos=True)).report.remarks == ()
    sound(tmp_path / "clips/-0Gj8-vB1q4.wav", 10)
    assert imported("musiccaps", file, audio_root=root).report.remarks == ()
    said = imported("musiccaps", file, audio_root=root, choice=Choice(whole_videos=True)).report.remarks
    assert said == (
        "1 of 1 files end before their clip begins: they may be the clips already; leave out --whole-videos.",
    )


def test_where_nothing_is_found_names_are_shown(tmp_path: Path, imported: Import) -> None:
    root = touch(tmp_path / "clips", "one.wav", "two.txt")
    done = imported("musiccaps", write_csv(tmp_path / "m.csv", [CLIP]), audio_root=str(root))
    assert done.report.contents.without_audio == 1
    assert done.report.remarks[-1] == (
        f"No audio was found under {root}. Looked for -0Gj8-vB1q4_30_40.*, -0Gj8-vB1q4-30-40.*, "
        "[-0Gj8-vB1q4]-[30-40].*, -0Gj8-vB1q4_30000_40000.*, ...; there is one.wav. See --audio-pattern."
    )


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("{yt}.wav", "--audio-pattern: unknown field 'yt'. Did you mean 'ytid'?"),
        ("{ytid.__class__}", "--audio-pattern: unknown field 'ytid.__class__'"),
        ("{}.wav", "--audio-pattern: unknown field ''"),
        ("{ytid!r}.wav", "--audio-pattern: must name 'ytid' without a format (given: '{ytid!r}.wav')"),
        ("{start:03d}.wav", "--audio-pattern: must name 'start' without a format (given: '{start:03d}.wav')"),
        ("{ytid.wav", "--audio-pattern: is no pattern: expected '}' before end of string"),
        ("all.wav", "--audio-pattern: must name at least one field, or all tracks would have the same audio"),
    ],
)
def test_a_pattern_that_is_none_is_told(tmp_path: Path, imported: Import, pattern: str, fault: str) -> None:
    file = write_csv(tmp_path / "m.csv", [CLIP])
    (told,) = faults_of(lambda: imported("musiccaps", file, choice=Choice(patterns=(pattern,))))
    assert told.startswith(fault)


def test_faults_of_choices_come_with_those_of_rows(tmp_path: Path, imported: Import) -> None:
    file = write_csv(tmp_path / "m.csv", [CLIP | {"end_s": 3}])
    choice = Choice(subset="balance", patterns=("{x}",))
    told = faults_of(lambda: imported("musiccaps", file, choice=choice, audio_root="/no/such", valid_share=1.0))
    assert [fault.partition(":")[0] for fault in told] == [
        "--valid-share",
        "--subset",
        "--audio-pattern",
        "--audio-root",
        "m.csv line 2 end_s",
    ]
    assert told[1] == "--subset: unknown subset 'balance'. Did you mean 'balanced'?"


def test_where_nobody_looked_the_report_says_so(tmp_path: Path, imported: Import) -> None:
    file = write_csv(tmp_path / "m.csv", [CLIP])
    assert imported("musiccaps", file).report.remarks == (
        "Audio was not looked for: name its folder with --audio-root, and its files with --audio-pattern.",
    )
    assert imported("musiccaps", file, choice=Choice(patterns=("{ytid}.wav",))).report.remarks == (
        "Audio paths are written as names say and were not looked for: name a folder with --audio-root.",
    )
