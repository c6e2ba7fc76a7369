"""A folder appears whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from adsw.errors import Faults
from adsw.files import check_new, new_folder


def test_it_appears_whole(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("new", "empty", "deep/er"):
        with new_folder(tmp_path / name) as folder:
            (folder / "file").write_text("a")
            assert not (tmp_path / name / "file").exists()
        assert (tmp_path / name / "file").read_text() == "a"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "empty", "new"]


def test_on_failure_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), new_folder(tmp_path / "new") as folder:
        (folder / "no" / "such").write_text("a")
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    faults = Faults("")
    for folder in (tmp_path, tmp_path / "file", Path(), tmp_path / "new"):
        check_new("--out", folder, faults)
    assert [fault.rule for fault in faults.found] == [
        "must be a new or an empty folder",
        "must be a new or an empty folder",
        "must be another folder than the one you are in",
    ]
