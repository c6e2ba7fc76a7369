"""All trackers of a sweep: what a run asks for, what they are told, and that their faults stay their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from sweep.cell.messages import Snapshot, TrialView
from sweep.run.folder import StartedTrials
from sweep.run.records import TrialRecord, TrialState
from sweep.trackers.protocol import TrackedTrial
from sweep.trackers.tracking import Tracking, finish, makers_of
from tests.sweep.trackers.tracked import METRIC, SPACE, made


class Kept:
    """A tracker that keeps what it is told."""

    def __init__(self) -> None:
        self.trials: list[TrackedTrial] = []

    def write(self, trial: TrackedTrial) -> None:
        self.trials.append(trial)

    def finish(self, files: Sequence[Path]) -> None:
        raise NotImplementedError

    def close(self) -> None:
        pass


class Broken(Kept):
    def write(self, trial: TrackedTrial) -> None:
        raise ConnectionError(f"away, though it was given trial {trial.number}")


def view(number: int, epoch: int) -> TrialView:
    curve = tuple({"epoch": float(n), METRIC: n / 10, "seconds": 0.5} for n in range(1, epoch + 1))
    return TrialView(number, epoch, 9, "cell-0", curve)


def record(number: int, **fields: object) -> TrialRecord:
    return TrialRecord(number=number, state=TrialState.COMPLETED, metrics={METRIC: 0.3}, **fields)  # type: ignore[arg-type]


def test_running_trials_are_told_at_every_epoch_and_ended_ones_once(tmp_path: Path) -> None:
    folder, _ = made(tmp_path, "one", SPACE)
    folder.start_trial(
        3, {"arm": "default", "params": {"optim.lr": 0.1}, "recipe": {}, "seed": 4, "purpose": "confirm"}
    )
    kept, said = Kept(), []
    with Tracking({"Kept": lambda: kept}, StartedTrials(folder.started), said.append) as tracking:
        for epoch in (0, 1, 1, 2):
            tracking.running(Snapshot(trials=(view(3, epoch), view(8, 1))))
        tracking.ended([record(0), record(1)])
        tracking.ended([record(0), record(1), record(3, arm="default")])
        tracking.running(Snapshot(trials=(view(3, 3),)))
    told = [(trial.number, trial.state, len(trial.curve)) for trial in kept.trials]
    assert told.count((3, "completed", 0)) == 1
    assert told[-1][0] == 3
    assert {number for number, state, _ in told if state == "completed"} == {0, 1, 3}
    assert not any(number == 8 for number, _, _ in told), "what it is nobody knows yet"
    running = [trial for trial in kept.trials if trial.state == "running"]
    assert len({len(trial.curve) for trial in running}) == len(running), "an epoch is told once"
    assert all(
        (t.arm, t.purpose, t.seed, t.label) == ("default", "confirm", 4, "0003-confirm-default") for t in running
    )
    assert (said, tracking.failures, tracking.trouble) == ([], {}, "")


def test_a_broken_tracker_costs_the_others_nothing(tmp_path: Path) -> None:
    folder, _ = made(tmp_path, "one", SPACE)
    kept, broken, said = Kept(), Broken(), []
    makers = {"Broken": lambda: broken, "Kept": lambda: kept}
    with Tracking(makers, StartedTrials(folder.started), said.append) as tracking:
        tracking.ended([record(0), record(1)])
    assert [trial.number for trial in kept.trials] == [0, 1]
    assert said[0] == "Broken fails; the sweep goes on: away, though it was given trial 0"
    assert said[-1] == f"Broken has not taken in 2 trials; sweep resume one --runs {tmp_path} sends them again."
    assert tracking.failures["Broken"] >= 1
    assert tracking.trouble.startswith("Broken fails (")


def test_the_run_folder_says_which_trackers_there_are(tmp_path: Path) -> None:
    folder, space = made(tmp_path, "one", SPACE)
    assert list(makers_of(folder, space)) == ["TensorBoard"]
    folder.update_sweep(mlflow="local")
    assert list(makers_of(folder, space)) == ["TensorBoard", "MLflow"]
    folder.update_sweep(mlflow="off")
    assert list(makers_of(folder, space)) == ["TensorBoard"]


def test_a_server_that_is_away_at_the_end_is_told(tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    folder, space = made(tmp_path, "one", SPACE)
    folder.update_sweep(mlflow="http://127.0.0.1:9")
    said: list[str] = []
    finish(folder, space, said.append)
    assert len(said) == 1
    assert said[0].startswith("MLflow failed at the end (")
    assert "refused" in said[0]
    assert said[0].endswith(f"sweep resume one --runs {tmp_path} sends it again.")


def test_what_is_done_is_given_to_mlflow_whole(mlflow_runs: Callable[[], Path]) -> None:
    from sweep.trackers.mlflow_place import client_of

    folder, space = made(mlflow_runs(), "one", SPACE)
    folder.update_sweep(mlflow="local")
    folder.append_trial(record(0))
    folder.report.write_text("<html>")
    said: list[str] = []
    finish(folder, space, said.append)
    assert said == []
    client = client_of("local", folder.path.parent)
    runs = client.search_runs([client.get_experiment_by_name("one").experiment_id])
    (parent,) = (run for run in runs if "adsw.trial" not in run.data.tags)
    assert len(runs) == 2
    assert [file.path for file in client.list_artifacts(parent.info.run_id)] == ["report.html"]
    assert not (folder.path / "tensorboard").exists()
