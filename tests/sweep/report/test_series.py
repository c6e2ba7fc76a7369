"""What the figures draw is what the run holds."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from adsw.report.plots import STEPS, Shades
from sweep.report.curves import curves, learning_curves
from sweep.report.data import read_run
from sweep.report.hyperparameter_plots import parallel_lines, shared_range, slice_points
from sweep.report.hyperparameters import slices
from sweep.report.leaderboard import build_leaderboard, common_epoch, rank_correlation, searched
from sweep.report.report import Report, build_report
from sweep.run.records import TrialRecord, TrialState
from sweep.space.distributions import Choices, Reals

from .simulated import KIND, METRIC, Simulation


def test_curves_are_the_recorded_ones(large: tuple[Report, Path]) -> None:
    report = large[0]
    records = {record.number: record for record in report.run.records}
    assert {trace.number for trace in report.curves} == {n for n, record in records.items() if record.curve}
    for trace in report.curves:
        record = records[trace.number]
        assert list(trace.values) == [point[METRIC] for point in record.curve]
        assert trace.epochs[-1] == record.epochs
        assert trace.objective == record.value(METRIC)
    parts = {trace.number: trace.part for trace in report.curves}
    assert parts[0] == "default"
    assert sorted(set(parts.values())) == ["best", "completed", "default", "stopped"]
    assert common_epoch(report.run) == 3


def test_stopped_curves_look_stopped_and_the_best_lies_on_top(large: tuple[Report, Path]) -> None:
    traces = learning_curves(large[0].curves, METRIC)["data"]
    assert traces[-1]["line"]["color"] == "var(--best)"
    assert traces[-2]["line"]["color"] == "var(--default)"
    stopped = [trace for trace in traces if trace["legendgroup"] == "stopped"]
    assert stopped
    assert all(trace["line"]["dash"] == "dot" and "x" in trace["marker"]["symbol"] for trace in stopped)
    named = [trace["name"] for trace in traces if trace["showlegend"]]
    assert len(named) == len(set(named)) == 4


def test_slices_hold_every_trial_with_an_active_value(large: tuple[Report, Path]) -> None:
    report = large[0]
    by_name = {cut.name: cut for cut in report.slices}
    assert isinstance(searched(report.run)[KIND], Choices)
    assert by_name[KIND].is_category
    assert by_name["optim.lr"].is_log
    assert not by_name["text.view_dropout.rate"].is_log
    trained = [r for r in report.run.records if r.state in (TrialState.COMPLETED, TrialState.STOPPED)]
    assert len(by_name["optim.lr"].points) == len(trained)
    constant = [record for record in trained if record.params[KIND] == "constant"]
    assert len(by_name["text.swap.probability.value"].points) == len(constant)
    for point in by_name["optim.lr"].points:
        record = next(record for record in trained if record.number == point.number)
        assert (point.x, point.objective) == (record.params["optim.lr"], record.value(METRIC))


def test_slices_share_one_scale_and_span_what_was_searched(large: tuple[Report, Path]) -> None:
    report = large[0]
    reach = shared_range(report.slices)
    figures = {cut.name: slice_points(cut, cut.name, reach)["layout"] for cut in report.slices}
    assert len({tuple(layout["yaxis"]["range"]) for layout in figures.values()}) == 1
    low, high = figures["optim.lr"]["xaxis"]["range"]
    assert low < -4 < -2 < high
    assert figures[KIND]["xaxis"]["categoryarray"] == ["constant", "linear", "cosine", "step"]


def test_parallel_lines_stay_on_their_axes(large: tuple[Report, Path]) -> None:
    report = large[0]
    shades = Shades.of([trace.objective for trace in report.curves], "max")
    figure = parallel_lines(report.slices, {cut.name: cut.name for cut in report.slices}, METRIC, shades)
    lines = [trace for trace in figure["data"] if trace["x"] != [None]]
    assert len(lines) == len(report.board.rows)
    heights = [height for line in lines for height in line["y"] if height is not None]
    assert all(0 <= height <= 1 for height in heights)
    assert lines[-1]["y"][-1] == 1.0
    assert any(None in line["y"] for line in lines)


def test_shades_run_from_worst_to_best() -> None:
    scale = Shades.of([0.1, None, 0.5], "max")
    assert (scale.low, scale.high) == (0.1, 0.5)
    assert [scale.of_value(value) for value in (0.1, 0.3, 0.5, None)] == [
        "var(--s0)",
        "var(--s3)",
        f"var(--s{STEPS - 1})",
        "var(--muted)",
    ]
    upside_down = Shades.of([10.0, 90.0], "min")
    assert upside_down.of_value(10.0) == f"var(--s{STEPS - 1})"
    bar = upside_down.colour_bar("rank")["marker"]
    assert bar["colorscale"][0] == [0.0, f"var(--s{STEPS - 1})"]
    assert bar["colorscale"][-1] == [1.0, "var(--s0)"]
    assert Shades.of([0.2], "max").of_value(0.2) == f"var(--s{STEPS - 1})"
    assert Shades.of([], "max").high == 1.0


def test_rank_correlation_needs_something_to_correlate() -> None:
    assert rank_correlation([1, 2, 3, 4], [1, 4, 9, 16]) == pytest.approx(1.0)
    assert rank_correlation([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1.0)
    assert rank_correlation([1, 2, 3], [1, 2, 3]) is None
    assert rank_correlation([1, 1, 1, 1], [1, 2, 3, 4]) is None
    assert rank_correlation([1, 2, 3, 4], [math.nan, 1, 2, 3]) is None


def test_a_run_without_trials_has_nothing_to_draw(tmp_path: Path) -> None:
    folder = Simulation(trials=0, tested=False).write(tmp_path)
    report = build_report(read_run(folder.path))
    assert report.curves == curves(report.run, report.board) == ()
    assert report.slices == slices(report.run, report.board) == ()
    assert report.schedules == ()
    assert common_epoch(report.run) is None


def test_failed_and_duplicate_trials_stay_out_of_the_curves(tmp_path: Path) -> None:
    folder = Simulation(trials=1, failed=(), tested=False).write(tmp_path)
    point = {"epoch": 1, METRIC: 0.1}
    folder.append_trial(TrialRecord(number=1, state=TrialState.FAILED, epochs=1, curve=[point], why="NaN"))
    folder.append_trial(TrialRecord(number=2, state=TrialState.DUPLICATE, curve=[point], why="repeats trial 0"))
    run = read_run(folder.path)
    assert {trace.number: trace.part for trace in curves(run, build_leaderboard(run))} == {0: "best", 1: "failed"}


def test_choices_and_ranges_have_their_distributions(large: tuple[Report, Path]) -> None:
    space = searched(large[0].run)
    assert space["optim.lr"] == Reals(1e-4, 1e-2, log=True)
    assert set(space) == set(large[0].run.space.space)
