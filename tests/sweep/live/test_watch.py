"""`sweep status --watch`: the driver's own screen, told from a dead one, wherever one watches from."""

from __future__ import annotations

import io
import json
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from adsw.errors import InputError
from sweep.cli.status import describe
from sweep.live.live_file import LiveFile, Published
from sweep.live.state import LiveObjective, LiveState
from sweep.live.status import STALE_S, Pulse, RunStatus, require_not_running, run_status
from sweep.live.view import LiveView
from sweep.live.watch import Watcher, watch
from sweep.report.data import read_run
from sweep.run.folder import RunFolder
from sweep.run.records import SweepStatus, TrialRecord, TrialState
from sweep.space.load import parse_space

METRIC = "valid/t2m/R@10"
STATE = LiveState("one", (LiveObjective(METRIC),), phase="search", trials_planned=5, elapsed=61.0)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    space = parse_space(
        {"objective": {"metric": METRIC}, "trials": 5, "space": {"optim.lr": {"loguniform": [1e-4, 1e-2]}}}
    )
    folder = RunFolder.create(tmp_path / "runs", "one", {"space": space.document(), "seconds": 42.0})
    for number, value in ((0, 0.2), (1, 0.4)):
        metrics = {METRIC: value}
        folder.append_trial(TrialRecord(number=number, state=TrialState.COMPLETED, metrics=metrics, epochs=3))
    return folder


@pytest.fixture
def publish(folder: RunFolder) -> Callable[..., Published]:
    """Writes a live.json of some age, from some machine."""

    def write(age: float = 0.0, host: str = socket.gethostname(), **fields: Any) -> Published:
        now = time.time()
        LiveFile(folder.path).write(replace(STATE, **fields), ["trial 1 completed"], now - age, now - age)
        path = folder.path / "live.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "host": host}))
        found = LiveFile(folder.path).read()
        assert found is not None
        return found

    return write


def old(folder: RunFolder) -> None:
    """As if the run folder had been made long ago."""
    folder.update_sweep(created="2020-01-01T00:00:00+00:00")


def test_what_the_driver_publishes_is_what_is_shown(folder: RunFolder, publish: Callable[..., Published]) -> None:
    publish()
    with folder.driving():
        look = Watcher(folder).look()
    assert (look.state, look.events, look.over) == (
        replace(STATE, trials=[], cells=[], arms=[]),
        ("trial 1 completed",),
        False,
    )


def test_it_waits_for_a_sweep_that_has_not_begun_to_train(folder: RunFolder) -> None:
    look = Watcher(folder).look()
    assert not look.over
    assert look.state.message == "It is being started."
    with folder.driving():
        look = Watcher(folder).look()
    assert "nothing is being trained yet" in look.state.message


def test_a_sweep_that_is_done_is_shown_as_its_folder_tells_it(folder: RunFolder) -> None:
    folder.move_to(SweepStatus.DONE)
    look = Watcher(folder).look()
    assert look.over
    assert look.state.over
    assert (look.state.phase, look.state.elapsed) == ("done", 42.0)
    assert look.state.objective.best_value == 0.4
    assert look.state.counts == {"completed": 2}
    assert "Report" in look.state.message


def test_a_driver_that_died_here_is_told_at_once(folder: RunFolder, publish: Callable[..., Published]) -> None:
    publish(age=2.0)
    look = Watcher(folder).look()
    assert look.over
    assert look.state.phase == "interrupted"
    assert "Its driver died; its last word is 0:02 old." in look.state.message
    assert f"sweep resume one --runs {folder.path.parent}" in look.state.message


def test_without_a_last_word_an_old_folder_is_driven_by_nobody(folder: RunFolder) -> None:
    old(folder)
    look = Watcher(folder).look()
    assert look.over
    assert "Nothing drives it." in look.state.message


def test_from_another_machine_the_last_word_is_the_evidence(
    folder: RunFolder, publish: Callable[..., Published]
) -> None:
    publish(age=3.0, host="elsewhere")
    look = Watcher(folder).look()
    assert not look.over
    assert "It runs on elsewhere; the lock is not seen here, its last word is 0:03 old." in look.state.message


def test_a_clock_that_is_off_does_not_make_a_driver_dead(folder: RunFolder, publish: Callable[..., Published]) -> None:
    seconds = [0.0]
    watcher = Watcher(folder, Pulse(steady=lambda: seconds[0]))
    publish(age=3600.0, host="elsewhere")
    look = watcher.look()
    assert not look.over
    assert "Waiting for a sign of life" in look.state.message
    seconds[0] = 6.0
    publish(age=3594.0, host="elsewhere")
    look = watcher.look()
    assert not look.over
    assert "last word is 0:00 old" in look.state.message
    seconds[0] = 6.0 + STALE_S + 1
    look = watcher.look()
    assert look.over
    assert "taken for dead" in look.state.message


def test_a_silent_driver_that_holds_its_lock_lives(folder: RunFolder, publish: Callable[..., Published]) -> None:
    publish(age=90.0)
    with folder.driving():
        found = run_status(folder)
    assert found.running
    assert found.said == "No word from its driver for 1:30, but it lives."


def test_a_lock_that_another_machine_holds_is_told_with_its_last_sign_of_life(
    folder: RunFolder, publish: Callable[..., Published]
) -> None:
    publish(age=3.0, host="elsewhere")
    with folder.driving():
        assert run_status(folder).said == "It runs on elsewhere; its last word is 0:03 old."


@pytest.mark.parametrize(("age", "host", "running"), [(3.0, "elsewhere", True), (90.0, "elsewhere", False)])
def test_status_report_and_resume_agree_on_a_lock_that_is_not_seen(
    folder: RunFolder, publish: Callable[..., Published], age: float, host: str, running: bool
) -> None:
    publish(age=age, host=host)
    expected = "running" if running else "interrupted"
    assert describe(folder)["status"] == expected
    assert read_run(folder.path).status == expected
    if running:
        with pytest.raises(InputError, match=r"by another process. It runs on elsewhere.*0:03 old.*sweep stop one"):
            require_not_running(folder)
    else:
        require_not_running(folder)


def test_what_has_ended_runs_no_more_whatever_was_published(
    folder: RunFolder, publish: Callable[..., Published]
) -> None:
    publish(host="elsewhere")
    folder.move_to(SweepStatus.DONE)
    assert run_status(folder) == RunStatus(SweepStatus.DONE)


def test_it_ends_with_the_sweep(folder: RunFolder, publish: Callable[..., Published]) -> None:
    publish()
    out, slept = io.StringIO(), []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            folder.move_to(SweepStatus.DONE)

    with folder.driving(), LiveView(Console(file=out, width=100), known=[0, 1]) as view:
        watch(folder, view, 0.5, sleep)
    assert slept == [0.5, 0.5]
    said = out.getvalue().splitlines()
    assert said[:2] == ["trial 1 completed", "now: done"]
    assert said[2].startswith("Report: ")
    assert len(said) == 3, "everything once"
