"""`sweep list`, `diff`, `rm`, `export` and `spaces`: the shelf of runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from adsw.yaml_file import read_yaml
from sweep.run.folder import RunFolder
from sweep.space.load import load_space, space_of
from sweep.space.ready import ready_spaces

from ..report.simulated import Simulation

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    Simulation(trials=4, failed=(3,)).write(tmp_path / "runs", "small")
    Simulation(trials=4, failed=()).write(tmp_path / "runs", "other")
    return tmp_path / "runs"


@pytest.fixture
def columns() -> int:
    return 160


@pytest.fixture(autouse=True)
def runs_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ADSW_RUNS", str(tmp_path / "runs"))


def test_list_shows_every_run(sweep: Run, runs: Path) -> None:
    (runs / "torn").mkdir()
    (runs / "torn" / "sweep.json").write_text("{")
    listed = json.loads(sweep("list", "--json")[1])
    assert {run["name"]: run["status"] for run in listed} == {"small": "done", "other": "done", "torn": "unreadable"}
    status, out, _ = sweep("list")
    assert status == 0
    assert all(name in out for name in ("small", "other", "torn", "valid/t2m/mAP@10"))


@pytest.mark.usefixtures("runs")
def test_diff_of_trials_runs_and_the_default(sweep: Run, tmp_path: Path) -> None:
    changed = json.loads(sweep("diff", "small:0", "small:1", "--json")[1])["differences"]
    assert "optim.lr" in changed
    assert not {name for name in changed if name.endswith("optim.lr.value")}
    assert "same recipe" in sweep("diff", "small", "small")[1]
    (tmp_path / "mine.yaml").write_text("optim.lr: 0.5\n")
    status, out, _ = sweep("diff", tmp_path / "mine.yaml")
    assert (status, "optim.lr" in out, "0.5" in out) == (0, True, True)
    status, _, said = sweep("diff", "small:9", "othre")
    assert status == 2
    assert "there is no such trial. Ended are: 0, 1, 2, 3." in said.replace("  ", " ")
    assert "Did you mean 'other'?" in said


def test_rm_asks_and_refuses_what_runs(sweep: Run, runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    assert sweep("rm", "small")[0] == 1
    assert (runs / "small").is_dir()
    status, _, said = sweep("rm", "small", "smal", "--yes")
    assert (status, "Did you mean 'small'?" in said, (runs / "small").is_dir()) == (2, True, True)
    with RunFolder(runs / "small").driving():
        monkeypatch.setattr("sweep.live.status.run_status", lambda *_: SimpleNamespace(running=True))
        status, _, said = sweep("rm", "small", "--yes")
        assert (status, "sweep stop small" in said) == (2, True)
        monkeypatch.undo()
    monkeypatch.setenv("ADSW_RUNS", str(runs))
    assert sweep("rm", "small", "other", "--yes", "--runs", runs)[0] == 0
    assert not list(runs.iterdir())


@pytest.mark.usefixtures("runs")
def test_export_writes_what_pandas_reads(sweep: Run, tmp_path: Path) -> None:
    assert sweep("export", "small", "--csv", tmp_path / "c", "--parquet", tmp_path / "p")[0] == 0
    trials = pd.read_csv(tmp_path / "c" / "trials.csv")
    assert list(trials.trial) == [0, 1, 2, 3]
    again = pd.read_parquet(tmp_path / "p" / "curves.parquet")
    assert {"trial", "epoch", "loss"} <= set(again.columns)
    status, _, said = sweep("export", "small")
    assert (status, "one of them is required" in said) == (2, True)


class FakeWandb:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.runs: list[SimpleNamespace] = []

    def Settings(self, **given: Any) -> dict[str, Any]:  # noqa: N802
        return given

    def init(self, **given: Any) -> SimpleNamespace:
        logged: list[tuple[int, dict[str, float]]] = []
        run = SimpleNamespace(given=given, logged=logged, summary={}, ended=None)
        run.log = lambda figures, step: logged.append((step, figures))
        run.finish = lambda exit_code: setattr(run, "ended", exit_code)
        self.runs.append(run)
        return run


@pytest.mark.usefixtures("runs")
def test_export_to_wandb_is_offline(sweep: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeWandb()
    monkeypatch.setitem(sys.modules, "wandb", fake)
    status, _, said = sweep("export", "small", "--wandb", tmp_path / "w")
    assert (status, "wandb sync" in said) == (0, True)
    assert [run.given["mode"] for run in fake.runs] == ["offline"] * 4
    assert [run.ended for run in fake.runs] == [0, 0, 0, 1]
    assert fake.runs[0].logged[0][0] == 1
    monkeypatch.setitem(sys.modules, "wandb", None)
    status, _, said = sweep("export", "small", "--wandb", tmp_path / "w")
    assert (status, "pip install wandb" in said) == (2, True)


def test_ready_spaces_are_found_by_name(sweep: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert all(space.question and space.cost for space in ready_spaces())
    listed = json.loads(sweep("spaces", "--json")[1])
    assert {"quickstart", "ladder"} <= {space["name"] for space in listed}
    ladder = next(Path(space["path"]) for space in listed if space["name"] == "ladder")
    assert space_of(Path("ladder")) == load_space(ladder)
    assert read_yaml(ladder).content
    for given in ("laddr", "search_spaces/ladder.yaml"):
        status, _, said = sweep("plan", given, "--store", "x")
        assert (status, "Did you mean the ready space ladder?" in said) == (2, True)


def test_names_that_people_try(sweep: Run) -> None:
    for tried, meant in (("runs", "list"), ("ls", "list"), ("delete", "rm")):
        assert f"Did you mean '{meant}'?" in sweep(tried)[2]
