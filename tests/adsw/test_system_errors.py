"""Errors of the system on files: one clear error that names the place, and no half-written file."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest

from adsw.errors import Faults, StoppedError
from adsw.files import check_file, check_writable, new_folder, publish_json, publish_text, publishing
from adsw.system_errors import FIXES, SAFE, going_on, naming, stopped_by


@pytest.mark.parametrize("number", FIXES)
def test_each_says_what_to_do(number: int) -> None:
    stopped = stopped_by(OSError(number, "", "runs/one/sweep.json"), SAFE, "Go on with: sweep resume one")
    assert stopped is not None
    assert stopped.what.startswith("runs/one/sweep.json cannot be used: ")
    assert stopped.lines == (FIXES[number], SAFE, "Go on with: sweep resume one")


@pytest.mark.parametrize("error", [OSError("no number"), FileNotFoundError(errno.ENOENT, "", "x"), ConnectionError(1)])
def test_others_stay_what_they_are(error: OSError) -> None:
    assert stopped_by(error) is None
    with pytest.raises(type(error)), going_on():
        raise error


def test_rays_copy_of_an_error_is_told_by_the_original() -> None:
    class CopyError(OSError):
        cause = OSError(errno.ENOSPC, "", "shard")

    with pytest.raises(StoppedError, match="shard cannot be used: No space left"), going_on():
        raise CopyError


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_names_the_file_and_keeps_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "sweep.json"
    publish_json(target, {"old": 1})
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left") as caught:
        publish_text(target, "new")
    assert caught.value.filename == str(target)
    assert [path.name for path in tmp_path.iterdir()] == ["sweep.json"]
    assert "old" in target.read_text()


def test_a_temporary_name_is_shown_to_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError) as caught:
        publish_text(tmp_path / "file" / "a.json", "")
    assert ".part" not in str(caught.value.filename)
    with pytest.raises(FileNotFoundError) as other, publishing(tmp_path / "b") as temporary:
        temporary.read_bytes()
    assert other.value.filename == str(tmp_path / "b")
    with pytest.raises(FileExistsError), new_folder(tmp_path / "file" / "folder"):
        pass


def test_numpys_error_without_a_number_is_the_disks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def short(*_: object, **__: object) -> None:
        raise OSError("8 requested and 3 written")

    monkeypatch.setattr(np, "save", short)
    with pytest.raises(OSError, match="3 written") as caught, publishing(tmp_path / "a.npy") as temporary:
        np.save(temporary, np.zeros(8))
    assert (caught.value.errno, caught.value.filename) == (errno.EIO, str(tmp_path / "a.npy"))


def test_a_lost_connection_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError) as caught, naming(str(tmp_path)):
        raise ConnectionResetError(errno.ECONNRESET, "reset")
    assert caught.value.filename is None


def found(place: Path, check: object = check_writable) -> list[str]:
    faults = Faults("")
    check("--out", place, faults)  # type: ignore[operator]
    return [fault.rule for fault in faults.found]


def test_a_place_is_tried_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    assert found(tmp_path / "new" / "er") == []
    assert found(tmp_path / "file") == []
    assert found(tmp_path / "file" / "below") == ["cannot be written: Not a directory"]
    assert found(tmp_path / ("x" * 250)) == ["cannot be written: File name too long"]
    assert found(Path("/proc/new")) != []
    assert found(tmp_path, check_file) == ["must be a file, is a folder"]
    assert [path.name for path in tmp_path.iterdir()] == ["file"], "nothing is left behind"
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: full())
    assert found(tmp_path) == ["cannot be written: No space left on device"]
