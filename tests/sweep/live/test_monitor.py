"""What the live screen is told: rates, time left, the best of those that are comparable."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sweep.cell.messages import CellView, Snapshot, TrialView
from sweep.live.arms import Outline
from sweep.live.monitor import Monitor
from sweep.live.state import LiveObjective
from sweep.run.records import TrialRecord, TrialState
from sweep.space.sections import Objective

METRIC = "valid/t2m/mAP@10"


def record(number: int, value: float, epochs: int = 10, arm: str | None = None) -> TrialRecord:
    curve = [{"epoch": float(epoch), METRIC: value} for epoch in range(1, epochs + 1)]
    state = TrialState.COMPLETED if epochs == 10 else TrialState.STOPPED
    return TrialRecord(number=number, arm=arm, state=state, epochs=epochs, metrics={METRIC: value}, curve=curve)


def running(number: int, epoch: int, cell: str | None = "cell-0") -> TrialView:
    curve = tuple({"epoch": float(done + 1), METRIC: 0.1} for done in range(epoch))
    return TrialView(number, epoch, 10, cell, curve)


def outline(**fields: Any) -> Outline:
    base = {"name": "first", "objectives": (Objective(metric=METRIC, mode="max"),), "trials": 4, "epochs": 10}
    return Outline(**{**base, **fields})


@pytest.fixture
def monitor() -> Monitor:
    return Monitor(outline())


def test_a_stopped_trial_is_never_the_best(monitor: Monitor) -> None:
    monitor.add([record(0, 0.2, arm="default"), record(1, 0.9, epochs=3), record(2, 0.4)])
    state = monitor.state(Snapshot())
    assert state.objective == LiveObjective(METRIC, "max", 2, 0.4, 0.2)
    assert state.epochs_done == 23
    assert state.counts == {"completed": 2, "stopped": 1, "waiting": 1}


def test_lower_is_better_where_the_mode_says_so() -> None:
    monitor = Monitor(outline(objectives=(Objective.model_construct(metric=METRIC, mode="min"),), trials=2))
    monitor.add([record(0, 0.2), record(1, 0.1)])
    assert monitor.state(Snapshot()).objective.best_number == 1


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


def test_trials_that_tune_or_confirm_are_never_the_best(monitor: Monitor) -> None:
    again = record(2, 0.9).model_copy(update={"purpose": "confirm"})
    tuned = record(3, 0.8, arm="default").model_copy(update={"purpose": "tune"})
    monitor.add([record(0, 0.2), tuned, again])
    state = monitor.state(Snapshot())
    assert state.objective == LiveObjective(METRIC, "max", 0, 0.2, None)
    assert [trial.purpose for trial in state.trials] == ["", "confirm", "tune"]


def test_the_phase_is_that_of_what_runs_and_stays_between_two() -> None:
    purposes = {0: "tune", 1: "", 2: "confirm"}
    monitor = Monitor(outline(), lambda number: {"purpose": purposes[number]})
    phases = [
        monitor.state(Snapshot(trials=tuple(running(n, 1) for n in each))).phase for each in ((0,), (), (1,), (2,))
    ]
    assert phases == ["tuning", "tuning", "search", "confirming"]
    assert Monitor(outline(compared=True)).state(Snapshot()).phase == "comparing arms"


def test_what_runs_is_told_by_its_started_file() -> None:
    document = {"arm": "wide", "params": {"optim.lr": 0.003}, "purpose": "tune"}
    monitor = Monitor(outline(), lambda _: document)
    (trial,) = monitor.state(Snapshot(trials=(running(7, 2),))).trials
    assert (trial.arm, trial.settings, trial.purpose) == ("wide", "optim.lr 0.003", "tune")


def test_of_several_objectives_each_is_told_and_how_many_trials_no_other_beats() -> None:
    second = Objective(metric="valid/t2m/MedR", mode="min")
    monitor = Monitor(outline(objectives=(Objective(metric=METRIC, mode="max"), second)))
    assert monitor.state(Snapshot()).front == 0
    both = [(0.2, 5.0), (0.4, 9.0), (0.3, 10.0), (0.2, 6.0)]
    records = [record(number, one) for number, (one, _) in enumerate(both)]
    for found, (one, other) in zip(records, both, strict=True):
        found.metrics.update({METRIC: one, second.metric: other})
    monitor.add([*records, record(4, 0.9)])
    state = monitor.state(Snapshot())
    assert state.front == 2, "a trial that one objective was not measured of is on no front"
    assert state.objectives[1] == LiveObjective(second.metric, "min", 0, 5.0, None)
    assert state.trials[1].values == (0.4, 9.0)
    single = Monitor(outline())
    assert single.state(Snapshot()).front is None
