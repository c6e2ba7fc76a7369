"""`sweep.open` and `sweep.run`: a run as frames and figures, and how it is steered."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

import sweep
from adsw.errors import InputError, Interrupted
from adsw.store.store import Store
from sweep.run.records import SweepStatus

from ..report.simulated import METRIC, Simulation

SPACE: dict[str, Any] = {
    "name": "mine",
    "objective": {"metric": METRIC},
    "trials": 2,
    "recipe": {"epochs": 1, "data.batch_size": 8, "head": {"width": 8, "out": 8}},
    "space": {"optim.lr": {"loguniform": [1e-4, 1e-2]}},
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    Simulation(trials=8, failed=(3,)).write(folder, "small")
    Simulation(trials=6).write(folder, "other")
    return folder


@pytest.fixture(scope="module")
def run(runs: Path) -> sweep.Run:
    return sweep.open(runs / "small")


def test_trials_have_typed_columns(run: sweep.Run) -> None:
    trials = run.trials
    assert trials.index.name == "trial"
    assert list(trials.index) == list(range(8))
    assert trials.state[3] == "failed"
    assert trials.loc[trials.state == "completed", METRIC].notna().all()
    kinds = trials.dtypes.astype(str)
    assert kinds["state"] == "category"
    assert (kinds["epochs"], kinds[METRIC], kinds["optim.lr"]) == ("int64", "float64", "Float64")
    assert kinds["text.swap.probability.epochs"] == "Int64"
    assert run.curves.loc[0].index.name == "epoch"
    assert run.curves[METRIC].notna().all()


def test_a_run_without_trials_has_the_same_columns(tmp_path: Path) -> None:
    Simulation(trials=0, tested=False, status="interrupted").write(tmp_path, "empty")
    empty = sweep.open("empty", runs=tmp_path)
    assert len(empty.trials) == len(empty.curves) == 0
    assert list(empty.trials.columns)[:2] == ["state", "arm"]
    assert empty.best is None
    assert "interrupted, 0 trials ended" in repr(empty)


def test_best_leaderboard_importance_and_figures(run: sweep.Run, runs: Path) -> None:
    best = run.best
    assert best is not None
    assert run.leaderboard.index[0] == best.number
    assert run.leaderboard["value"].iloc[0] == pytest.approx(best.value)
    assert best.document()["overrides"] == best.overrides
    assert {"share", "low", "high", "stands_out"} <= set(run.importance().columns)
    figure = run.figures["curves"]
    assert type(figure).__name__ == "Figure"
    assert "var(--" not in figure.to_json()
    with pytest.raises(InputError, match="Did you mean 'curves'"):
        run.figures["curve"]
    with pytest.raises(InputError, match="Did you mean 'small'"):
        sweep.open("smal", runs=runs)


def test_comparison_and_report(run: sweep.Run, runs: Path, tmp_path: Path) -> None:
    compared = run.compare(runs / "other", out=tmp_path / "page.html")
    assert isinstance(compared.tables["standings"], pd.DataFrame)
    assert compared.headline in repr(compared)
    assert "standings" in compared.figures
    assert (tmp_path / "page.html").is_file()
    assert run.report(tmp_path / "one.html").is_file()


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """How the sweeps of a test end; they train nothing."""
    ended = SimpleNamespace(status=SweepStatus.DONE, failures=0, out_of_time=False, trials=0)
    monkeypatch.setattr("sweep.api.begin.conduct", lambda *_: ended)
    monkeypatch.setattr("sweep.api.steer.conduct", lambda *_: ended)
    return ended


@pytest.mark.usefixtures("ending")
@pytest.mark.parametrize("kind", ["mapping", "Space", "file"])
def test_a_space_may_be_given_in_three_ways(kind: str, tmp_path: Path, tiny_store: Store) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(str(SPACE))  # YAML takes Python's braces
    given = {"mapping": SPACE, "Space": sweep.Space.model_validate(SPACE), "file": str(file)}[kind]
    run = sweep.run(given, tiny_store.path, name="first", runs=tmp_path / "runs", cells=1)
    assert run.name == "first"
    assert run.space.trials == 2
    assert run.folder.read_sweep().command[0] == ("sweep" if kind == "file" else "sweep.run")


def test_ctrl_c_ends_a_script_and_leaves_the_run_resumable(
    tmp_path: Path, tiny_store: Store, ending: SimpleNamespace
) -> None:
    ending.status = SweepStatus.INTERRUPTED
    with pytest.raises(Interrupted):
        sweep.run(SPACE, {"": tiny_store.path}, name="first", runs=tmp_path, cells=1)
    run = sweep.open(tmp_path / "first")
    assert run.status == "interrupted"
    assert run.extend(trials=3).space.trials == 5
    ending.out_of_time = True  # the budget is no surprise
    assert run.resume().name == "first"
    with pytest.raises(InputError, match="is not running"):
        run.stop()
    with pytest.raises(InputError, match="has no budget of hours"):
        run.extend(hours=1)


def test_faults_come_before_a_folder_is_made(tmp_path: Path, tiny_store: Store) -> None:
    with pytest.raises(InputError, match=r"optim\.lr"):
        sweep.run({**SPACE, "space": {"optim.learning_rate": {"uniform": [0, 1]}}}, tiny_store.path, runs=tmp_path)
    assert not list(tmp_path.iterdir())
