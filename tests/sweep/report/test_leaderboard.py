"""The leaderboard: order, marks, intervals, and the same numbers everywhere."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from adsw.errors import InputError
from adsw.report.csv import table_csv
from adsw.report.format import kept_digits
from adsw.retrieval.evaluation import Evaluation
from adsw.stats.bootstrap import bootstrap_interval, paired_interval
from sweep.report.data import read_run
from sweep.report.leaderboard import build_leaderboard, document
from sweep.report.leaderboard_table import leaderboard_table, terminal_leaderboard
from sweep.report.report import Report
from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord, TrialState

from .simulated import EPOCHS, METRIC, Simulation, evaluation_of


def test_completed_trials_are_ranked_by_value_and_stopped_ones_follow(large: tuple[Report, Path]) -> None:
    board = large[0].board
    states = [row.state for row in board.rows]
    ranked = [row.value for row in board.ranked if row.value is not None]
    assert states == sorted(states, key=["completed", "stopped"].index)
    assert [row.rank for row in board.ranked] == list(range(1, len(ranked) + 1))
    assert ranked == sorted(ranked, reverse=True)
    stopped = [row for row in board.rows if row.state == "stopped"]
    assert stopped
    assert all(row.rank is None and row.epochs < EPOCHS for row in stopped)
    assert [row.epochs for row in stopped] == sorted((row.epochs for row in stopped), reverse=True)
    assert board.failed == 1


def test_numbers_are_those_of_the_trials_file(large: tuple[Report, Path]) -> None:
    report, path = large
    lines = [json.loads(line) for line in (path / "trials.jsonl").read_text().splitlines()]
    truth = {line["number"]: line for line in lines}
    saved = json.loads((path / "leaderboard.json").read_text())
    assert saved == document(report.board)
    assert saved["objective"] == {"metric": METRIC, "mode": "max"}
    for row in saved["rows"]:
        line = truth[row["number"]]
        assert (row["value"], row["epochs"], row["state"]) == (line["metrics"][METRIC], line["epochs"], line["state"])
        assert row["params"] == line["params"]
        assert row["interval"][0] < row["value"] < row["interval"][1]
    for line in csv.DictReader(io.StringIO(table_csv(leaderboard_table(report.board)))):
        assert float(line[METRIC]) == truth[int(line["trial"])]["metrics"][METRIC]
        assert float(line["optim.lr"]) == truth[int(line["trial"])]["params"]["optim.lr"]


def test_intervals_resample_tracks_and_differences_are_paired(large: tuple[Report, Path]) -> None:
    report, path = large
    best, default = report.board.best, report.board.default
    assert best is not None
    assert default is not None
    mine = Evaluation.load(path / f"evaluations/{best.number:04d}.valid.npz").t2m
    theirs = Evaluation.load(path / f"evaluations/{default.number:04d}.valid.npz").t2m
    precision = mine.scores.average_precision
    assert best.interval == bootstrap_interval(precision, mine.clusters)
    assert best.to_default == paired_interval(precision, theirs.scores.average_precision, mine.clusters)
    assert default.to_default is None
    assert default.is_default
    assert best.test is not None
    assert set(best.test.metrics) == set(best.test.intervals)


def test_trials_of_other_fidelity_are_not_set_against_the_default(large: tuple[Report, Path]) -> None:
    assert all(row.to_default is None for row in large[0].board.rows if row.epochs < EPOCHS)


def test_lower_is_better_for_ranks(tmp_path: Path) -> None:
    folder = Simulation(trials=5, failed=(), metric="valid/t2m/MedR", mode="min", stopping=False).write(tmp_path)
    values = [row.value for row in build_leaderboard(read_run(folder.path)).ranked if row.value is not None]
    assert len(values) == 5
    assert values == sorted(values)


def test_an_evaluation_of_another_epoch_gives_no_interval(tmp_path: Path) -> None:
    folder = Simulation(trials=3, failed=(), tested=False).write(tmp_path)
    evaluation_of("valid", 3.0, 0, 99).save(folder.evaluations / "0001.valid.npz")
    (folder.evaluations / "0002.valid.npz").write_bytes(b"torn")
    run = read_run(folder.path)
    rows = {row.number: row for row in build_leaderboard(run).rows}
    assert rows[0].interval is not None
    assert rows[1].interval is None
    assert rows[2].interval is None
    assert run.unreadable == ("0002.valid.npz",)


def test_trials_without_a_value_and_duplicates_have_no_rank(tmp_path: Path) -> None:
    folder = Simulation(trials=2, failed=(), tested=False).write(tmp_path)
    folder.append_trial(TrialRecord(number=2, state=TrialState.COMPLETED, epochs=EPOCHS))
    folder.append_trial(TrialRecord(number=3, state=TrialState.DUPLICATE, why="repeats trial 1"))
    board = build_leaderboard(read_run(folder.path))
    assert [row.number for row in board.rows if row.rank is None] == [2]
    assert board.duplicates == 1
    assert table_csv(leaderboard_table(board)).count("\n") == len(board.rows) + 1


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_table_fits_its_terminal_and_marks_the_default(large: tuple[Report, Path], width: int) -> None:
    console = Console(width=width, record=True, file=io.StringIO())
    board = large[0].board
    console.print(terminal_leaderboard(board, width))
    text = console.export_text()
    assert max(len(line) for line in text.splitlines()) <= width
    assert "default 0" in text
    first = board.rows[0]
    assert f"{first.value:.{kept_digits(first.interval)}f}" in text
    assert "stopped early: fewer epochs, not ranked; 1 failed" in " ".join(text.split())


def test_a_long_table_is_cut_but_keeps_the_default(zero: tuple[Report, Path]) -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    board = zero[0].board
    assert board.default is not None
    assert board.default.rank is not None
    assert board.default.rank > 2
    console.print(terminal_leaderboard(board, 100, most=2))
    text = console.export_text()
    assert "default 0" in text
    assert f"{len(board.rows) - 3} more rows in leaderboard.json" in text


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such run folder"):
        read_run(tmp_path / "absent")
    (tmp_path / "sweep.json").write_text("{}")
    with pytest.raises(InputError, match="schema_version"):
        read_run(tmp_path)


def test_a_space_that_cannot_be_read_is_refused_with_its_key(tmp_path: Path) -> None:
    folder = Simulation(trials=1, tested=False).write(tmp_path)
    folder.update_sweep(space={"objective": {"metric": "valid/t2m/R@11", "mode": "max"}})
    with pytest.raises(InputError, match=r"sweep\.json: space: objective"):
        read_run(folder.path)


def test_a_sweep_nobody_drives_is_interrupted(tmp_path: Path) -> None:
    folder = Simulation(trials=1, tested=False, status="running").write(tmp_path)
    assert read_run(folder.path).status == "interrupted"
    with RunFolder(folder.path).driving():
        assert read_run(folder.path).status == "running"
