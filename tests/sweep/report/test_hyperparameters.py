"""What is said of parameters follows from their importances, and gaps in them are shown as gaps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from adsw.metrics import Metric
from adsw.report.statement import GOOD, OPEN
from adsw.report.table import Cell
from sweep.report import document
from sweep.report.caveats import caveats
from sweep.report.data import estimate
from sweep.report.document import render, write_report
from sweep.report.held_out_results import result_table
from sweep.report.hyperparameter_section import parameter_table
from sweep.report.hyperparameters import ImportanceBasis, Influence
from sweep.report.leaderboard_table import leaderboard_table
from sweep.report.report import Report
from sweep.report.verdict import build_verdict
from sweep.stats.importance import Importance, Importances

from .simulated import KIND, Simulation


def found_with(report: Report, *standing: str, trials: int = 15) -> Influence:
    """The report's influence, with made-up importances in which these parameters stand out."""
    rows = tuple(
        Importance(
            row.name, 0.2, 0.1, 0.3, noise=0.25, above_noise=row.name in standing, above_dummy=row.name in standing
        )
        for row in report.influence.parameters
    )
    basis = ImportanceBasis("all trials, epoch 3", trials, 3, Importances(rows, trials, 5, 100, 0.25))
    return replace(report.influence, bases=(basis,))


@pytest.mark.parametrize(
    ("standing", "tone", "said"),
    [
        ((), OPEN, "No parameter's importance stands out"),
        (("optim.lr",), GOOD, "What mattered most was optim.lr; no other parameter"),
        ((KIND, "optim.lr"), GOOD, "What mattered most was probability.kind and optim.lr; no other"),
    ],
)
def test_the_verdict_names_what_stands_out(
    large: tuple[Report, Path], standing: tuple[str, ...], tone: str, said: str
) -> None:
    report = large[0]
    found = found_with(report, *standing)
    statement = build_verdict(report.run, report.board, report.results, found).statements[-1]
    assert statement.tone == tone
    assert statement.text.startswith(said)


def test_few_trials_are_a_caveat_and_many_are_none(large: tuple[Report, Path]) -> None:
    report = large[0]
    few, many = (
        "\n".join(caveats(report.run, report.board, report.results, found_with(report, trials=count), report.evidence))
        for count in (15, 60)
    )
    assert "Importances rest on 15 trials" in few
    assert "Importances" not in many


def test_trials_without_results_are_not_said_to_be_beaten(tmp_path: Path) -> None:
    folder = Simulation(trials=4, failed=(), tested=False, stopping=False).write(tmp_path)
    best = write_report(folder.path).board.ranked[0].number
    others = [number for number in range(4) if number != best]
    (folder.evaluations / f"{others[0]:04d}.valid.npz").unlink()
    assert write_report(folder.path).influence.judged_against_best == 2
    (folder.evaluations / f"{best:04d}.valid.npz").unlink()
    report = write_report(folder.path)
    assert report.influence.judged_against_best == 0
    assert "told from" not in "\n".join(report.verdict.lines())


def test_parameters_that_were_never_active_or_are_fixed(tmp_path: Path) -> None:
    folder = Simulation(trials=9, failed=(), tested=False, stopping=False).write(tmp_path)
    space = folder.read_sweep().space
    space["space"]["text.swap.max_terms"] = {"int": [1, 3], "when": {KIND: "constant"}}
    space["space"]["loss.temperature"] = {"fixed": 0.07}
    folder.update_sweep(space=space)
    report = write_report(folder.path, resamples=2)
    lines = {row[0].text: row for row in parameter_table(report.influence, "run").rows}
    assert "loss.temperature" not in lines
    assert lines["swap.max_terms"][-2:] == (Cell("–"), Cell(""))
    assert "swap.max_terms" not in report.board.parameters


def test_a_page_of_many_trials_is_cut_but_keeps_the_default(
    large: tuple[Report, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = large[0]
    monkeypatch.setattr(document, "MOST_ROWS", 2)
    lines = leaderboard_table(report.board, most=document.MOST_ROWS).rows
    assert len(lines) == 3
    assert "default" in lines[-1][1].badges
    assert f"{len(report.board.rows) - 3} more trials are in the CSV file" in render(report)


def test_what_a_system_lacks_is_a_dash(large: tuple[Report, Path]) -> None:
    results = large[0].results
    assert results is not None
    nobody = replace(results.systems[0], key="nobody")
    pair = replace(results, systems=(results.systems[0], nobody))
    (line,) = result_table("test-sources", "", "", "kind of query", [results.objective], pair).rows
    assert line[3] == Cell("–")
    evaluation = results.systems[0].evaluation
    assert estimate(evaluation, Metric.parse("test/t2m/R@1"), "human") is None
