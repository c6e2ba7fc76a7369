"""Schedules are drawn as they were drawn up, adaptive ones as they were recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adsw.train.recipe import resolve
from sweep.report.data import read_run
from sweep.report.document import write_report
from sweep.report.leaderboard import build_leaderboard
from sweep.report.report import Report
from sweep.report.schedules import SchedulePanel, schedules
from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord, TrialState

from .simulated import EPOCHS, METRIC, Simulation

ADAPTIVE = {"kind": "adaptive", "start": 0.0, "end": 0.4, "steps": 4, "threshold": 0.2}


def test_schedules_are_those_of_the_recipes(large: tuple[Report, Path]) -> None:
    report = large[0]
    panel = report.schedules[0]
    assert [one.name for one in report.schedules] == ["text.swap.probability"]
    records = {record.number: record for record in report.run.records}
    assert len(panel.traces) == len(records)
    for trace in panel.traces:
        schedule = resolve(records[trace.number].recipe).text.swap.probability
        assert trace.epochs[0] == 0
        assert trace.epochs[-1] == records[trace.number].epochs
        for epoch, value in zip(trace.epochs, trace.values, strict=True):
            assert value == pytest.approx(schedule.at(epoch), abs=1e-6)
        assert trace.words.startswith(schedule.kind)


def test_other_schedules_are_drawn_where_they_move_and_differ(tmp_path: Path) -> None:
    folder = Simulation(trials=1, failed=(), tested=False).write(tmp_path)
    recipe = {"epochs": EPOCHS, "optim.lr": {"kind": "cosine", "start": 1e-3, "end": 0.0, "epochs": 12}}
    for number, extra in ((1, recipe), (2, {"nonsense": 1})):
        dumped = resolve(extra).model_dump(mode="json") if number == 1 else extra
        folder.append_trial(
            TrialRecord(number=number, recipe=dumped, state=TrialState.FAILED, epochs=3, why="stopped by hand")
        )
    run = read_run(folder.path)
    panels = {panel.name: panel for panel in schedules(run, build_leaderboard(run))}
    assert list(panels) == ["text.swap.probability", "optim.lr"]
    assert [trace.number for trace in panels["optim.lr"].traces] == [0, 1]


def record_of(number: int, overrides: dict[str, Any], values: list[float], name: str) -> TrialRecord:
    """A completed trial with a recorded path."""
    curve = [{"epoch": epoch, METRIC: 0.1 * epoch, name: value} for epoch, value in enumerate(values, start=1)]
    recipe = resolve({"epochs": EPOCHS, **overrides}).model_dump(mode="json")
    return TrialRecord(number=number, recipe=recipe, state=TrialState.COMPLETED, epochs=len(values), curve=curve)


def panels_of(folder: RunFolder) -> dict[str, SchedulePanel]:
    run = read_run(folder.path)
    return {panel.name: panel for panel in schedules(run, build_leaderboard(run))}


def test_an_adaptive_schedule_is_drawn_by_its_recorded_path(tmp_path: Path) -> None:
    name = "text.swap.probability"
    folder = Simulation(trials=1, failed=(), tested=False).write(tmp_path)
    folder.append_trial(record_of(1, {name: ADAPTIVE}, [0.0, 0.0, 0.1, 0.1, 0.3], name))
    folder.append_trial(record_of(2, {name: ADAPTIVE}, [0.0] * 3, name))
    unstarted = record_of(3, {name: ADAPTIVE | {"start": 0.05}}, [], name).model_copy(
        update={"state": TrialState.FAILED, "why": "it died"}
    )
    folder.append_trial(unstarted)
    traces = {trace.number: trace for trace in panels_of(folder)[name].traces}
    raised = list(zip(traces[1].epochs, traces[1].values, strict=True))
    assert raised == [(0, 0), (2, 0), (2, 0.1), (4, 0.1), (4, 0.3), (5, 0.3)]
    assert traces[1].words == (
        "adaptive from 0 to 0.4 in 4 raises, each after 1 epoch with a training accuracy of 0.2 or more; "
        "came to 0.3 in 5 epochs"
    )
    assert list(zip(traces[2].epochs, traces[2].values, strict=True)) == [(0, 0), (3, 0)]
    assert list(zip(traces[3].epochs, traces[3].values, strict=True)) == [(0, 0.05)]


def test_weights_of_data_sets_are_drawn_where_trials_have_them(tmp_path: Path) -> None:
    name = "data.mix.jamendo"
    folder = Simulation(trials=1, failed=(), tested=False).write(tmp_path)
    other = {"data.mix.other": 1.0}
    ramp = {"kind": "linear", "start": 0.0, "end": 1.0, "epochs": 4}
    folder.append_trial(record_of(1, {**other, name: ADAPTIVE}, [0.0, 0.1], name))
    folder.append_trial(record_of(2, {**other, name: ramp}, [0.0, 0.25], name))
    panels = panels_of(folder)
    assert list(panels) == ["text.swap.probability", name]
    assert [trace.number for trace in panels[name].traces] == [1, 2], "the first trial mixes nothing"
    assert panels[name].traces[1].values[-1] == 0.5


def test_the_report_shows_adaptive_paths(tmp_path: Path) -> None:
    name = "text.swap.probability"
    folder = Simulation(trials=2, failed=(), tested=False).write(tmp_path)
    folder.append_trial(record_of(7, {name: ADAPTIVE}, [0.0, 0.1, 0.2, 0.4], name))
    report = write_report(folder.path, resamples=2)
    assert [trace.number for trace in report.schedules[0].traces][-1] == 7
    assert "came to 0.4 in 4 epochs" in folder.report.read_text()
