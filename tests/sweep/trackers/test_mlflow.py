"""MLflow's runs: parameters, tags, statuses and files, on a local database."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.errors import InputError
from sweep.trackers.mlflow_place import LOCAL, OFF, is_place, require_place, require_reachable, tracking_uri
from sweep.trackers.protocol import TrackedSweep
from tests.sweep.trackers.tracked import trial

mlflow = pytest.importorskip("mlflow")
from sweep.trackers.mlflow import LONGEST_PARAM, MLflow, allowed_name, flat_params  # noqa: E402
from sweep.trackers.mlflow_place import client_of  # noqa: E402


class Read:
    """A sweep's runs, by other means than the tracker's."""

    def __init__(self, sweep: TrackedSweep, runs: Path) -> None:
        self.client = client_of(LOCAL, runs)
        experiment = self.client.get_experiment_by_name(sweep.name)
        assert experiment is not None
        found = self.client.search_runs([experiment.experiment_id])
        self.trials = {int(run.data.tags["adsw.trial"]): run for run in found if "adsw.trial" in run.data.tags}
        (self.parent,) = (run for run in found if "adsw.trial" not in run.data.tags)


def test_a_trial_is_a_run_with_its_recipe_its_tags_and_its_status(
    sweep: TrackedSweep, mlflow_runs: Callable[[], Path]
) -> None:
    runs = mlflow_runs()
    tracker = MLflow(LOCAL, runs, sweep)
    tracker.write(trial(0, 2, "completed", arm="default", seed=7))
    tracker.write(trial(1, 1, "stopped", why="not among the best"))
    tracker.write(trial(2, 0, "failed", why="x" * 9000, purpose="confirm"))
    found = Read(sweep, runs)
    first = found.trials[0]
    assert first.info.run_name == "trial 0 (default)"
    assert first.data.params["optim.lr"] == "0.001"
    assert first.data.params["seed"] == "7"
    assert first.data.params["head.width"] == "256"
    assert first.data.params["text.view_dropout.balance"] == "category"
    assert first.data.metrics == {"valid/t2m/R_at_10": 0.2, "train/loss": 2.0, "train/seconds": 0.5, "epoch": 2.0}
    tags = {name.removeprefix("adsw."): value for name, value in first.data.tags.items() if name.startswith("adsw.")}
    assert tags.pop("sweep") == sweep.identity
    assert tags == {
        "trial": "0",
        "state": "completed",
        "arm": "default",
        "purpose": "",
        "store": "f" * 64,
        "store_name": "",
        "code": "abc+changed",
        "searched": "optim.lr, text.view_dropout.balance",
        "why": "",
        "seconds": "1.00",
    }
    assert {number: run.info.status for number, run in found.trials.items()} == {
        0: "FINISHED",
        1: "KILLED",
        2: "FAILED",
    }
    assert found.trials[1].data.tags["adsw.why"] == "not among the best"
    assert len(found.trials[2].data.tags["adsw.why"]) == 8000
    assert found.parent.info.run_name == "search"
    assert not any("mlflow.parentRunId" in run.data.tags for run in found.trials.values()), "charts show them at once"


def test_report_and_leaderboard_are_the_sweeps_own_runs_files(
    sweep: TrackedSweep, mlflow_runs: Callable[[], Path], tmp_path: Path
) -> None:
    runs, report = mlflow_runs(), tmp_path / "report.html"
    report.write_text("<html>")
    tracker = MLflow(LOCAL, runs, sweep)
    tracker.finish([report])
    tracker.close()
    found = Read(sweep, runs)
    assert found.parent.info.status == "FINISHED"
    assert [file.path for file in found.client.list_artifacts(found.parent.info.run_id)] == ["report.html"]
    assert found.parent.data.tags["adsw.objective"] == "valid/t2m/R@10 (max)"
    assert list((runs / "mlruns" / "artifacts").rglob("report.html"))


def test_nothing_is_printed(
    sweep: TrackedSweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Standard output is one JSON document's, standard error the screen's. A place of its own: it is made here."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    tracker = MLflow(LOCAL, tmp_path / "fresh", sweep)
    tracker.write(trial(0, 1, "completed"))
    tracker.finish([])
    tracker.close()
    assert capfd.readouterr() == ("", "")


def test_an_interrupted_sweep_is_marked_and_runs_again(sweep: TrackedSweep, mlflow_runs: Callable[[], Path]) -> None:
    runs = mlflow_runs()
    tracker = MLflow(LOCAL, runs, sweep)
    tracker.write(trial(0, 1))
    tracker.close()
    found = Read(sweep, runs)
    assert (found.trials[0].info.status, found.parent.info.status) == ("KILLED", "KILLED")
    tracker = MLflow(LOCAL, runs, sweep)
    tracker.write(trial(0, 2))
    found = Read(sweep, runs)
    assert (found.trials[0].info.status, found.parent.info.status) == ("RUNNING", "RUNNING")
    assert found.trials[0].data.metrics["epoch"] == 2


def test_another_sweep_of_the_same_name_has_runs_of_its_own(
    sweep: TrackedSweep, mlflow_runs: Callable[[], Path]
) -> None:
    runs = mlflow_runs()
    MLflow(LOCAL, runs, sweep).write(trial(0, 1))
    other = TrackedSweep(
        sweep.name, sweep.document.changed(created="2020-01-01"), sweep.space, sweep.objectives, compared=False
    )
    MLflow(LOCAL, runs, other).write(trial(0, 3))
    client = client_of(LOCAL, runs)
    (experiment,) = [one for one in client.search_experiments() if one.name == sweep.name]
    trials = [run for run in client.search_runs([experiment.experiment_id]) if "adsw.trial" in run.data.tags]
    assert sorted(run.data.metrics["epoch"] for run in trials) == [1, 3]


def test_a_deleted_experiment_is_told(sweep: TrackedSweep, mlflow_runs: Callable[[], Path]) -> None:
    runs = mlflow_runs()
    MLflow(LOCAL, runs, sweep)
    client = client_of(LOCAL, runs)
    client.delete_experiment(client.get_experiment_by_name(sweep.name).experiment_id)
    with pytest.raises(RuntimeError, match="was deleted"):
        MLflow(LOCAL, runs, sweep)


def test_long_curves_and_long_values_stay_within_the_limits(
    sweep: TrackedSweep, mlflow_runs: Callable[[], Path]
) -> None:
    runs = mlflow_runs()
    points = [{"epoch": float(n), **{f"valid/m{k}": n + k / 100 for k in range(40)}} for n in range(1, 61)]
    long = trial(0, 0, "completed", curve=points, params={"note": "x" * 9000, **{f"p{n}": n for n in range(150)}})
    MLflow(LOCAL, runs, sweep).write(long)
    (run,) = Read(sweep, runs).trials.values()
    assert run.data.metrics["valid/m39"] == 60.39
    assert len(run.data.params) > 150
    assert len(flat_params(long)["note"]) == LONGEST_PARAM
    assert allowed_name("a b:c/d.e-f_g") == "a b:c/d.e-f_g"
    assert allowed_name("R@10 [%]") == "R_at_10 ___"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("space.yaml", "must be a tracking server or a database"),
        ("ftp://host", "must be a tracking server or a database"),
        ("http://me:secret@host:5000", "must hold no password"),
    ],
)
def test_a_place_that_is_none_is_refused(place: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        require_place(place)
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)


def test_places() -> None:
    for place in (LOCAL, OFF, "http://host:5000", "sqlite:////tmp/x.db", "databricks", "postgresql+psycopg2://h/d"):
        assert is_place(place)
        require_place(place)
    assert not any(map(is_place, ("space.yaml", "--store", "", "runs/mlruns")))
    assert tracking_uri("http://host", Path("runs")) == "http://host"


def test_a_server_that_does_not_answer_is_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        require_reachable("http://127.0.0.1:9", tmp_path)
    assert "must answer, and does not" in str(refused.value)
    require_reachable(OFF, tmp_path)
    require_reachable(LOCAL, tmp_path)


def test_without_the_package_one_fault_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec

    def missing(name: str, *rest: Any) -> Any:
        return None if name == "mlflow" else find(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", missing)
    with pytest.raises(InputError) as refused:
        require_place(LOCAL)
    (fault,) = refused.value.faults
    assert fault.fix == "Run: pip install 'adsw[mlflow]'"
