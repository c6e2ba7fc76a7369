"""What every tracker must do: keep each epoch once, whatever it is told how often, before and after a resume."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sweep.trackers.protocol import TrackedSweep, Tracker
from sweep.trackers.tensorboard import TensorBoard, read_events
from tests.sweep.trackers.tracked import METRIC, trial


@dataclass
class Kept:
    """What a tracker's own tool finds of one trial."""

    steps: Counter[int]
    """How often each epoch's objective is there."""
    last: float | None
    state: str


@dataclass
class Subject:
    """A tracker, how it is made, and how its records are read by other means."""

    make: Callable[[], Tracker]
    read: Callable[[], dict[int, Kept]]


def tensorboard(sweep: TrackedSweep, runs: Path) -> Subject:
    folder = runs / sweep.name / "tensorboard"

    def read() -> dict[int, Kept]:
        found = {}
        for path in sorted(entry for entry in folder.iterdir() if entry.is_dir()):
            kept = found.setdefault(int(path.name[:4]), Kept(Counter(), None, "running"))
            for event in read_events(path):
                for value in event.summary.value:
                    if value.tag == METRIC:
                        kept.steps[event.step] += 1
                        kept.last = value.simple_value
                    if value.tag.endswith("session_end_info"):
                        kept.state = "ended"
        return found

    return Subject(lambda: TensorBoard(folder, sweep), read)


def mlflow(sweep: TrackedSweep, runs: Path) -> Subject:
    from sweep.trackers.mlflow import MLflow
    from sweep.trackers.mlflow_place import client_of

    client = client_of("local", runs)

    def read() -> dict[int, Kept]:
        experiment = client.get_experiment_by_name(sweep.name)
        found = {}
        for run in client.search_runs([experiment.experiment_id]):
            if "adsw.trial" in run.data.tags:
                history = client.get_metric_history(run.info.run_id, "valid/t2m/R_at_10")
                state = "running" if run.data.tags["adsw.state"] == "running" else "ended"
                number = int(run.data.tags["adsw.trial"])
                assert number not in found, "one run per trial"
                found[number] = Kept(Counter(m.step for m in history), history[-1].value if history else None, state)
        return found

    return Subject(lambda: MLflow("local", runs, sweep), read)


@pytest.fixture(params=["tensorboard", "mlflow"])
def subject(request: pytest.FixtureRequest, sweep: TrackedSweep, mlflow_runs: Callable[[], Path]) -> Subject:
    make: Any = {"tensorboard": tensorboard, "mlflow": mlflow}[request.param]
    return make(sweep, mlflow_runs())


def once(*steps: int) -> Counter[int]:
    return Counter(dict.fromkeys(steps, 1))


def test_epochs_are_there_as_they_come_and_each_once(subject: Subject) -> None:
    tracker = subject.make()
    tracker.write(trial(0, 0))
    tracker.write(trial(0, 2))
    assert subject.read()[0] == Kept(once(1, 2), pytest.approx(0.2), "running")  # type: ignore[arg-type]
    tracker.write(trial(0, 2))
    tracker.write(trial(0, 3))
    tracker.write(trial(1, 1))
    tracker.write(trial(0, 3, "completed"))
    tracker.write(trial(0, 3, "completed"))
    tracker.close()
    found = subject.read()
    assert found[0] == Kept(once(1, 2, 3), pytest.approx(0.3), "ended")  # type: ignore[arg-type]
    assert (found[1].steps, found[1].state) == (once(1), "running")


def test_a_resumed_sweep_goes_on_where_it_was(subject: Subject) -> None:
    first = subject.make()
    first.write(trial(0, 3, "completed"))
    first.write(trial(1, 2))
    first.close()
    second = subject.make()
    second.write(trial(0, 3, "completed"))
    second.write(trial(1, 2))
    second.write(trial(1, 4, "stopped"))
    second.finish([])
    second.close()
    found = subject.read()
    assert found[0].steps == once(1, 2, 3)
    assert (found[1].steps, found[1].state) == (once(1, 2, 3, 4), "ended")


def test_a_tracker_that_died_without_closing_goes_on_too(subject: Subject) -> None:
    subject.make().write(trial(0, 2))
    tracker = subject.make()
    tracker.write(trial(0, 3, "failed", why="out of luck"))
    tracker.close()
    assert subject.read()[0].steps == once(1, 2, 3)


def test_a_trial_that_failed_before_its_first_epoch_is_there(subject: Subject) -> None:
    tracker = subject.make()
    tracker.write(trial(0, 0, "failed", why="out of memory"))
    tracker.close()
    assert subject.read()[0] == Kept(Counter(), None, "ended")


def test_what_is_no_number_is_left_out(subject: Subject) -> None:
    tracker = subject.make()
    points = [{"epoch": 1.0, METRIC: float("nan"), "loss": 1.0}, {"epoch": 2.0, METRIC: 0.5, "note": "x", "none": None}]
    tracker.write(trial(0, 0, "completed", curve=points))
    tracker.close()
    assert subject.read()[0] == Kept(once(2), pytest.approx(0.5), "ended")  # type: ignore[arg-type]
