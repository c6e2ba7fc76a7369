"""Sweeps as trackers see them, and a tracking database that costs its making once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.trackers.protocol import TrackedSweep
from sweep.trackers.tracking import tracked_sweep
from tests.sweep.trackers.tracked import ARMS, SPACE, made


@pytest.fixture
def sweep(tmp_path: Path) -> TrackedSweep:
    """A search."""
    return tracked_sweep(*made(tmp_path / "runs", "search", SPACE))


@pytest.fixture
def ablation(tmp_path: Path) -> TrackedSweep:
    """Two arms, two replicates."""
    return tracked_sweep(*made(tmp_path / "runs", "arms", ARMS))


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A local place in which MLflow has made its tables."""
    pytest.importorskip("mlflow")
    from sweep.trackers.mlflow_place import LOCAL, client_of

    runs = tmp_path_factory.mktemp("mlflow")
    client_of(LOCAL, runs).search_experiments()
    return runs / "mlruns"


@pytest.fixture
def mlflow_runs(empty_mlflow: Path, tmp_path: Path) -> Callable[[], Path]:
    """The folder of all runs, with a database of MLflow's in it."""

    def make() -> Path:
        runs = tmp_path / "runs"
        if not (runs / "mlruns").exists():
            shutil.copytree(empty_mlflow, runs / "mlruns")
        return runs

    return make
