"""How the command lines end: 2 for wrong input, 1 for what stopped them midway; tracebacks are for bugs."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from adsw.cli.app import app as adsw_app
from adsw.cli.run import run_app
from adsw.errors import InputError, StoppedError


def ended(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    app = typer.Typer()

    @app.command()
    def fail() -> None:
        raise error

    monkeypatch.setattr(sys, "argv", ["fail"])
    with pytest.raises(SystemExit) as end:
        run_app(app, "fail")
    return int(end.value.code or 0)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "", "/store/a.parquet"), "/store/a.parquet cannot be used: No space left on device."),
        (OSError(errno.EROFS, "", "/store"), "/store cannot be used: Read-only file system."),
        (OSError(errno.ESTALE, ""), "a file or standard output cannot be used: Stale file handle."),
        (StoppedError("Ray did not start", "Start it again."), "Ray did not start.\n  Start it again."),
    ],
)
def test_what_stops_a_command_is_told_without_a_traceback(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", sys.stdout)  # it is replaced
    assert ended(error, monkeypatch) == 1
    shown = capsys.readouterr().err
    assert said in shown
    assert "Traceback" not in shown


def test_errors_of_the_program_keep_their_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(FileNotFoundError(errno.ENOENT, "", "x"), monkeypatch) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(("out", "said"), [("pipe", "Standard output was closed"), ("/dev/full", "No space left")])
def test_standard_output_that_takes_nothing(out: str, said: str) -> None:
    if out == "pipe":
        read, write = os.pipe()
        os.close(read)
    else:
        write = os.open(out, os.O_WRONLY)
    command = [sys.executable, "-c", "from sweep.cli import main; main()", "schema"]
    try:
        done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(write)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


MANIFEST = 'track_id,audio,tags,split\na,none.wav,"{""genre"": [""rock""]}",train\n'


@pytest.mark.parametrize(
    ("app", "words"),
    [
        (adsw_app, ["prepare", "m.csv", "--store", "file/store"]),
        (adsw_app, ["quickstart", "--store", "file/store", "--executor", "local"]),
        (adsw_app, ["import", "musiccaps", "m.csv", "--out", "file/m.csv"]),
        (adsw_app, ["train", "--store", "none", "--out", "file/one"]),
        (adsw_app, ["schedule", "{kind: linear, start: 0, end: 1, epochs: 2}", "--html", "file/page.html"]),
        (adsw_app, ["search", "none", "words", "--html", "file/page.html"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_place_that_cannot_be_written_is_wrong_input(
    app: Callable[..., object], words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.csv").write_text(MANIFEST)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written: Not a directory"):
        app(words, standalone_mode=False)
    assert {path.name for path in tmp_path.iterdir()} == {"m.csv", "file"}


def test_a_folder_of_runs_that_cannot_be_written_is_wrong_input(tmp_path: Path) -> None:
    from sweep.run.folder import RunFolder, require_writable

    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="--runs: cannot be written"):
        require_writable(tmp_path / "file" / "runs")
    folder = RunFolder.create(tmp_path, "one", {})
    with folder.driving():
        assert folder.is_driven()
