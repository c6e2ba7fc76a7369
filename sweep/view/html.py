"""report.html: one file that holds everything, drawing library included, and loads nothing (`adsw.page`)."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from markupsafe import Markup

from adsw.page.frame import render_page
from adsw.publish import publish_json, publish_text
from sweep.run_folder import RunFolder
from sweep.statistics.importance import RESAMPLES
from sweep.view.held_out import DEFAULT, TestResults
from sweep.view.leaderboard import as_csv, document
from sweep.view.plots import all_figures
from sweep.view.report import Report, build_report
from sweep.view.run_data import read_run
from sweep.view.scores import Metric
from sweep.view.tables import (
    board_lines,
    curve_lines,
    gap_of,
    parameter_lines,
    result_lines,
    schedule_lines_of,
)
from sweep.view.wording import duration, metric_number, number, plural, short, short_names


def write_report(run: Path, out: Path | None = None, resamples: int = RESAMPLES) -> Report:
    """Build leaderboard.json and report.html of a run folder anew, from what is there.

    Args:
        run: the run folder.
        out: where the page goes; `report.html` in the run folder by default.
        resamples: bootstrap samples for the importances' intervals.

    Raises:
        InputError: this is no run folder, or it cannot be read.
    """
    report = build_report(read_run(run), resamples)
    folder = RunFolder(run)
    publish_json(folder.leaderboard, document(report.board))
    publish_text(out or folder.report, render(report))
    return report


def render(report: Report) -> str:
    """The whole page."""
    return render_page(
        "sweep.view",
        "page.html",
        all_figures(report),
        filters={"duration": duration, "short": short, "number": number},
        report=report,
        board=report.board,
        results=report.results,
        influence=report.influence,
        csv=Markup(base64.b64encode(as_csv(report.board).encode()).decode()),
        plural=plural,
        number=number,
        **_contents(report),
    )


def _contents(report: Report) -> dict[str, Any]:
    """The page's tables and headline figures."""
    board, results = report.board, report.results
    names = short_names(board.parameters)
    found: dict[str, Any] = {
        "metric": Metric.parse(board.metric),
        "parameter_names": [names[name] for name in board.parameters],
        "lines": board_lines(board),
        "tiles": _tiles(report),
        "parameters": parameter_lines(report.influence),
        "curve_table": curve_lines(report),
        "schedules": [(panel, schedule_lines_of(panel, board.metric)) for panel in report.schedules],
        "failure_names": short_names(name for failure in report.failures for name in failure.params),
        "sources": [],
        "metrics": [],
        "systems": [],
    }
    if results is not None:
        keys = [system.key for system in results.systems]
        found["systems"] = results.systems
        found["sources"] = result_lines([results.objective, *results.by_source], keys)
        found["metrics"] = result_lines(results.by_metric, keys)
    return found


def _tiles(report: Report) -> list[tuple[str, str, str, str]]:
    """The numbers to see first: label, number, what stands below it, side."""
    board, results = report.board, report.results
    if results is None:
        if board.best is None:
            return []
        value = metric_number(board.metric, board.best.value)
        return [(f"best on validation, {board.metric}", value, f"trial {board.best.number}", "")]
    name = results.objective.metric.full
    tiles = [_score_tile(results, system.key, system.label) for system in results.systems[:2]]
    gap = gap_of(results.objective.difference, name, board.mode)
    if gap is not None:
        tiles.append((f"difference to the {DEFAULT}", gap.text, gap.interval, gap.side))
    recall = results.of("R@10")
    leader = results.systems[0].key
    times = recall.scores[leader].value / recall.chance
    below = f"R@10 {number(recall.scores[leader].value, 3)}, chance {number(recall.chance, 3)}"
    tiles.append(("R@10 against chance", f"{times:.1f} ×", below, ""))
    return tiles


def _score_tile(results: TestResults, key: str, label: str) -> tuple[str, str, str, str]:
    name = results.objective.metric.full
    score = results.objective.scores[key]
    span = f"{metric_number(name, score.low)} to {metric_number(name, score.high)}"
    return label, metric_number(name, score.value), f"{name}, 95 % {span}", key
