"""Roots and what lies below them."""

from __future__ import annotations

from pathlib import Path

import pytest

from adsw.corpus.manifest import read_manifest
from adsw.corpus.table_files import is_address, joined


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
