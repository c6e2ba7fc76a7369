"""leaderboard.json, statistics.json and report.html: one file that holds everything and loads nothing."""

from __future__ import annotations

from pathlib import Path

from adsw.publish import publish_json, publish_text
from adsw.report.section_page import render_document
from sweep.run_folder import RunFolder
from sweep.statistics.importance import RESAMPLES
from sweep.view.document import report_document
from sweep.view.leaderboard import document
from sweep.view.report import Report, build_report
from sweep.view.run_data import read_run
from sweep.view.statistics_document import statistics_document

STATISTICS = "statistics.json"
"""Beside leaderboard.json in the run folder."""


def write_report(run: Path, out: Path | None = None, resamples: int = RESAMPLES) -> Report:
    """Write leaderboard.json, statistics.json and report.html of a run folder anew, from the results it has.

    Args:
        run: the run folder.
        out: file of the page; `report.html` in the run folder by default.
        resamples: bootstrap samples for the importances' intervals.

    Raises:
        InputError: this is no run folder, or it cannot be read.
    """
    report = build_report(read_run(run), resamples)
    folder = RunFolder(run)
    publish_json(folder.leaderboard, document(report.board))
    publish_json(run / STATISTICS, statistics_document(report))
    publish_text(out or folder.report, render(report))
    return report


def render(report: Report) -> str:
    """Return the whole page as HTML."""
    return render_document(report_document(report))
