"""What holds up a search's outcome, computed from runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sweep.report.caveats import caveats
from sweep.report.data import RunData, read_run
from sweep.report.hyperparameter_section import variance_table
from sweep.report.hyperparameters import influence
from sweep.report.leaderboard import build_leaderboard
from sweep.report.report import Report
from sweep.report.search_quality import Evidence, evidence, picking_lines, rung_table
from sweep.run.records import TrialState
from sweep.space.model import Space

from .simulated import METRIC, Simulation


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunData:
    """A sweep of 22 trials without early stopping; all but the default were drawn at random."""
    simulation = Simulation(trials=22, failed=(), stopping=False, tested=True)
    found = read_run(simulation.write(tmp_path_factory.mktemp("runs")).path)
    return replace(found, origins={number: "random" if number else "included" for number in range(22)})


@pytest.fixture(scope="module")
def found(run: RunData) -> Evidence:
    return evidence(run, build_leaderboard(run), 1)


def test_the_budget_curve_is_of_random_trials_only(run: RunData, found: Evidence) -> None:
    values = [record.metrics[METRIC] for record in run.records if record.number]
    assert found.budget is not None
    assert len(found.budget.without) == 21
    assert found.budget.without[0] == pytest.approx(np.mean(values))
    assert found.budget.without[-1] == pytest.approx(max(values))
    suggested = replace(run, origins=dict.fromkeys(range(22), "tpe"))
    assert evidence(suggested, build_leaderboard(run), 1).budget is None


def test_ranks_are_compared_at_the_schedulers_rungs(found: Evidence) -> None:
    assert [rung.epoch for rung in found.rungs] == [1, 3, 9]
    assert all(rung.agreement.trials == 22 for rung in found.rungs)
    assert all(rung.keeps_best for rung in found.rungs)
    assert not found.censored
    assert rung_table(found, "run").rows[0][0].text == "1"


def test_without_a_scheduler_a_third_is_asked_about(run: RunData) -> None:
    document = run.space.document() | {"scheduler": {"kind": "none"}}
    plain = replace(run, space=Space.model_validate(document))
    found = evidence(plain, build_leaderboard(plain), 1)
    assert [rung.epoch for rung in found.rungs] == [1, 3, 9]
    assert found.rungs[0].keeps == pytest.approx(1 / 3)


def test_a_late_starter_is_told_against_early_stopping(run: RunData) -> None:
    board = build_leaderboard(run)
    assert board.best is not None
    slow = [
        record.model_copy(
            update={"curve": [point | ({METRIC: 0.0} if point["epoch"] < 12 else {}) for point in record.curve]}
        )
        if record.number == board.best.number
        else record
        for record in run.records
    ]
    late = replace(run, records=tuple(slow))
    found = evidence(late, board, 1)
    assert not any(rung.keeps_best for rung in found.rungs)
    told = caveats(late, board, None, influence(late, board, 1), found)
    assert any("rungs at epochs 1, 3 and 9 keeping 33 % would have dropped" in caveat for caveat in told)


def test_gaps_are_those_of_the_levels(run: RunData, found: Evidence) -> None:
    board = build_leaderboard(run)
    assert board.best is not None
    number = board.best.number
    gaps = dict(found.gaps)
    expected = run.valid[number].metrics[METRIC] - run.test[number].metrics[METRIC.replace("valid", "test")]
    assert gaps["best"].value == pytest.approx(expected)
    assert gaps["best"].low < expected < gaps["best"].high
    assert len(picking_lines(found, METRIC)) == 3


def test_the_winners_other_seeds_are_its_fresh_ones(run: RunData) -> None:
    board = build_leaderboard(run)
    assert board.best is not None
    winner = next(record for record in run.records if record.number == board.best.number)
    again = [
        winner.model_copy(
            update={
                "number": 100 + seed,
                "seed": seed,
                "recipe": winner.recipe | {"seed": seed},
                "metrics": winner.metrics | {METRIC: winner.metrics[METRIC] - 0.02 - 0.001 * seed},
            }
        )
        for seed in (5, 6, 7)
    ]
    found = evidence(replace(run, records=(*run.records, *again)), board, 1)
    assert found.drop is not None
    seeds, drop = found.drop
    assert seeds == 3
    assert drop.value == pytest.approx(0.026)
    assert "On 3 other seeds the winner's configuration loses" in " ".join(picking_lines(found, METRIC))


def test_variance_shares_need_trials_enough(run: RunData, found: Evidence) -> None:
    assert found.shares is not None
    assert found.shares.trials == 22
    assert {row[0].text for row in variance_table(found.shares, "run").rows[:2]} == {"optim.lr", "view_dropout.rate"}
    few = replace(run, records=run.records[:10])
    assert evidence(few, build_leaderboard(few), 1).shares is None


def test_stopped_trials_are_said_to_be_missing(report_of: Callable[[Simulation], tuple[Report, Path]]) -> None:
    report, folder = report_of(Simulation(trials=14, failed=(), seed=2))
    assert any(record.state is TrialState.STOPPED for record in report.run.records)
    assert report.evidence.censored
    assert "picked by early values" in (folder / "report.html").read_text()
