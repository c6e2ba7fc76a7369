"""Small made-up files in the shapes of the public sets, and an import that is checked the same way each time."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from adsw.corpus.importers.run import SETS, Imported, import_set
from adsw.corpus.manifest import read_manifest, write_manifest
from adsw.errors import InputError

CLIP: dict[str, Any] = {
    "ytid": "-0Gj8-vB1q4",
    "start_s": 30,
    "end_s": 40,
    "audioset_positive_labels": "/m/0140xf,/m/04rlf",
    "aspect_list": "['low quality', 'sad', 'piano']",
    "caption": "A sad ballad.",
    "author_id": 4,
    "is_balanced_subset": False,
    "is_audioset_eval": True,
}
CAPTION: dict[str, Any] = {
    "caption_id": 859,
    "track_id": "1004034",
    "caption": "Electronic music with a constant melody",
    "is_valid_subset": True,
    "familiarity": 0,
    "artist_id": 368880,
    "album_id": 118196,
    "path": "34/1004034.mp3",
    "duration": 202.5,
}
TEXT: dict[str, Any] = {"video_id": "abcDEF_-123", "start": 30, "end": 40, "text": "A quiet guitar."}
HEADER = "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS"
TRACK = "track_0000773\tartist_000104\talbum_000126\t73/773.mp3\t275.3\tgenre---electronic\tmood/theme---calm"

Import = Callable[..., Imported]


def write_csv(path: Path, rows: Sequence[dict[str, Any]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_tsv(path: Path, *lines: str, ending: str = "\r\n") -> Path:
    path.write_bytes("".join(line + ending for line in (HEADER, *lines)).encode())
    return path


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"sound")
    return root


def faults_of(act: Callable[[], object]) -> list[str]:
    with pytest.raises(InputError) as caught:
        act()
    return [str(fault) for fault in caught.value.faults]


@pytest.fixture
def imported(tmp_path: Path) -> Import:
    """Imports a set, and checks that the manifest written of it reads back equal."""

    def do(name: str, *files: Path, **settings: Any) -> Imported:
        out = tmp_path / "manifests" / "m.parquet"
        done = import_set(SETS[name], files, out, **settings)
        write_manifest(done.tracks, out)
        assert read_manifest(out) == done.tracks
        assert done.report.contents.tracks == len(done.tracks)
        return done

    return do
