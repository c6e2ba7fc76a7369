"""`sweep report`: builds leaderboard and page of a run anew from its folder, or compares several runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from adsw.cli.run import emit_json
from adsw.errors import Fault, Faults, together
from adsw.files import check_writable, publish_text
from adsw.report.latex import latex_document, latex_files
from adsw.report.terminal import terminal_table
from sweep.cli.options import Json, Runs
from sweep.run.command_lines import RUNS
from sweep.run.folder import RunFolder

if TYPE_CHECKING:
    from adsw.report.table import TableModel
    from sweep.report.compare.comparison import SweepComparison
    from sweep.report.report import Report

STANDARD_OUTPUT = "-"


@dataclass(frozen=True, slots=True)
class Places:
    """Output files and folders of a report; None for those that are not wanted."""

    page: Path | None = None
    csv: Path | None = None
    markdown: str | None = None
    latex: Path | None = None
    as_json: bool = False

    def require(self, page: Path, run: Path | None = None) -> None:
        """Check that everything can be written.

        Args:
            page: where the page goes.
            run: folder of the run that gets leaderboard and statistics.

        Raises:
            InputError: a place cannot be written to, or two documents would share standard output.
        """

        faults = [
            Fault(option, "must be a file", str(place), "Give a file in a folder that exists.")
            for option, place in self._files(page)
            if place.is_dir() or not place.parent.is_dir()
        ]
        faults += [
            Fault(option, "must be a folder", str(place), "Give a folder, or a new one in a folder that exists.")
            for option, place in self._folders()
            if not place.is_dir() and (place.exists() or not place.parent.is_dir())
        ]
        if self.markdown == STANDARD_OUTPUT and self.as_json:
            faults.append(Fault("--markdown", "shares standard output with --json", None, "Give --markdown a file."))
        collected = Faults("The report cannot be written")
        collected.extend(faults)
        if not faults:
            for option, place in (*self._files(page), *self._folders(), *([("--runs", run)] if run else [])):
                check_writable(option, place, collected)
        collected.raise_if_any()

    def _files(self, page: Path) -> list[tuple[str, Path]]:
        """Return the files to be written, each after its option."""
        files = [("--out", page)]
        if self.markdown is not None and self.markdown != STANDARD_OUTPUT:
            files.append(("--markdown", Path(self.markdown)))
        if self.latex is not None and _is_one_file(self.latex):
            files.append(("--latex", self.latex))
        return files

    def _folders(self) -> list[tuple[str, Path]]:
        """Return the folders to be written to, each after its option."""
        folders = [("--csv", self.csv)] if self.csv is not None else []
        if self.latex is not None and not _is_one_file(self.latex):
            folders.append(("--latex", self.latex))
        return folders

    def write(
        self,
        csv_tables: Callable[[], Mapping[str, str]],
        text: Callable[[], str],
        tables: Callable[[], tuple[TableModel, ...]],
        prefix: str,
    ) -> None:
        """Write the outputs that are wanted beside the page.

        Args:
            csv_tables: makes the tables as CSV, by name.
            text: makes the report as Markdown.
            tables: makes the tables, for LaTeX.
            prefix: prefix of the labels in LaTeX.
        """

        if self.csv is not None:
            _write_files(self.csv, csv_tables(), ".csv")
        if self.markdown == STANDARD_OUTPUT:
            sys.stdout.write(text())
        elif self.markdown is not None:
            publish_text(Path(self.markdown), text())
        if self.latex is not None and _is_one_file(self.latex):
            publish_text(self.latex, latex_document(tables(), prefix))
        elif self.latex is not None:
            _write_files(self.latex, latex_files(tables(), prefix), ".tex")

    @property
    def is_quiet(self) -> bool:
        """Whether standard output is taken by a document, so that nothing else may be printed."""
        return self.as_json or self.markdown == STANDARD_OUTPUT


def _is_one_file(place: Path) -> bool:
    """Check whether LaTeX goes to one file, and not to a folder."""
    return place.suffix == ".tex" and not place.is_dir()


def _write_files(folder: Path, texts: Mapping[str, str], ending: str) -> None:
    """Write a file for each text, named by its key."""

    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        publish_text(folder / f"{name}{ending}", text)


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
    """Build leaderboard.json, statistics.json and report.html of a run, as far as it has come; print the answer.

    With several names, compare them: what differs, best and default of each with the differences between them,
    arms in common, what equal budgets bought, and whether what was trained twice came out the same.

    Examples:

      sweep report quickstart-20260101-120000

      sweep report my-ablation --csv tables --latex paper/tables

      sweep report my-ablation --markdown > report.md

      sweep report before after --out comparison.html
    """

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
    """Write leaderboard.json, statistics.json and report.html, then print the answer and the page's path.

    Raises:
        InputError: the run cannot be read, or one of the places cannot be written to.
    """
    from sweep.report.document import csv_tables, report_tables, write_report
    from sweep.report.document import markdown as written
    from sweep.report.leaderboard import document

    page = out or folder.report
    places = Places(page, csv, markdown, latex, as_json)
    places.require(page, folder.path)
    made = write_report(folder.path, page)
    places.write(lambda: csv_tables(made), lambda: written(made), lambda: report_tables(made), folder.path.name)
    if as_json:
        verdict = {"headline": made.verdict.headline, "lines": made.verdict.lines()[1:]}
        answer = made.opening.document()
        emit_json({**document(made.board), "answer": answer, "verdict": verdict, "report": str(page)})
    elif not places.is_quiet:
        _show(made, page)


def publish_comparison(runs: Path, names: list[str], places: Places) -> None:
    """Write the page that compares runs, then print its tables, the verdict and the page's path.

    Raises:
        InputError: a name is given twice, a run cannot be read, their objectives differ, or a place cannot be
            written to.
    """
    from adsw.report.csv import table_csv
    from sweep.report.compare.comparison import compare
    from sweep.report.compare.page import PAGE, comparison_document, comparison_markdown, write_comparison
    from sweep.report.compare.sides import open_sides
    from sweep.report.compare.tables import comparison_tables

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
    """Print the answer and what fits on one screen with it, on standard output."""

    from sweep.report.opening.screen import screen

    out = Console(highlight=False)
    for part in screen(made, page, out):
        # Commands and paths stay whole, so that they can be copied.
        out.print(part, soft_wrap=isinstance(part, Text))


def _show_comparison(made: SweepComparison, tables: tuple[TableModel, ...], page: Path) -> None:
    """Print tables and verdict of a comparison for people, on standard output."""

    out = Console(highlight=False)
    for table in tables:
        out.print(terminal_table(table))
    _show_lines(made.verdict.lines(), page)


def _show_lines(lines: list[str], page: Path) -> None:
    """Print a verdict, the first line in bold, and the page's path."""

    out = Console(highlight=False)
    headline, *rest = lines
    out.print(headline, style="bold", markup=False)
    for line in rest:
        out.print(line, markup=False)
    out.print(f"Report: {page}", markup=False, soft_wrap=True)
