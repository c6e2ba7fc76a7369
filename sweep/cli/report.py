"""`sweep report`: builds leaderboard and page of a run anew from its folder, or compares several runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sweep.cli.options import RUNS, Json, Runs
from sweep.cli.places import Places

if TYPE_CHECKING:
    from adsw.report.table import TableModel
    from sweep.run_folder import RunFolder
    from sweep.view.comparison.comparison import SweepComparison
    from sweep.view.report import Report


def report(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME", help="Name of the run; of several to compare.", show_default=False)
    ],
    runs: Runs = RUNS,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Where the page goes; report.html in the run, comparison.html beside all runs."),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Folder for every table as CSV; made if need be.", show_default=False)
    ] = None,
    markdown: Annotated[
        str | None,
        typer.Option(
            "--markdown",
            metavar="[FILE|-]",
            help="The report as Markdown too: to a file, or alone to standard output (-, or without a value).",
            show_default=False,
        ),
    ] = None,
    latex: Annotated[
        Path | None,
        typer.Option(
            "--latex",
            metavar="DIR|FILE.tex",
            help="Every table as LaTeX (booktabs): a file each in a folder, or all in one.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Build leaderboard.json, statistics.json and report.html of a run, as far as it has come; print the verdict.

    With several names, compare them: what differs, best and default of each with the differences between them,
    arms in common, what equal budgets bought, and whether what was trained twice came out the same.

    Examples:

      sweep report quickstart-20260101-120000

      sweep report my-ablation --csv tables --latex paper/tables

      sweep report my-ablation --markdown > report.md

      sweep report before after --out comparison.html
    """
    from sweep.run_folder import RunFolder

    places = Places(out, csv, markdown, latex, as_json)
    if len(names) > 1:
        publish_comparison(runs, names, places)
    else:
        publish(RunFolder.named(runs, names[0]), as_json, out, csv, markdown, latex)


def publish(
    folder: RunFolder,
    as_json: bool,
    out: Path | None = None,
    csv: Path | None = None,
    markdown: str | None = None,
    latex: Path | None = None,
) -> None:
    """Write leaderboard.json, statistics.json and report.html, then print leaderboard, verdict and the page's path.

    Raises:
        InputError: the run cannot be read, or one of the places cannot be written to.
    """
    from adsw.cli.run import emit_json
    from sweep.view.document import csv_tables, report_tables
    from sweep.view.document import markdown as written
    from sweep.view.html import write_report
    from sweep.view.leaderboard import document

    page = out or folder.report
    places = Places(page, csv, markdown, latex, as_json)
    places.require(page)
    made = write_report(folder.path, page)
    places.write(lambda: csv_tables(made), lambda: written(made), lambda: report_tables(made), folder.path.name)
    if as_json:
        verdict = {"headline": made.verdict.headline, "lines": made.verdict.lines()[1:]}
        emit_json({**document(made.board), "verdict": verdict, "report": str(page)})
    elif not places.is_quiet:
        _show(made, page)


def publish_comparison(runs: Path, names: list[str], places: Places) -> None:
    """Write the page that compares runs, then print its tables, the verdict and the page's path.

    Raises:
        InputError: a name is given twice, a run cannot be read, their objectives differ, or a place cannot be
            written to.
    """
    from adsw.cli.run import emit_json
    from adsw.errors import together
    from adsw.report.table_csv import table_csv
    from sweep.view.comparison.comparison import compare
    from sweep.view.comparison.page import PAGE, comparison_document, comparison_markdown, write_comparison
    from sweep.view.comparison.sides import open_sides
    from sweep.view.comparison.tables import comparison_tables

    page = places.page or runs / PAGE
    sides, _ = together(lambda: open_sides(runs, names), lambda: places.require(page))
    made = compare(sides)
    write_comparison(made, page)
    tables = comparison_tables(made)
    places.write(
        lambda: {table.name: table_csv(table) for table in tables},
        lambda: comparison_markdown(made),
        lambda: tables,
        "-".join(names),
    )
    if places.as_json:
        emit_json({**comparison_document(made), "report": str(page)})
    elif not places.is_quiet:
        _show_comparison(made, tables, page)


def _show(made: Report, page: Path) -> None:
    """Print leaderboard and verdict for people, on standard output."""
    from rich.console import Console

    from sweep.view.leaderboard_table import terminal_leaderboard

    out = Console(highlight=False)
    if made.board.rows:
        out.print(terminal_leaderboard(made.board, out.width))
    _show_lines(made.verdict.lines(), page)


def _show_comparison(made: SweepComparison, tables: tuple[TableModel, ...], page: Path) -> None:
    """Print tables and verdict of a comparison for people, on standard output."""
    from rich.console import Console

    from adsw.report.terminal_table import terminal_table

    out = Console(highlight=False)
    for table in tables:
        out.print(terminal_table(table))
    _show_lines(made.verdict.lines(), page)


def _show_lines(lines: list[str], page: Path) -> None:
    """Print a verdict, the first line in bold, and the page's path."""
    from rich.console import Console

    out = Console(highlight=False)
    headline, *rest = lines
    out.print(headline, style="bold", markup=False)
    for line in rest:
        out.print(line, markup=False)
    out.print(f"Report: {page}", markup=False, soft_wrap=True)
