"""Song Describer: captions of a track together, the valid subset by caption, the two minutes that were heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from adsw.corpus.importers.base import Choice
from adsw.corpus.track import Track
from tests.adsw.corpus.importers.conftest import CAPTION, Import, faults_of, touch, write_csv

ROWS = [
    CAPTION,
    CAPTION | {"caption": "Another.", "is_valid_subset": ""},
    CAPTION | {"caption": "A third, wrong.", "is_valid_subset": False},
    CAPTION | {"track_id": "7", "artist_id": "", "path": "07/7.mp3", "duration": 60, "is_valid_subset": False},
]


def test_captions_of_a_track_come_together(tmp_path: Path, imported: Import) -> None:
    done = imported("song-describer", write_csv(tmp_path / "song_describer.csv", ROWS))
    first, second = done.tracks
    assert first == Track(
        track_id="1004034",
        audio=str(tmp_path / "manifests/34/1004034.2min.mp3"),
        start_s=None,
        duration_s=None,
        tags={},
        captions=("Electronic music with a constant melody", "Another.", "A third, wrong."),
        split="test",
        group="artist_368880",
        dataset="song-describer",
    )
    assert (second.group, second.split) == ("7", "test")
    assert (done.report.rows, done.report.contents.captions, done.report.hours) == (4, 4, 0.05)
    assert (done.report.contents.shared_texts.texts, done.report.contents.shared_texts.tracks) == (1, 2)


def test_the_valid_subset_is_of_captions(tmp_path: Path, imported: Import) -> None:
    file = write_csv(tmp_path / "s.csv", ROWS)
    done = imported("song-describer", file, choice=Choice(subset="valid"))
    assert [track.captions for track in done.tracks] == [("Electronic music with a constant melody",)]
    assert done.report.left_out == {"not in the subset 'valid'": 3}


def test_artists_are_named_as_in_mtg_jamendo(tmp_path: Path, imported: Import) -> None:
    done = imported("song-describer", write_csv(tmp_path / "s.csv", [CAPTION | {"artist_id": 104}]))
    assert done.tracks[0].group == "artist_000104"
    without = {name: cell for name, cell in CAPTION.items() if name != "artist_id"}
    assert imported("song-describer", write_csv(tmp_path / "s.csv", [without])).tracks[0].group == "1004034"


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("34/1004034.2min.mp3", None),
        ("data/34/1004034.2min.mp3", None),
        ("data/audio/34/1004034.2min.wav", None),
        ("34/1004034.mp3", 120.0),
        ("34/1004034.low.mp3", 120.0),
    ],
)
def test_of_a_full_track_what_was_heard_is_used(
    tmp_path: Path, imported: Import, name: str, heard: float | None
) -> None:
    root = touch(tmp_path / "root", name)
    done = imported("song-describer", write_csv(tmp_path / "s.csv", [CAPTION]), audio_root=str(root))
    assert (done.tracks[0].audio, done.tracks[0].duration_s) == (str(root / name), heard)


def test_a_row_without_a_caption_is_left_out(tmp_path: Path, imported: Import) -> None:
    done = imported("song-describer", write_csv(tmp_path / "s.csv", [*ROWS, CAPTION | {"caption": " \n"}]))
    assert done.report.left_out == {"without a caption": 1}
    file = write_csv(tmp_path / "s.csv", [CAPTION | {"caption": ""}])
    assert faults_of(lambda: imported("song-describer", file)) == [
        f"{file}: none of 1 rows can be used: 1 without a caption"
    ]


def test_an_artist_column_in_another_case_is_no_row_without_an_artist(tmp_path: Path, imported: Import) -> None:
    row = {name.upper() if name == "artist_id" else name: value for name, value in CAPTION.items()}
    assert faults_of(lambda: imported("song-describer", write_csv(tmp_path / "sd.csv", [row]))) == [
        "sd.csv line 1: column 'ARTIST_ID': is written in another case than it is known by. Write 'artist_id'."
    ]
