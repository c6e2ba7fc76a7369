"""The report as a document of sections, from which page, Markdown, LaTeX and CSV are written."""

from __future__ import annotations

from adsw.report.format import listed
from adsw.report.page import Figure
from adsw.report.section import Document, Notes, Paragraph, Section, every_figure, every_table, printed_tables
from adsw.report.section_markdown import document_markdown
from adsw.report.shades import Shades
from adsw.report.statement import Statement
from adsw.report.table import TableModel
from adsw.report.table_csv import csv_files
from sweep.state import TrialState
from sweep.view.ablation.show import ablation_section
from sweep.view.captions import captions_section
from sweep.view.curves import curves_section
from sweep.view.evaluation_sets_section import sets_section
from sweep.view.front_text import front_section
from sweep.view.hyperparameter_section import hyperparameter_section
from sweep.view.leaderboard_table import leaderboard_section
from sweep.view.method import method_section
from sweep.view.provenance import cost_section, failures_section, provenance_section
from sweep.view.report import Report
from sweep.view.schedules import schedules_section
from sweep.view.search_quality import search_section
from sweep.view.test_results import DEFAULT, UNTRAINED, TestResults, no_results_section, results_section
from sweep.view.tiles import tiles_of

MOST_ROWS = 200
"""Rows of the leaderboard on the page; the CSV file beside it holds all."""
TOP = 10
"""Rows of the leaderboard in print."""


def report_document(report: Report, most: int | None = None) -> Document:
    """Return the whole report.

    Args:
        report: what was computed.
        most: rows of the leaderboard, beside the default's; by default those of the page.
    """
    return Document(
        sort="Sweep report",
        title=report.board.name,
        meta=_meta(report),
        sections=report_sections(report, MOST_ROWS if most is None else most),
        lead=report.run.space.description,
        verdict=(Statement(report.verdict.tone, report.verdict.headline), *report.verdict.statements),
        tiles=tuple(tiles_of(report)),
    )


def report_tables(report: Report, most: int = TOP) -> tuple[TableModel, ...]:
    """Return every table that is printed, in the order of the page."""
    return printed_tables(report_document(report, most).sections)


def csv_tables(report: Report) -> dict[str, str]:
    """Return every table as CSV with full precision, by the name of its file without the ending."""
    return csv_files(every_table(report_document(report).sections))


def markdown(report: Report) -> str:
    """Return the report for pull requests and papers."""
    return document_markdown(report_document(report, TOP))


def all_figures(report: Report) -> dict[str, Figure]:
    """Return every figure of the page by its name."""
    return every_figure(report_document(report).sections)


def report_sections(report: Report, most: int) -> tuple[Section, ...]:
    """Return a section for each subject that the run holds something of, in the order of the page."""
    board, name = report.board, report.board.name
    shades = Shades.of([trace.objective for trace in report.curves], board.mode)
    searched = report.ablation is None or report.influence.parameters
    sections = (
        ablation_section(report.ablation, name, board.metric) if report.ablation else None,
        front_section(report.front, name) if report.front else None,
        _test(report, report.results) if report.results else no_results_section(_untested(report)),
        leaderboard_section(board, report.front, most, aside=bool(report.run.aside)),
        curves_section(report.run, board.metric, report.curves, report.influence.all_trials),
        hyperparameter_section(report.influence, report.slices, report.contours, report.evidence.shares, board, shades)
        if searched
        else None,
        search_section(report.evidence, report.confirmation, board),
        sets_section(report.sets, name) if report.sets else None,
        captions_section(report.captioners, name) if report.captioners else None,
        schedules_section(report.schedules, board, shades),
        _caveats(report),
        cost_section(report.cost),
        failures_section(report.failures),
        method_section(report),
        provenance_section(report.provenance, report.space),
    )
    return tuple(section for section in sections if section is not None)


def _test(report: Report, results: TestResults) -> Section:
    """The section, with what the test split was opened for."""
    beside = [
        words
        for key, words in ((DEFAULT, "the default"), (UNTRAINED, "untrained heads"))
        if results.system(key) is not None
    ]
    if report.ablation is not None and report.ablation.other is not None:
        with_these = f", beside {listed(beside)}" if beside else ""
        opened = f"every replicate of every arm; shown here is the one that led on validation{with_these}"
    else:
        opened = listed(["the winner", *beside])
    if report.front is not None:
        opened += " (and for the trials of the front, shown there)"
    elif report.confirmation is not None:
        opened += " (and for winner and default on fresh seeds, shown there)"
    return results_section(results, report.board.name, opened)


def _untested(report: Report) -> str:
    if report.board.best is None:
        return "no trial completed"
    if report.run.status == "done":
        return "no trial was evaluated on the test split"
    return f"the test split is opened when the sweep is done, and this one is {report.run.status}"


def _caveats(report: Report) -> Section:
    nothing = Paragraph("Nothing can be said before a trial has ended.")
    blocks = (Notes(report.caveats),) if report.caveats else (nothing,)
    return Section("caveats", "What to hold against these results", blocks, label="Caveats")


def _meta(report: Report) -> tuple[tuple[str, ...], ...]:
    """Status, objectives, counts of trials and the time, in plain and emphasised pieces by turns."""
    run, board = report.run, report.board
    stopped = sum(row.state == TrialState.STOPPED for row in board.rows)
    counts = {"completed": len(board.ranked), "stopped": stopped, "failed": board.failed}
    counts |= {"to tune nuisances": len(run.tuning), "on fresh seeds": len(run.confirming)}
    counts |= {"repeated another": board.duplicates, "unfinished": board.unfinished}
    told = [piece for what, count in counts.items() if count for piece in (str(count), f" {what}, ")]
    trials = ("trials: ", *told[:-1], told[-1].removesuffix(", ")) if told else ("trials: none ended",)
    objectives = (
        ("objective ", one.metric, f", {'higher' if one.mode == 'max' else 'lower'} is better")
        for one in run.objectives
    )
    return (("status ", run.status), *objectives, trials, ("made ", f"{report.made:%Y-%m-%d %H:%M} UTC"))
