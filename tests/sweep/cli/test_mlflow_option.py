"""`--mlflow`: alone, with a place, in front of other arguments; kept in sweep.json for the resume."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adsw.store.store import Store
from sweep.cli import main
from sweep.cli.options import filled
from sweep.run.records import SweepStatus

SPACE = """
objective: {metric: valid/t2m/R@10}
trials: 1
recipe: {epochs: 1, head: {width: 8, out: 8}}
space: {optim.lr: {loguniform: [1e-4, 1e-2]}}
"""


@pytest.fixture
def sweep(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs the command line without training; gives exit status and standard error."""
    monkeypatch.setenv("COLUMNS", "200")
    done = SimpleNamespace(status=SweepStatus.DONE, failures=0)
    monkeypatch.setattr("sweep.api.begin.conduct", lambda *_: done)

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["sweep", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0), capsys.readouterr().err

    return run


@pytest.fixture
def space(tmp_path: Path) -> Path:
    path = tmp_path / "space.yaml"
    path.write_text(SPACE)
    return path


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ((), "off"),
        (("--mlflow",), "local"),
        (("--mlflow", "local"), "local"),
        (("--mlflow", "sqlite:////tmp/nowhere/x.db"), None),
    ],
)
def test_the_place_is_kept(
    sweep: Callable[..., tuple[int, str]],
    space: Path,
    tiny_store: Store,
    tmp_path: Path,
    words: tuple[str, ...],
    kept: str,
) -> None:
    if words:
        pytest.importorskip("mlflow")
    if kept is None:
        kept = f"sqlite:///{tmp_path}/own.db"
        words = ("--mlflow", kept)
    status, said = sweep("run", *words, space, "--store", tiny_store.path, "--name", "one", "--runs", tmp_path / "runs")
    assert (status, said) == (0, "")
    assert json.loads((tmp_path / "runs" / "one" / "sweep.json").read_text())["mlflow"] == kept


def test_what_cannot_be_is_refused_before_a_folder_is_made(
    sweep: Callable[..., tuple[int, str]],
    space: Path,
    tiny_store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ("run", space, "--store", tiny_store.path, "--name", "one", "--runs", tmp_path / "runs", "--mlflow")
    pytest.importorskip("mlflow")
    status, said = sweep(*words, "http://127.0.0.1:9")
    assert status == 2
    assert "must answer, and does not" in said
    find = importlib.util.find_spec

    def missing(name: str, *rest: Any) -> Any:
        return None if name == "mlflow" else find(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", missing)
    status, said = sweep(*words)
    assert status == 2
    assert said.count("pip install 'adsw[mlflow]'") == 1
    assert not (tmp_path / "runs" / "one").exists()


def test_the_option_stands_alone_where_no_place_follows() -> None:
    assert filled(["run", "--mlflow"]) == ["run", "--mlflow", "local"]
    assert filled(["--mlflow", "--store", "s"]) == ["--mlflow", "local", "--store", "s"]
    assert filled(["--mlflow", "off", "x"]) == ["--mlflow", "off", "x"]
    assert filled(["--mlflow=http://host", "x"]) == ["--mlflow=http://host", "x"]
