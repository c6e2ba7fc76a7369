"""A beginner's manifest is read, or told once what it lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from adsw.corpus.manifest import read_manifest
from adsw.errors import InputError


def read(tmp_path: Path, content: str) -> tuple[list[tuple[dict[str, tuple[str, ...]], tuple[str, ...]]], list[str]]:
    file = tmp_path / "tracks.csv"
    file.write_text(content)
    remarks: list[str] = []
    return [(track.tags, track.captions) for track in read_manifest(file, remarks=remarks)], remarks


def faults(tmp_path: Path, content: str) -> list[str]:
    with pytest.raises(InputError) as error:
        read(tmp_path, content)
    return [str(fault) for fault in error.value.faults]


def test_plain_words_and_a_plain_sentence(tmp_path: Path) -> None:
    tracks, remarks = read(tmp_path, 'track_id,tags,captions\na,"waltz, genre:piano",A waltz: slow.\nb,calm,\n')
    assert tracks == [({"other": ("waltz",), "genre": ("piano",)}, ("A waltz: slow.",)), ({"other": ("calm",)}, ())]
    assert remarks == []


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_separators_and_columns_that_are_not_read(mark: str, name: str, tmp_path: Path) -> None:
    content = "track_id,tags,comment\na,waltz,nice\n".replace(",", mark)
    tracks, remarks = read(tmp_path, content)
    assert tracks == [({"other": ("waltz",)}, ())]
    assert remarks == [f"its columns are separated by {name}.", "columns that are not read: comment."]


def test_wrong_names_are_told_once(tmp_path: Path) -> None:
    rows = "".join(f"{number},a.wav,waltz,A waltz.\n" for number in range(100))
    assert faults(tmp_path, "id,file,genre,caption\n" + rows) == [
        "header: absent column 'track_id'. Did you mean 'id'?",
        "column 'file': is not read. Did you mean 'audio'?",
        "column 'genre': is not read. Did you mean 'tags'?",
        "column 'caption': is not read. Did you mean 'captions'?",
    ]


def test_equal_faults_are_counted(tmp_path: Path) -> None:
    rows = "".join(f"t{number},-{number + 1}\n" for number in range(5000))
    told = faults(tmp_path, "track_id,start_s\n" + rows)
    assert len(told) == 4
    assert told[0].startswith("row 1 start_s: must be at least 0")
    assert told[-1] == "4,997 more rows start_s: have the same fault"
