"""MusicCaps: clips, aspects by category, AudioSet's evaluation set as test, names of downloaded files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adsw.corpus.importers.base import Choice
from adsw.corpus.track import Track
from tests.adsw.corpus.importers.conftest import CLIP, Import, faults_of, touch, write_csv

OTHER_CLIP = CLIP | {"ytid": "0vPFx-wRRI_", "is_audioset_eval": False, "caption": "Two lines,\nof text.", "start_s": 0}


def test_a_row_becomes_a_track(tmp_path: Path, imported: Import) -> None:
    categories = {"sad": "mood", "piano": "instrument"}
    file = write_csv(tmp_path / "musiccaps-public.csv", [CLIP, OTHER_CLIP])
    done = imported("musiccaps", file, choice=Choice(category_of=lambda tag: categories.get(tag, "other")))
    assert done.tracks[0] == Track(
        track_id="-0Gj8-vB1q4",
        audio=None,
        start_s=None,
        duration_s=None,
        tags={"other": ("low quality",), "mood": ("sad",), "instrument": ("piano",)},
        captions=("A sad ballad.",),
        split="test",
        group="-0Gj8-vB1q4",
        dataset="musiccaps",
    )
    assert (done.tracks[1].split, done.tracks[1].captions) == ("train", ("Two lines, of text.",))
    assert done.report.hours == round(50 / 3600, 2)


def test_without_a_vocabulary_tags_have_no_category(tmp_path: Path, imported: Import) -> None:
    done = imported("musiccaps", write_csv(tmp_path / "m.csv", [CLIP | {"aspect_list": "['sad', 'sad', \"it's\"]"}]))
    assert done.tracks[0].tags == {"other": ("sad", "it's")}


@pytest.mark.parametrize(
    ("subset", "kept", "why"),
    [
        ("all", ["a", "b", "c"], {}),
        ("eval", ["b", "c"], {"not in the subset 'eval'": 1}),
        ("balanced", ["c"], {"not in the subset 'balanced'": 2}),
    ],
)
def test_a_subset_can_be_chosen(
    tmp_path: Path, imported: Import, subset: str, kept: list[str], why: dict[str, int]
) -> None:
    rows = [
        CLIP | {"ytid": name, "is_audioset_eval": evaluation, "is_balanced_subset": balanced}
        for name, evaluation, balanced in (("a", False, False), ("b", True, False), ("c", True, "true"))
    ]
    done = imported("musiccaps", write_csv(tmp_path / "m.csv", rows), choice=Choice(subset=subset))
    assert [track.track_id for track in done.tracks] == kept
    assert done.report.left_out == why


@pytest.mark.parametrize(
    "name",
    [
        "-0Gj8-vB1q4.wav",
        "[-0Gj8-vB1q4]-[30-40].wav",
        "-0Gj8-vB1q4_30_40.mp3",
        "-0Gj8-vB1q4_30.flac",
        "Y-0Gj8-vB1q4.OGG",
        "audio/-0Gj8-vB1q4_30000_40000.m4a",
    ],
)
def test_files_are_found_under_the_usual_downloaders_names(tmp_path: Path, imported: Import, name: str) -> None:
    root = touch(tmp_path / "clips", name, "something else.wav")
    file = write_csv(tmp_path / "m.csv", [CLIP, OTHER_CLIP])
    done = imported("musiccaps", file, audio_root=str(root))
    assert [track.audio for track in done.tracks] == [str(root / name), None]
    assert (done.report.contents.with_audio, done.report.contents.without_audio) == (1, 1)
    assert (done.tracks[0].start_s, done.tracks[0].duration_s) == (None, None)


def test_of_several_names_the_one_that_tells_clips_apart_is_taken(tmp_path: Path, imported: Import) -> None:
    root = touch(tmp_path / "clips", "-0Gj8-vB1q4.wav", "-0Gj8-vB1q4_30_40.mp3", "-0Gj8-vB1q4_30_40.wav")
    done = imported("musiccaps", write_csv(tmp_path / "m.csv", [CLIP]), audio_root=str(root))
    assert done.tracks[0].audio == str(root / "-0Gj8-vB1q4_30_40.wav")


def test_a_clip_is_cut_out_of_a_whole_video(tmp_path: Path, imported: Import) -> None:
    root = touch(tmp_path / "videos", "-0Gj8-vB1q4.m4a")
    file = write_csv(tmp_path / "m.csv", [CLIP | {"end_s": "40.5"}])
    done = imported("musiccaps", file, audio_root=str(root), choice=Choice(whole_videos=True))
    assert (done.tracks[0].start_s, done.tracks[0].duration_s) == (30.0, 10.5)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"ytid": " "}, "m.csv line 2 ytid: is required and must not be empty"),
        ({"start_s": ""}, "m.csv line 2 start_s: is required and must not be empty"),
        ({"start_s": "soon"}, "m.csv line 2 start_s: must be a number of seconds (given: 'soon')"),
        ({"start_s": -1}, "m.csv line 2 start_s: must be at least 0 (given: '-1')"),
        ({"end_s": 30}, "m.csv line 2 end_s: must be after start_s, which is 30 (given: 30.0)"),
        ({"is_audioset_eval": "maybe"}, "m.csv line 2 is_audioset_eval: must be True or False (given: 'maybe')"),
        (
            {"aspect_list": "__import__('os').getcwd()"},
            "m.csv line 2 aspect_list: must be a list such as ['sad', 'piano'] (given: \"__import__('os').getcwd()\"). "
            "Mend it, or write [].",
        ),
        ({"aspect_list": "['sad', 3]"}, "m.csv line 2 aspect_list: must hold text only, none of it empty (given: 3)"),
        ({"aspect_list": "['']"}, "m.csv line 2 aspect_list: must hold text only, none of it empty (given: '')"),
        (
            {"aspect_list": r"['\ud800']"},
            "m.csv line 2 aspect_list: has half a surrogate pair at character 1, which is no text "
            "(given: '\\ud800'). Write the whole character, or leave it out.",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_row_is_told(tmp_path: Path, imported: Import, change: dict[str, Any], fault: str) -> None:
    file = write_csv(tmp_path / "m.csv", [CLIP | change])
    assert faults_of(lambda: imported("musiccaps", file)) == [fault]


@pytest.mark.parametrize("written", ["(" * 500, "[" * 3000 + "]" * 3000, "{'a': 1}", "1"])
def test_what_is_no_list_does_not_break_the_import(tmp_path: Path, imported: Import, written: str) -> None:
    file = write_csv(tmp_path / "m.csv", [CLIP | {"aspect_list": written}])
    assert "must be a list" in faults_of(lambda: imported("musiccaps", file))[0]


def test_a_clip_may_be_without_tags_or_caption(tmp_path: Path, imported: Import) -> None:
    done = imported("musiccaps", write_csv(tmp_path / "m.csv", [CLIP | {"aspect_list": "", "caption": " "}]))
    assert (done.tracks[0].tags, done.tracks[0].captions) == ({}, ())
    assert any("neither tags nor captions" in remark for remark in done.report.remarks)


def test_a_second_caption_column_is_told(tmp_path: Path, imported: Import) -> None:
    file = tmp_path / "m.csv"
    cells = [str(value) if name != "aspect_list" else '"' + value + '"' for name, value in CLIP.items()]
    file.write_text(
        ",".join([*CLIP, "caption"]) + "\n" + ",".join([*cells, "Another."]).replace("/m/0140xf,/m/04rlf", "x")
    )
    assert faults_of(lambda: imported("musiccaps", file)) == [
        "m.csv line 1: column 'caption': stands twice: columns 6 and 10. Keep one."
    ]


def test_texts_without_a_comma_are_told_and_quotes_within_texts_are_not(tmp_path: Path, imported: Import) -> None:
    rows = [CLIP | {"aspect_list": """["it's 'a'", 'b', '"c" "d"']"""}]
    assert imported("musiccaps", write_csv(tmp_path / "m.csv", rows)).tracks[0].tags == {
        "other": ("it's 'a'", "b", '"c" "d"')
    }
    rows = [CLIP | {"aspect_list": "['a' 'b']"}]
    assert faults_of(lambda: imported("musiccaps", write_csv(tmp_path / "m.csv", rows))) == [
        "m.csv line 2 aspect_list: has two texts with no comma between them (given: \"['a' 'b']\"). "
        "Write a comma, or join them."
    ]
