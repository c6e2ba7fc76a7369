"""Several objectives: the front of simulated sweeps, how sure it is, and the words on it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from adsw.metrics import Metric
from adsw.report.statement import GOOD, OPEN, PLAIN
from sweep.report.data import read_run, value_of
from sweep.report.document import markdown, report_tables
from sweep.report.front import Front, front_of
from sweep.report.front_text import headline, statements
from sweep.report.leaderboard import build_leaderboard
from sweep.report.leaderboard_table import leaderboard_table
from sweep.report.report import Report
from sweep.stats.pareto import hypervolume, non_dominated

from .simulated import METRIC, Simulation, evaluation_of
from .test_page import Page, offered

SECOND = "works/t2m/mAP@10"
MODES = ("max", "max")


@pytest.fixture(scope="module")
def made(report_of: Callable[[Simulation], tuple[Report, Path]]) -> tuple[Report, Path]:
    """Two sets that half agree."""
    return report_of(
        Simulation(trials=16, stopping=False, failed=(), second=SECOND, sets=("works",), conflict=0.45, seed=2)
    )


@pytest.fixture(scope="module")
def front(made: tuple[Report, Path]) -> Front:
    assert made[0].front is not None
    return made[0].front


def test_the_front_is_that_of_the_trials(made: tuple[Report, Path], front: Front) -> None:
    records = {record.number: record for record in made[0].run.records}
    values = [[record.metrics[METRIC], record.metrics[SECOND]] for record in records.values()]
    wanted = {number for number, on_front in zip(records, non_dominated(values, MODES), strict=True) if on_front}
    assert {trial.number for trial in front.front} == wanted
    assert front.default is not None
    assert front.default.number == 0
    assert front.volume == pytest.approx(hypervolume(values, front.default.values, MODES))
    assert front.volume_interval is not None
    assert front.volume_interval.low <= front.volume <= front.volume_interval.high


def test_intervals_and_shares_are_of_paired_resamples(made: tuple[Report, Path], front: Front) -> None:
    rows = {row.number: row for row in made[0].board.rows}
    for trial in front.trials:
        assert trial.share is not None
        assert 0 <= trial.share <= 1
        alone, gap = trial.intervals[0], trial.to_default[0]
        known = rows[trial.number]
        assert alone is not None
        assert known.interval is not None
        assert alone.low == pytest.approx(known.interval.low, abs=0.01)
        if gap is not None:
            assert known.to_default is not None
            assert gap.value == pytest.approx(known.to_default.value)
            assert gap.high == pytest.approx(known.to_default.high, abs=0.01)
    assert max(trial.share or 0.0 for trial in front.front) >= max(
        trial.share or 0.0 for trial in front.trials if not trial.on_front
    )


def test_a_trial_ahead_on_both_is_named_but_not_as_tested(front: Front) -> None:
    assert front.surely_ahead()
    head = headline(front)
    assert head.tone == OPEN
    assert "beats the default on both objectives, on the queries that it was picked by" in head.text
    told = " ".join(one.text for one in statements(front))
    assert "No trial of the front was compared with the default on test" in told
    assert "hypervolume" in told


def test_tested_trials_have_the_last_word(tmp_path: Path) -> None:
    """Where all objectives have their like on test, what is ahead there is called so."""
    simulation = Simulation(trials=8, stopping=False, failed=(), second="valid/m2t/mAP@10")
    folder = simulation.write(tmp_path)
    run = read_run(folder.path)
    found = front_of(run)
    assert found is not None
    for trial in found.front:
        quality = simulation.base + simulation.quality[trial.number]
        evaluation_of("test", quality, 1, trial.number).save(folder.evaluations / f"{trial.number:04d}.test.npz")
    found = front_of(read_run(folder.path))
    assert found is not None
    assert found.on_test == ("test/t2m/mAP@10", "test/m2t/mAP@10")
    assert headline(found).tone == GOOD
    assert "test/m2t/mAP@10 +" in headline(found).text


def test_a_set_of_one_source_has_its_like_on_test(tmp_path: Path) -> None:
    folder = Simulation(trials=4, stopping=False, failed=()).write(tmp_path)
    sweep = folder.read_sweep()
    words = {"name": "words", "split": "valid", "source": "tags"}
    songs = {"name": "songs", "split": "valid", "dataset": "songs"}
    folder.update_sweep(space={**sweep.space, "evaluate": [words, songs]})
    run = read_run(folder.path)
    metric = Metric.parse("words/t2m/mAP@10")
    assert run.on_test(metric).full == "test:tags/t2m/mAP@10"
    assert run.has_counterpart(metric)
    assert not run.has_counterpart(Metric.parse("songs/t2m/mAP@10"))
    assert not run.has_counterpart(Metric.parse("words/m2t/mAP@10"))
    test = run.test[0]
    bits = test.t2m.sources & 0b101
    wanted = test.t2m.where(bits > 0).metrics["mAP@10"]
    assert value_of(test, run.on_test(metric)) == pytest.approx(wanted)


def test_nothing_ahead_is_said_to_be(front: Front) -> None:
    members = [replace(trial, to_default=(None, None)) for trial in front.front]
    top = replace(members[0], arm="default")
    none_ahead = replace(front, trials=(top, *members[1:]), default=top)
    assert headline(none_ahead).tone == PLAIN
    assert "No trial beats the default on both objectives" in headline(none_ahead).text
    assert "the default is on it" in headline(none_ahead).text
    without = replace(front, default=None, volume=None)
    assert "the sweep held no default" in headline(without).text
    ahead = front.ahead[0]
    assert ahead.to_default[0] is not None
    unsure = replace(ahead, to_default=tuple(replace(gap, low=-1.0) for gap in ahead.to_default if gap))
    assert front.default is not None
    assert "for certain" in headline(replace(front, trials=(unsure, front.default))).text


def test_one_objective_has_no_front(large: tuple[Report, Path]) -> None:
    assert large[0].front is None
    assert front_of(large[0].run) is None


def test_it_stands_on_the_page_in_the_files_and_on_the_leaderboard(made: tuple[Report, Path], front: Front) -> None:
    report, folder = made
    page = Page((folder / "report.html").read_text())
    assert page.open == []
    assert "front-1" in page.values("data-figure")
    assert "front" in offered(page)
    document = json.loads((folder / "statistics.json").read_text())["front"]
    assert document["hypervolume_over_default"] == front.volume
    assert [trial["number"] for trial in document["trials"] if trial["on_front"]] == [t.number for t in front.front]
    board = leaderboard_table(report.board, front).shown()
    lines = {int(row[1].text): row for row in board.rows}
    assert {number for number, row in lines.items() if "front" in row[1].badges} == {t.number for t in front.front}
    place = [column.head for column in board.columns].index(SECOND)
    assert all(re.fullmatch(r"\d\.\d{4}", row[place].text) for row in lines.values())
    assert "Several objectives" in page.text
    table = next(one for one in report_tables(report) if one.name == "front")
    assert [row[0].text for row in table.rows if row[0].text.endswith("(front)")]
    assert "## Several objectives" in markdown(report)


def test_a_trial_without_its_results_is_on_the_front_but_not_measured(made: tuple[Report, Path]) -> None:
    run = made[0].run
    board = build_leaderboard(run)
    assert board.best is not None
    kept = {number: found for number, found in run.valid.items() if number != board.best.number}
    found = front_of(replace(run, valid=kept))
    assert found is not None
    best = next(trial for trial in found.trials if trial.number == board.best.number)
    assert best.on_front
    assert best.share is None
    assert best.intervals == (None, None)
    assert np.isfinite([trial.share for trial in found.trials if trial.share is not None]).all()
