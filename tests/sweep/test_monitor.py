"""What the live screen is told: rates, time left, the best of those that are comparable."""

from __future__ import annotations

import time

import pytest

from sweep.cell.protocol import CellView, Snapshot, TrialView
from sweep.monitor import Monitor
from sweep.state import TrialRecord, TrialState

METRIC = "valid/t2m/mAP@10"


def record(number: int, value: float, epochs: int = 10, arm: str | None = None) -> TrialRecord:
    curve = [{"epoch": float(epoch), METRIC: value} for epoch in range(1, epochs + 1)]
    state = TrialState.COMPLETED if epochs == 10 else TrialState.STOPPED
    return TrialRecord(number=number, arm=arm, state=state, epochs=epochs, metrics={METRIC: value}, curve=curve)


def running(number: int, epoch: int, cell: str | None = "cell-0") -> TrialView:
    curve = tuple({"epoch": float(done + 1), METRIC: 0.1} for done in range(epoch))
    return TrialView(number, epoch, 10, cell, curve)


@pytest.fixture
def monitor() -> Monitor:
    return Monitor("first", METRIC, "max", trials=4, epochs=10)


def test_a_stopped_trial_is_never_the_best(monitor: Monitor) -> None:
    monitor.add([record(0, 0.2, arm="default"), record(1, 0.9, epochs=3), record(2, 0.4)])
    state = monitor.state(Snapshot())
    assert (state.best_number, state.best_value, state.default_value) == (2, 0.4, 0.2)
    assert state.epochs_done == 23
    assert state.counts == {"completed": 2, "stopped": 1, "waiting": 1}


def test_lower_is_better_where_the_mode_says_so() -> None:
    monitor = Monitor("first", METRIC, "min", trials=2, epochs=10)
    monitor.add([record(0, 0.2), record(1, 0.1)])
    assert monitor.state(Snapshot()).best_number == 1


def test_trials_in_slots_and_waiting_are_told_apart(monitor: Monitor) -> None:
    state = monitor.state(
        Snapshot(cells=(CellView("cell-0", 1, (0,), 5, 2.5),), trials=(running(0, 5), running(1, 3, None)))
    )
    assert [trial.state for trial in state.trials] == ["running", "waiting"]
    assert state.cells[0].epochs_per_second == 2.0
    assert state.epochs_done == 8


def test_rate_and_time_left_come_from_the_epochs_of_this_process(
    monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    monitor.add([record(0, 0.2)], earlier=True)
    assert monitor.state(Snapshot()).epochs_per_second is None
    now = 1040.0  # the start-up, which is no rate
    monitor.state(Snapshot(trials=(running(1, 1),)))
    now = 1044.0
    state = monitor.state(Snapshot(trials=(running(1, 9),)))
    assert state.epochs_per_second == 2.0
    # One epoch of trial 1, and two trials of ten.
    assert state.eta_seconds == pytest.approx((1 + 20) / 2.0)
    monitor.add([record(1, 0.3)])
    assert monitor.state(Snapshot()).counts["waiting"] == 2
