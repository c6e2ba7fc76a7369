"""How `sweep run` and `resume` end before their time, and what they check before any work."""

from __future__ import annotations

import errno
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adsw.errors import Interrupted, StoppedError
from adsw.store.store import Store
from sweep import runner
from sweep.api.ending import KEPT, told
from sweep.cli import main
from sweep.cli.status import describe
from sweep.live.watch import Watcher
from sweep.report.caveats import stopped_by
from sweep.report.data import read_run
from sweep.run.folder import RunFolder
from sweep.run.records import SweepStatus
from sweep.run.store_places import places_of
from sweep.space.load import parse_space
from tests.sweep.in_process import begun

SPACE: dict[str, Any] = {
    "objective": {"metric": "valid/t2m/mAP@10"},
    "trials": 2,
    "budget": {"hours": 2},
    "recipe": {"epochs": 1, "data.batch_size": 8, "head": {"width": 8, "out": 8}},
    "space": {"optim.lr": {"loguniform": [1e-4, 1e-2]}},
}


@pytest.fixture
def sweep(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs the command line; gives exit status and standard error."""
    monkeypatch.setenv("COLUMNS", "300")

    def run(*words: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["sweep", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0), capsys.readouterr().err

    return run


@pytest.fixture
def folder(tmp_path: Path, tiny_store: Store) -> RunFolder:
    shutil.copytree(tiny_store.path, tmp_path / "store")
    space = parse_space(SPACE)
    places = places_of(tmp_path / "runs" / "one", {"": tmp_path / "store"}, space)
    return begun(tmp_path / "runs", "one", space, {"": Store.open(tmp_path / "store")}, places=places)


def test_a_full_disk_is_told_from_wherever_it_is_noticed(folder: RunFolder) -> None:
    full = OSError(errno.ENOSPC, "", "state/0003/4.pt")
    in_a_cell = RuntimeError("the training failed")
    in_a_cell.worker_failures = {0: SimpleNamespace(), 1: full}  # type: ignore[attr-defined]
    dead = RuntimeError("every training cell died; see sweep.log")
    dead.__cause__ = in_a_cell
    for error in (full, dead):
        with pytest.raises(StoppedError) as caught, told(folder):
            raise error
        assert caught.value.what == "state/0003/4.pt cannot be used: No space left on device"
        assert caught.value.lines[1:] == (
            KEPT,
            f"Then go on with: sweep resume one --runs {folder.path.parent}",
        )
    folder.move_to(SweepStatus.DONE)
    with pytest.raises(StoppedError, match="sweep report one"), told(folder):
        raise full


def test_what_stops_a_sweep_says_how_to_go_on_and_bugs_keep_their_traceback(folder: RunFolder) -> None:
    with pytest.raises(StoppedError, match=r"(?s)Ray did not start.*sweep resume one --runs"), told(folder):
        raise StoppedError("Ray did not start")
    with pytest.raises(KeyError), told(folder):
        raise KeyError("bug")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), StoppedError("the cluster is lost")])
def test_a_second_ctrl_c_leaves_the_sweep_interrupted(
    folder: RunFolder, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(runner, "_train", fail)
    with pytest.raises(type(error)):
        runner._conduct(folder, parse_space(SPACE), {}, None, None, SimpleNamespace())  # type: ignore[arg-type]
    assert folder.status is SweepStatus.INTERRUPTED


def test_a_status_that_cannot_be_written_hides_nothing(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "", "sweep.json")

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "", "trials.jsonl")

    monkeypatch.setattr(runner, "_train", fail)
    monkeypatch.setattr(folder, "move_to", full)
    with pytest.raises(OSError, match=r"trials\.jsonl"):
        runner._conduct(folder, parse_space(SPACE), {}, None, None, SimpleNamespace())  # type: ignore[arg-type]


def test_an_interruption_says_how_to_go_on(folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Interrupted), told(folder):
        signal.raise_signal(signal.SIGTERM)
    assert "Interrupted after 0 ended trials. Nothing is lost." in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_sweep_that_is_done_needs_no_store_for_its_report(
    folder: RunFolder, sweep: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    folder.move_to(SweepStatus.DONE)
    folder.update_sweep(space={**folder.read_sweep().space, "trials": None, "budget": {"trial_epochs": 1}})
    (tmp_path / "store").rename(tmp_path / "moved")
    status, said = sweep("resume", "one", "--runs", folder.path.parent)
    assert (status, "is done: nothing is left to run" in said) == (0, True)
    assert folder.report.exists()
    folder.report.unlink()
    status, said = sweep("resume", "one", "--runs", folder.path.parent, "--store", tmp_path / "store")
    assert (status, folder.report.exists()) == (2, False), "all checks come before any work"
    status, _ = sweep("resume", "one", "--runs", folder.path.parent, "--store", tmp_path / "moved")
    assert (status, folder.read_sweep().places) == (0, {"": "../../moved"})


def test_a_moved_store_is_refused_before_anything_changes(
    folder: RunFolder, sweep: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    (tmp_path / "store").rename(tmp_path / "moved")
    before = folder.sweep_file.read_bytes()
    status, said = sweep("resume", "one", "--runs", folder.path.parent)
    assert status == 2
    assert f"sweep resume one --runs {folder.path.parent} --store PATH" in said
    assert folder.sweep_file.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b'{"schema_ver', b"\0" * 50])
def test_a_torn_sweep_json_gives_way_to_the_one_before(
    folder: RunFolder, sweep: Callable[..., tuple[int, str]], content: bytes
) -> None:
    runs = ("--runs", folder.path.parent)
    folder.update_sweep(ready_seconds=1e6)
    folder.update_sweep(max_failures=3)
    folder.sweep_file.write_bytes(content)
    status, said = sweep("status", "one", *runs)
    assert (status, f"this mends it: sweep resume one --runs {folder.path.parent}" in said) == (2, True)
    status, said = sweep("resume", "one", *runs)
    assert "Mended: sweep.json was cut off; the one before stands in its place." in said
    assert (status, "budget.hours: is spent" in said) == (2, True), "it goes on as usual"
    assert folder.read_sweep().max_failures == 0
    (folder.path / "sweep.before.json").unlink()
    folder.sweep_file.write_bytes(content)
    assert "Restore it from a copy" in sweep("resume", "one", *runs)[1]


def test_spent_hours_are_told_before_any_work_and_can_be_extended(
    folder: RunFolder, sweep: Callable[..., tuple[int, str]]
) -> None:
    runs = ("--runs", folder.path.parent)
    folder.update_sweep(ready_seconds=7300.0)
    status, said = sweep("resume", "one", *runs)
    assert status == 2
    assert "budget.hours: is spent: 2.03 of 2 hours" in said
    assert f"sweep extend one --runs {folder.path.parent} --hours 1 && sweep resume one" in said
    status, said = sweep("extend", "one", *runs, "--hours", "1.5", "--trials", "3")
    assert (status, "one has 5 trials and 3.5 hours now" in said) == (0, True)
    assert parse_space(folder.read_sweep().space).budget.hours == 3.5
    assert sweep("extend", "one", *runs)[0] == 2
    folder.update_sweep(space={**folder.read_sweep().space, "budget": {}})
    assert "has no budget of hours to extend" in sweep("extend", "one", *runs, "--hours", "1")[1]


def test_a_report_that_cannot_be_written_is_wrong_input(
    folder: RunFolder, sweep: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    status, said = sweep("report", "one", "--runs", folder.path.parent, "--out", tmp_path / ("x" * 250))
    assert (status, "--out: cannot be written: File name too long" in said) == (2, True)
    assert not folder.leaderboard.exists()


def test_a_failed_start_keeps_its_reason_everywhere(
    folder: RunFolder, sweep: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Ray did not start\nand more")

    monkeypatch.setattr(runner, "_train", fail)
    with pytest.raises(RuntimeError):
        runner._conduct(folder, parse_space(SPACE), {}, None, None, SimpleNamespace())  # type: ignore[arg-type]
    why = "RuntimeError: Ray did not start"
    assert (folder.status, folder.read_sweep().why) == (SweepStatus.FAILED, why)
    assert "and more" in folder.log.read_text()
    described = describe(folder)
    assert (described["why"], described["log"]) == (why, str(folder.log))
    message = Watcher(folder).look().state.message
    assert why in message
    assert str(folder.log) in message
    assert "sweep resume one" in message
    told = stopped_by(read_run(folder.path))
    assert why in told
    assert "sweep.log" in told
    folder.resume()
    assert folder.read_sweep().why == ""
    assert sweep("status", "one", "--runs", folder.path.parent)[0] == 0
