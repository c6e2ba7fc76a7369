"""MTG-Jamendo: rows of any width, categories, artists as groups, splits by file, audio in several forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from adsw.corpus.importers.base import Choice
from adsw.corpus.track import Track
from tests.adsw.corpus.importers.conftest import TRACK, Import, faults_of, touch, write_tsv


def line(track: str, artist: str, *tags: str, path: str = "01/1.mp3") -> str:
    return "\t".join([track, artist, "album_1", path, "10.5", *tags])


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_a_row_becomes_a_track(tmp_path: Path, imported: Import, ending: str) -> None:
    file = write_tsv(tmp_path / "autotagging-validation.tsv", TRACK, "", TRACK.replace("773", "774"), ending=ending)
    done = imported("mtg-jamendo", file)
    assert done.tracks[0] == Track(
        track_id="track_0000773",
        audio=str(tmp_path / "manifests/73/773.mp3"),
        start_s=None,
        duration_s=275.3,
        tags={"genre": ("electronic",), "mood/theme": ("calm",)},
        captions=(),
        split="valid",
        group="artist_000104",
        dataset="mtg-jamendo",
    )
    assert (done.report.rows, done.report.contents.groups) == (2, 1)


def test_a_row_has_as_many_tags_as_it_has(tmp_path: Path, imported: Import) -> None:
    file = write_tsv(
        tmp_path / "autotagging-train.tsv",
        line("a", "x", "genre---rock", "genre---pop", "instrument---guitar", "genre---rock", "", ""),
        line("b", "y", "mood/theme---a---b"),
        line("c", "z"),
    )
    tags = [track.tags for track in imported("mtg-jamendo", file).tracks]
    assert tags == [{"genre": ("rock", "pop"), "instrument": ("guitar",)}, {"mood/theme": ("a---b",)}, {}]


def test_quotes_are_letters_in_a_tsv(tmp_path: Path, imported: Import) -> None:
    done = imported("mtg-jamendo", write_tsv(tmp_path / "x-test.tsv", line("a", "x", 'genre---"odd', "genre---b")))
    assert done.tracks[0].tags == {"genre": ('"odd', "b")}


def test_files_of_a_split_come_together(tmp_path: Path, imported: Import) -> None:
    files = [
        write_tsv(tmp_path / "autotagging-train.tsv", line("a", "x", "genre---rock")),
        write_tsv(tmp_path / "autotagging_moodtheme-train.tsv", line("a", "x", "mood/theme---calm")),
        write_tsv(tmp_path / "autotagging_genre-train.tsv", line("a", "x", "genre---rock")),
        write_tsv(tmp_path / "autotagging-test.tsv", line("b", "y", "genre---pop")),
    ]
    done = imported("mtg-jamendo", *files)
    assert done.tracks[0].tags == {"genre": ("rock",), "mood/theme": ("calm",)}
    assert [track.split for track in done.tracks] == ["train", "test"]
    assert (done.report.rows, done.report.repeated_rows) == (4, 1)
    assert done.report.files == tuple(map(str, files))


def test_a_track_in_two_splits_is_told(tmp_path: Path, imported: Import) -> None:
    files = [write_tsv(tmp_path / f"a-{split}.tsv", line("a", "x", "genre---rock")) for split in ("train", "test")]
    assert faults_of(lambda: imported("mtg-jamendo", *files)) == [
        "a-test.tsv line 2: says another split of track 'a' than a-train.tsv line 2. Give files that belong together."
    ]


def test_an_artist_stays_in_the_last_split(tmp_path: Path, imported: Import) -> None:
    train = write_tsv(tmp_path / "a-train.tsv", line("a", "x", "g---1"), line("b", "y", "g---1"))
    test = write_tsv(tmp_path / "a-test.tsv", line("c", "x", "g---2"))
    valid = write_tsv(tmp_path / "a-validation.tsv", line("d", "x", "g---2"))
    done = imported("mtg-jamendo", train, test, valid)
    assert [(track.track_id, track.split) for track in done.tracks] == [("b", "train"), ("c", "test")]
    assert done.report.left_out == {
        "train tracks of a group that is also in test": 1,
        "valid tracks of a group that is also in test": 1,
    }


def test_without_a_split_in_the_name_artists_are_hashed(tmp_path: Path, imported: Import) -> None:
    lines = [line(f"t{number}", f"artist_{number // 3}", "genre---rock") for number in range(300)]
    done = imported("mtg-jamendo", write_tsv(tmp_path / "autotagging.tsv", *lines))
    assert set(done.report.contents.splits) == {"train", "valid", "test"}
    assert sum(split.groups for split in done.report.contents.splits.values()) == 100
    assert any("say no split of 300 tracks: drawn from a hash of the artist" in said for said in done.report.remarks)


@pytest.mark.parametrize("name", ["73/773.mp3", "73/773.low.mp3", "73/773.flac", "73/773.low.opus", "audio/73/773.mp3"])
def test_audio_is_found_in_several_forms(tmp_path: Path, imported: Import, name: str) -> None:
    root = touch(tmp_path / "root", name)
    done = imported("mtg-jamendo", write_tsv(tmp_path / "a-train.tsv", TRACK), audio_root=str(root))
    assert done.tracks[0].audio == str(root / name)


def test_a_pattern_finds_audio_elsewhere(tmp_path: Path, imported: Import) -> None:
    root = touch(tmp_path / "root", "mel/773.npy")
    choice = Choice(patterns=("{id}.npy", "mel/{id}.npy"))
    done = imported("mtg-jamendo", write_tsv(tmp_path / "a-train.tsv", TRACK), audio_root=str(root), choice=choice)
    assert done.tracks[0].audio == str(root / "mel/773.npy")


@pytest.mark.parametrize(
    ("row", "faults"),
    [
        ("a\tb\tc", ["a-train.tsv line 2: has 3 cells, must have at least 5 as the header (given: 'a')"]),
        (
            "\t\tc\t\t\tgenre---x",
            [
                "a-train.tsv line 2 PATH: is required and must not be empty",
                "a-train.tsv line 2 DURATION: is required and must not be empty",
                "a-train.tsv line 2 TRACK_ID: is required and must not be empty",
                "a-train.tsv line 2 ARTIST_ID: is required and must not be empty",
            ],
        ),
        ("a\tb\tc\t1.mp3\tlong\tg---x", ["a-train.tsv line 2 DURATION: must be a number of seconds (given: 'long')"]),
        (line("a", "b", "rock"), ["a-train.tsv line 2 TAGS: must be category---tag (given: 'rock')"]),
        (line("a", "b", "genre--- "), ["a-train.tsv line 2 TAGS: must be category---tag (given: 'genre---')"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_row_is_told(tmp_path: Path, imported: Import, row: str, faults: list[str]) -> None:
    file = write_tsv(tmp_path / "a-train.tsv", row)
    assert faults_of(lambda: imported("mtg-jamendo", file)) == faults
