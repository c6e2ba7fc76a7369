"""Every importer reads the spellings of one tag, caption or group as one."""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from adsw.corpus.importers.base import DescribedTrack, without_leaks

from .conftest import CAPTION, CLIP, TEXT, Import, faults_of, write_csv, write_tsv

NFD = unicodedata.normalize("NFD", "café")


def test_aspects_of_musiccaps(tmp_path: Path, imported: Import) -> None:
    lists = [f"['Jazz', 'jazz', '{NFD}  music']", "['jazz', 'café\u00a0music']"]
    rows = [CLIP | {"ytid": f"clip{number}", "aspect_list": aspects} for number, aspects in enumerate(lists)]
    done = imported("musiccaps", write_csv(tmp_path / "m.csv", rows))
    assert [track.tags for track in done.tracks] == [{"other": ("jazz", "café music")}] * 2
    assert done.report.contents.distinct_tags == 2
    assert any("2 tags with other spellings" in remark for remark in done.report.remarks)


def test_tags_of_mtg_jamendo(tmp_path: Path, imported: Import) -> None:
    lines = [
        "track_1\tartist_1\talbum_1\t1/1.mp3\t10\tgenre---Rock\tGenre---rock\tmood/theme---rock",
        "track_2\tartist_1\talbum_1\t1/2.mp3\t10\tgenre---rock\tmood/theme---ROCK",
    ]
    done = imported("mtg-jamendo", write_tsv(tmp_path / "x-train.tsv", *lines))
    assert [track.tags for track in done.tracks] == [{"genre": ("rock",), "mood/theme": ("rock",)}] * 2
    contents = done.report.contents
    # Once in each category, and once in all.
    assert ({name: count.distinct for name, count in contents.tags.items()}, contents.distinct_tags) == (
        {"genre": 1, "mood/theme": 1}, 1,
    )  # fmt: skip


def test_captions_of_song_describer(tmp_path: Path, imported: Import) -> None:
    rows = [CAPTION | {"caption": text} for text in ("A café  tune", f"A {NFD} tune", "A\u00a0café tune")]
    done = imported("song-describer", write_csv(tmp_path / "s.csv", rows))
    assert [track.captions for track in done.tracks] == [("A café tune",)]
    assert done.report.repeated_rows == 2
    assert any(remark.startswith("3 captions: ") for remark in done.report.remarks)


def test_texts_of_yt8m(tmp_path: Path, imported: Import) -> None:
    rows = [TEXT | {"video_id": "a", "text": "A café tune"}, TEXT | {"video_id": "b", "text": f"A {NFD}  tune"}]
    done = imported("yt8m-mtc", write_csv(tmp_path / "train.csv", rows))
    assert done.report.contents.shared_texts.texts == 1


def test_ids_that_differ_in_spelling_only_are_told(tmp_path: Path, imported: Import) -> None:
    rows = [TEXT | {"video_id": "café"}, TEXT | {"video_id": NFD}]
    (fault,) = faults_of(lambda: imported("yt8m-mtc", write_csv(tmp_path / "train.csv", rows)))
    assert "line 3: names a track 'cafe\\u0301_30_40', which train.csv line 2 writes 'caf\\xe9_30_40'" in fault


@pytest.mark.parametrize("other", ["The Band", "the\u00a0band"])
def test_a_group_does_not_leak_under_another_spelling(other: str) -> None:
    def entry(track_id: str, group: str, split: str) -> DescribedTrack:
        return DescribedTrack("here", track_id, {}, (), split, group, (), None)

    left_out: Counter[str] = Counter()
    kept = without_leaks([entry("a", "the band", "train"), entry("b", other, "test")], left_out)
    assert [one.track_id for one in kept] == ["b"]
    assert left_out == {"train tracks of a group that is also in test": 1}
