"""`live.json`: what the driver publishes is what others read, at a bearable pace and size, and gone at the end."""

from __future__ import annotations

import json
import math
import threading
import time
from pathlib import Path

import pytest

from sweep.live import publish as broadcast
from sweep.live.live_file import CURVES_KEPT, POINTS_KEPT, LiveFile, slim
from sweep.live.publish import Broadcast
from sweep.live.state import LiveArm, LiveCell, LiveObjective, LiveState, LiveTrial

METRIC = "valid/t2m/mAP@10"


def state(**fields: object) -> LiveState:
    trials = [
        LiveTrial(0, "completed", 2, 2, (0.3,), [0.1, 0.3], "default", settings="optim.lr 0.1"),
        LiveTrial(1, "running", 2, 3, (math.nan,), [0.1, math.nan], purpose="tune", cell="cell-0"),
        LiveTrial(2, "failed", why="out of luck"),
    ]
    base = {
        "objectives": (LiveObjective(METRIC, "max", 0, 0.3, 0.3),),
        "phase": "tuning",
        "trials": trials,
        "trials_planned": 5,
        "arms": [LiveArm("wide", 1, 3, mean=0.2, curve=[0.1, None])],
        "cells": [LiveCell("cell-0", 1.5, (1,))],
        "eta_seconds": 3.5,
    }
    return LiveState("one", **{**base, **fields})  # type: ignore[arg-type]


class Seen:
    """A view that keeps what it is told."""

    def __init__(self) -> None:
        self.states: list[LiveState] = []
        self.events: list[str] = []
        self.phases: list[str] = []

    def update(self, one: LiveState) -> None:
        self.states.append(one)

    def event(self, text: str) -> None:
        self.events.append(text)

    def phase(self, name: str) -> None:
        self.phases.append(name)


def test_what_is_read_is_what_was_written_and_what_is_no_number_is_missing(tmp_path: Path) -> None:
    file = LiveFile(tmp_path)
    assert file.read() is None
    file.write(state(), ["trial 0 completed"], taken=5.0, written=6.0)
    found = file.read()
    assert found is not None
    assert (found.events, found.taken, found.written) == (("trial 0 completed",), 5.0, 6.0)
    assert found.state.trials[1].curve == [0.1, None]
    assert found.state.trials[1].values == (None,)
    assert found.state.trials[0] == state().trials[0]
    assert (found.state.arms, found.state.cells) == (state().arms, state().cells)
    assert found.state.counts == state().counts
    json.loads(file.path.read_text(), parse_constant=pytest.fail)
    file.path.write_text('{"state": ')
    assert file.read() is None
    file.remove()
    file.remove()
    assert file.read() is None


def test_curves_are_kept_for_what_a_screen_can_show() -> None:
    curve = [epoch / 500 for epoch in range(500)]
    many = [LiveTrial(number, "completed", values=(number / 999,), curve=curve) for number in range(300)]
    found = slim(state(trials=many, arms=[LiveArm("wide", curve=curve)]))
    kept = [trial for trial in found.trials if trial.curve]
    assert [trial.number for trial in kept] == list(range(300 - CURVES_KEPT, 300))
    assert {len(trial.curve) for trial in kept} == {POINTS_KEPT}
    assert kept[0].curve[-1] == curve[-1]
    assert len(found.arms[0].curve) == POINTS_KEPT
    assert len(found.trials) == 300


def test_a_broadcast_shows_and_publishes_and_is_gone_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast, "PUBLISH_SECONDS", 0.02)
    view, file = Seen(), LiveFile(tmp_path)
    with Broadcast(view, file, state(message="Starting")) as shown:
        assert _soon(file, lambda found: found.state.message == "Starting")
        shown.event("cells are up")
        shown.update(state(elapsed=2.0))
        assert _soon(file, lambda found: found.state.elapsed == 2.0 and found.events == ("cells are up",))
        shown.phase("opening the test split")
        assert _soon(file, lambda found: found.state.phase == "opening the test split")
    assert not file.path.exists()
    assert [one.elapsed for one in view.states] == [0.0, 2.0]
    assert (view.events, view.phases) == (["cells are up"], ["opening the test split"])


def test_it_is_written_at_most_so_often_and_beats_where_nothing_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast, "PUBLISH_SECONDS", 0.05)
    monkeypatch.setattr(broadcast, "HEARTBEAT_SECONDS", 0.2)
    file, written = LiveFile(tmp_path), []
    monkeypatch.setattr(LiveFile, "write", lambda *words: written.append(words))
    with Broadcast(Seen(), file, state()) as shown:
        begun = time.monotonic()
        while time.monotonic() - begun < 0.3:
            shown.update(state())
        busy = len(written)
        time.sleep(0.5)
    assert 2 <= busy <= 8
    assert 1 <= len(written) - busy <= 4
    assert not any(thread.name == "live.json" for thread in threading.enumerate())


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    view = Seen()
    with Broadcast(view, LiveFile(blocked), state()) as shown:
        shown.update(state())
    assert len(view.states) == 2


def _soon(file: LiveFile, holds: object) -> bool:
    for _ in range(200):
        found = file.read()
        if found is not None and holds(found):  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False
