"""report.html: one file that holds everything, drawing library included, and loads nothing (`adsw.report.page`)."""

from __future__ import annotations

import base64
from pathlib import Path

from markupsafe import Markup

from adsw.publish import publish_json, publish_text
from adsw.report.format import duration, number, plural, short
from adsw.report.page import render_page
from adsw.report.section import every_table
from adsw.report.section_page import _Links
from adsw.report.statement import LABELS
from sweep.run_folder import RunFolder
from sweep.statistics.importance import RESAMPLES
from sweep.view.ablation.show import ablation_section
from sweep.view.contents import contents
from sweep.view.csv_tables import csv_tables
from sweep.view.leaderboard import document
from sweep.view.plots import all_figures
from sweep.view.report import Report, build_report
from sweep.view.run_data import read_run
from sweep.view.statistics_document import statistics_document

STATISTICS = "statistics.json"
"""Beside leaderboard.json in the run folder."""


def write_report(run: Path, out: Path | None = None, resamples: int = RESAMPLES) -> Report:
    """Build leaderboard.json, statistics.json and report.html of a run folder anew, from what is there.

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
    publish_json(run / STATISTICS, statistics_document(report))
    publish_text(out or folder.report, render(report))
    return report


def render(report: Report) -> str:
    """The whole page."""
    found = report.ablation
    section = ablation_section(found, report.board.name, report.board.metric) if found else None
    return render_page(
        "sweep.view",
        "page.html",
        all_figures(report),
        filters={"duration": duration, "short": short, "number": number},
        report=report,
        board=report.board,
        results=report.results,
        influence=report.influence,
        ablation=report.ablation,
        evidence=report.evidence,
        downloads={name: _encoded(text) for name, text in csv_tables(report).items()},
        ablation_section=section,
        links=_Links(every_table([section] if section else []), report.board.name),
        labels=LABELS,
        plural=plural,
        number=number,
        **contents(report),
    )


def _encoded(text: str) -> Markup:
    return Markup(base64.b64encode(text.encode()).decode())
