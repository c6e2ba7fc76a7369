"""The run folder: made whole, read after any crash, driven by one."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from adsw.errors import InputError
from sweep.run.folder import RunFolder, require_name
from sweep.run.records import SweepStatus, TrialRecord, TrialState


def record(number: int, **fields: Any) -> TrialRecord:
    return TrialRecord(number=number, state=TrialState.COMPLETED, **fields)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "runs", "one", {"seed": 3})


def test_a_new_folder_is_whole(folder: RunFolder) -> None:
    sweep = folder.read_sweep()
    assert (sweep.name, sweep.status, sweep.seed, sweep.schema_version) == (
        "one",
        "running",
        3,
        1,
    )
    assert sweep.created.endswith("+00:00")
    assert {path.name for path in folder.path.iterdir()} == {
        "sweep.json",
        "started",
        "state",
        "evaluations",
        "checkpoints",
    }
    assert [path.name for path in folder.path.parent.iterdir()] == ["one"]


def test_a_name_that_is_taken_is_refused(folder: RunFolder) -> None:
    with pytest.raises(InputError, match=r"exists already.*sweep resume one"):
        RunFolder.create(folder.path.parent, "one", {})


def test_a_name_that_is_taken_meanwhile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(_: Path, target: Path) -> Path:
        (target / "inside").mkdir(parents=True)
        raise OSError("Directory not empty")

    monkeypatch.setattr(Path, "rename", late)
    with pytest.raises(InputError, match="exists already"):
        RunFolder.create(tmp_path, "one", {})
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_folder_that_cannot_be_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Path, __: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="disk full"):
        RunFolder.create(tmp_path, "one", {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-a", ".hidden", "a b", "ä", "x" * 65])
def test_names_that_cannot_be_folders(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--name"):
        RunFolder.create(tmp_path, name, {})
    with pytest.raises(InputError, match="--name"):
        RunFolder.named(tmp_path, name)


def test_names_that_can(tmp_path: Path) -> None:
    for name in ("a", "A-1_b.c", "x" * 64):
        require_name(name)
    assert RunFolder.create(tmp_path, "A-1_b.c", {}).path.is_dir()


def test_a_run_is_found_by_name(folder: RunFolder) -> None:
    assert RunFolder.named(folder.path.parent, "one").path == folder.path
    with pytest.raises(InputError, match=r"no such run.*Did you mean 'one'"):
        RunFolder.named(folder.path.parent, "onw")
    with pytest.raises(InputError, match=r"no such run.*Known in .*: one"):
        RunFolder.named(folder.path.parent, "zzzzzz")
    with pytest.raises(InputError, match="none"):
        RunFolder.named(folder.path / "nowhere", "one")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "this is no run folder"),
        (b"{", "cannot be read"),
        (b"\xff", "cannot be read"),
        (b"[]", "must have schema_version 1"),
        (b'{"schema_version": 9, "status": "done"}', "must have schema_version 1 (given: 9)"),
        (b'{"schema_version": 1, "status": "cooking"}', "must have schema_version 1"),
    ],
)
def test_foreign_folders_are_refused(folder: RunFolder, content: bytes | None, said: str) -> None:
    folder.sweep_file.unlink()
    if content is not None:
        folder.sweep_file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        RunFolder.open(folder.path)
    assert said in str(caught.value)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such run folder"):
        RunFolder.open(tmp_path / "none")


def test_fields_and_status_change_apart(folder: RunFolder) -> None:
    folder.update_sweep(cells=2)
    assert folder.read_sweep().cells == 2
    with pytest.raises(ValueError, match="move_to"):
        folder.update_sweep(status="done")
    folder.move_to(SweepStatus.DONE, seconds=1.5)
    sweep = folder.read_sweep()
    assert (sweep.status, sweep.seconds) == ("done", 1.5)
    assert sweep.ended
    with pytest.raises(ValueError, match="no transition"):
        folder.move_to(SweepStatus.FAILED)
    folder.move_to(SweepStatus.RUNNING)
    assert folder.read_sweep().ended is None


@pytest.mark.parametrize("status", [SweepStatus.RUNNING, SweepStatus.INTERRUPTED, SweepStatus.FAILED])
def test_a_sweep_runs_again_however_it_ended(folder: RunFolder, status: SweepStatus) -> None:
    if status is not SweepStatus.RUNNING:
        folder.move_to(status)
    folder.resume()
    assert folder.status is SweepStatus.RUNNING


def test_one_process_drives(folder: RunFolder) -> None:
    assert not folder.is_driven()
    folder.request_stop()
    with folder.driving():
        assert folder.is_driven()
        assert not folder.stop_requested()
        folder.request_stop()
        assert folder.stop_requested()
        with pytest.raises(InputError, match=r"another process.*sweep stop one"), folder.driving():
            pass
    assert not folder.is_driven()


def _die_while_driving(path: Path) -> None:
    import os

    with RunFolder(path).driving():
        os._exit(9)


def test_a_dead_driver_drives_no_more(folder: RunFolder) -> None:
    process = multiprocessing.get_context("fork").Process(target=_die_while_driving, args=(folder.path,))
    process.start()
    process.join(20)
    assert process.exitcode == 9
    assert not folder.is_driven()
    with folder.driving():
        folder.resume()


def test_unfinished_trials_are_the_started_without_an_end(folder: RunFolder) -> None:
    for number in (0, 1, 10):
        folder.start_trial(number, {"arm": None})
    folder.append_trial(record(1))
    assert folder.unfinished() == [0, 10]
    assert folder.started_trials()[10] == {"number": 10, "arm": None}
    with pytest.raises(ValueError, match="started before"):
        folder.start_trial(1, {})


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"number": "x"}'])
def test_a_foreign_started_file_is_refused(folder: RunFolder, content: str) -> None:
    (folder.started / "0000.json").write_text(content)
    with pytest.raises(InputError, match="is no started trial"):
        folder.started_trials()


def test_trials_are_kept_in_the_order_of_their_end(folder: RunFolder) -> None:
    assert folder.trials() == []
    for number in (2, 0, 1):
        folder.append_trial(record(number, metrics={"valid/t2m/R@1": number / 10}, why="ö"))
    assert [one.number for one in folder.trials()] == [2, 0, 1]
    with pytest.raises(ValueError, match="trial 0 has ended before"):
        folder.append_trial(record(0))


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_torn_line_is_ignored_and_mended(folder: RunFolder, cut: int) -> None:
    folder.append_trial(record(0))
    whole = folder.trials_file.read_bytes()
    folder.trials_file.write_bytes(whole + whole.replace(b'"number": 0', b'"number": 1')[:cut])
    assert [one.number for one in folder.trials()] == [0]
    folder.append_trial(record(2))
    assert [one.number for one in folder.trials()] == [0, 2]
    assert folder.trials_file.read_bytes().count(b"\n") == 2


def test_a_lost_line_end_loses_no_trial(folder: RunFolder) -> None:
    folder.append_trial(record(0))
    folder.trials_file.write_bytes(folder.trials_file.read_bytes().rstrip(b"\n"))
    assert [one.number for one in folder.trials()] == [0]
    folder.append_trial(record(1))
    assert [one.number for one in folder.trials()] == [0, 1]


@pytest.mark.parametrize("line", ["{", '{"number": 0}', '{"number": 0, "state": "done"}'])
def test_a_broken_line_among_others_is_told(folder: RunFolder, line: str) -> None:
    folder.trials_file.write_text(line + "\n")
    with pytest.raises(InputError, match=r"trials\.jsonl line 1"):
        folder.trials()


def test_a_file_that_became_shorter_is_read_anew(folder: RunFolder) -> None:
    for number in range(3):
        folder.append_trial(record(number))
    first = folder.trials_file.read_bytes().split(b"\n")[0]
    folder.trials_file.write_bytes(first + b"\n")
    folder.append_trial(record(2))
    with pytest.raises(ValueError, match="trial 0 has ended before"):
        folder.append_trial(record(0))
    assert [one.number for one in folder.trials()] == [0, 2]


def _append(path: Path, numbers: list[int]) -> None:
    for number in numbers:
        RunFolder(path).append_trial(record(number))


def test_several_processes_append(folder: RunFolder) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_append, args=(folder.path, list(range(start, 40, 4)))) for start in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(20)
        assert process.exitcode == 0
    assert sorted(one.number for one in folder.trials()) == list(range(40))
    assert all(json.loads(line) for line in folder.trials_file.read_text().splitlines())
