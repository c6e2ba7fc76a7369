"""Simulated runs and their reports, built once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.report.document import write_report
from sweep.report.report import Report

from .simulated import Simulation

RESAMPLES = 6
"""Enough for a shape, too few for a statement: importances have tests of their own."""


@pytest.fixture(scope="session")
def report_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Simulation], tuple[Report, Path]]:
    """Writes a simulated run and its report; gives the report and the run folder."""

    def make(simulation: Simulation) -> tuple[Report, Path]:
        folder = simulation.write(tmp_path_factory.mktemp("runs"))
        return write_report(folder.path, resamples=RESAMPLES), folder.path

    return make


@pytest.fixture(scope="session")
def large(report_of: Callable[[Simulation], tuple[Report, Path]]) -> tuple[Report, Path]:
    """A sweep whose winner is truly better than the default."""
    return report_of(Simulation())


@pytest.fixture(scope="session")
def zero(report_of: Callable[[Simulation], tuple[Report, Path]]) -> tuple[Report, Path]:
    """A sweep in which no hyperparameter does anything."""
    return report_of(Simulation(effect=0.0, seed=3))
