"""`sweep report`: the leaderboard and the page of a run, built anew from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sweep.cli.options import RUNS, Json, Name, Runs

if TYPE_CHECKING:
    from sweep.run_folder import RunFolder
    from sweep.view.report import Report


def report(
    name: Name,
    runs: Runs = RUNS,
    out: Annotated[
        Path | None, typer.Option("--out", help="Where the page goes; report.html in the run by default.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Build leaderboard.json and report.html of a run, as far as it has come, and print the verdict."""
    from sweep.run_folder import RunFolder

    publish(RunFolder.named(runs, name), as_json, out)


def publish(folder: RunFolder, as_json: bool, out: Path | None = None) -> None:
    """Write leaderboard.json and report.html, then print leaderboard, verdict and where the page lies.

    Raises:
        InputError: the run cannot be read, or `out` cannot be a file.
    """
    from adsw.cli.run import emit_json
    from sweep.view.html import write_report
    from sweep.view.leaderboard import document

    page = out or folder.report
    _require_place(page)
    made = write_report(folder.path, page)
    if as_json:
        verdict = {"headline": made.verdict.headline, "lines": made.verdict.lines()[1:]}
        emit_json({**document(made.board), "verdict": verdict, "report": str(page)})
        return
    _show(made, page)


def _require_place(page: Path) -> None:
    from adsw.errors import Fault, InputError

    if page.is_dir() or not page.parent.is_dir():
        fix = "Give a file in a folder that exists."
        raise InputError("The report cannot be written", [Fault("--out", "must be a file", str(page), fix)])


def _show(made: Report, page: Path) -> None:
    from rich.console import Console

    from sweep.view.leaderboard import table

    out = Console(highlight=False)
    if made.board.rows:
        out.print(table(made.board, out.width))
    headline, *lines = made.verdict.lines()
    out.print(headline, style="bold", markup=False)
    for line in lines:
        out.print(line, markup=False)
    out.print(f"Report: {page}", markup=False, soft_wrap=True)
