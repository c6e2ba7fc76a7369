"""Fresh seeds of the winner: its drop, what is left of its lead, and who has the last word."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from adsw.report.statement import GOOD, OPEN, WARN
from sweep.report.confirmation import Confirmation, confirmation_of
from sweep.report.document import report_tables, tiles_of
from sweep.report.leaderboard import build_leaderboard
from sweep.report.report import Report
from sweep.run.records import TrialState

from .simulated import METRIC, Simulation
from .test_page import Page, offered

Make = Callable[[Simulation], tuple[Report, Path]]


@pytest.fixture(scope="module")
def made(report_of: Make) -> tuple[Report, Path]:
    return report_of(Simulation(trials=8, stopping=False, failed=(), confirm=3))


@pytest.fixture(scope="module")
def found(made: tuple[Report, Path]) -> Confirmation:
    assert made[0].confirmation is not None
    return made[0].confirmation


def test_the_figures_are_those_of_the_fresh_trials(made: tuple[Report, Path], found: Confirmation) -> None:
    run, board = made[0].run, made[0].board
    assert board.best is not None
    winner = [record for record in run.confirming if record.arm is None]
    default = [record for record in run.confirming if record.arm == "default"]
    assert found.trial == board.best.number
    assert list(found.values.values()) == [record.metrics[METRIC] for record in winner]
    assert found.drop is not None
    assert board.best.value is not None
    assert found.drop.value == pytest.approx(board.best.value - np.mean(list(found.values.values())))
    assert [gap.metric.full for gap in found.gaps] == ["test/t2m/mAP@10", METRIC]
    test = found.gaps[0]
    pairs = zip(winner, default, strict=True)
    wanted = [
        run.test[one.number].t2m.metrics["mAP@10"] - run.test[two.number].t2m.metrics["mAP@10"] for one, two in pairs
    ]
    assert test.pairing is not None
    assert test.pairing.differences == pytest.approx(wanted)
    assert test.tracks is not None
    assert test.tracks.low < test.value < test.tracks.high


def test_fresh_seeds_have_no_place_on_the_leaderboard(made: tuple[Report, Path]) -> None:
    report = made[0]
    fresh = {record.number for record in report.run.confirming}
    assert len(fresh) == 6
    assert not fresh & {row.number for row in report.board.rows}
    assert not fresh & {trace.number for trace in report.curves}
    assert fresh <= {number for number, *_ in report.cost.per_trial}


def test_a_confirmed_lead_is_in_the_headline(made: tuple[Report, Path], found: Confirmation) -> None:
    report = made[0]
    assert found.primary is not None
    assert found.primary.holds("max")
    assert report.verdict.tone == GOOD
    assert "On 3 fresh seeds it still beats the default, by +" in report.verdict.headline
    assert any(tile.label == "difference on 3 fresh seeds" and tile.side == "better" for tile in tiles_of(report))
    text = "\n".join(report.caveats)
    assert "trained again on 3 fresh seeds only" in text
    assert "8 trials, 6 of them on fresh seeds" in text
    assert "But for the fresh seeds" in text


def test_a_lead_that_fresh_seeds_do_not_bear_out_is_no_finding(report_of: Make) -> None:
    lucky = Simulation(trials=6, stopping=False, failed=(), confirm=3, effect=1.0, luck=0.5)
    report, _ = report_of(lucky)
    assert report.results is not None
    assert report.results.objective.difference is not None
    found = report.confirmation
    assert found is not None
    assert found.lost > 0
    if found.primary is not None and not found.primary.holds("max"):
        assert report.verdict.tone in (OPEN, WARN)
    worse, _ = report_of(Simulation(trials=6, stopping=False, failed=(), confirm=5, luck=3.0))
    assert worse.verdict.tone == WARN
    assert "it is worse than the default" in worse.verdict.headline


def test_one_fresh_seed_decides_nothing(report_of: Make) -> None:
    report, _ = report_of(Simulation(trials=5, stopping=False, failed=(), confirm=1))
    found = report.confirmation
    assert found is not None
    assert found.drop is None
    assert found.primary is not None
    assert found.primary.judgement is None
    assert not found.primary.holds("max")
    assert "One seed decides nothing" in "\n".join(report.verdict.lines())
    assert report.verdict.tone == OPEN


def test_without_fresh_seeds_the_way_to_them_is_told(large: tuple[Report, Path]) -> None:
    assert large[0].confirmation is None
    assert any('put "confirm: 3" into the space' in caveat for caveat in large[0].caveats)


def test_fresh_seeds_of_an_earlier_winner_say_nothing_of_this_one(made: tuple[Report, Path]) -> None:
    run = made[0].run
    board = build_leaderboard(run)
    assert board.best is not None
    rest = tuple(record for record in run.records if record.number != board.best.number)
    assert confirmation_of(replace(run, records=rest), build_leaderboard(replace(run, records=rest))) is None


def test_fresh_trials_that_failed_are_counted(made: tuple[Report, Path]) -> None:
    run = made[0].run
    gone = run.aside[0].model_copy(update={"state": TrialState.FAILED, "metrics": {}})
    found = confirmation_of(replace(run, aside=(gone, *run.aside[1:])), made[0].board)
    assert found is not None
    assert found.failed == 1
    assert len(found.values) == 2


def test_it_stands_on_the_page_and_in_the_files(made: tuple[Report, Path], found: Confirmation) -> None:
    page = Page((made[1] / "report.html").read_text())
    assert "Winner and default on fresh seeds" in page.text
    assert "fresh-seeds" in offered(page)
    assert "fresh-seeds" in {table.name for table in report_tables(made[0])}
    document = json.loads((made[1] / "statistics.json").read_text())["confirmation"]
    assert document["trial"] == found.trial
    assert document["winner_minus_default"][0]["metric"] == "test/t2m/mAP@10"
    assert found.drop is not None
    assert document["drop"]["value"] == found.drop.value
