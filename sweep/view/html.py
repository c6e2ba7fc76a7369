"""report.html: one file that holds everything, drawing library included, and loads nothing.

Plotly's script is embedded compressed and inflated by the browser itself (`DecompressionStream`), so the file
stays small. The page's policy forbids every connection. Without scripts, tables and captions say it all.
"""

from __future__ import annotations

import base64
import gzip
import json
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

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
    figures = all_figures(report)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"duration": duration, "short": short, "number": number}
    template = environment.from_string(_asset("page.html"))
    page: str = template.render(
        report=report,
        board=report.board,
        results=report.results,
        influence=report.influence,
        figures={name: figure["layout"]["height"] for name, figure in figures.items()},
        figures_json=_script_json(figures),
        style=Markup(_asset("page.css")),
        script=Markup(_asset("page.js")),
        plotly=Markup(plotly_packed()),
        csv=Markup(base64.b64encode(as_csv(report.board).encode()).decode()),
        plural=plural,
        number=number,
        **_contents(report),
    )
    return page.lstrip() + "\n"


@lru_cache(maxsize=1)
def plotly_packed() -> str:
    """Plotly's script, compressed, in base64."""
    script = (files("plotly") / "package_data" / "plotly.min.js").read_bytes()
    return base64.b64encode(gzip.compress(script, 9, mtime=0)).decode()


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


def _script_json(value: Any) -> Markup:
    """JSON that can stand inside a script element: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def _asset(name: str) -> str:
    return (files("sweep.view") / name).read_text(encoding="utf-8")
