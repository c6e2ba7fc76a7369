"""`sweep run`: a sweep from its space to its report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adsw.cli.run import Status
from adsw.console import console
from sweep.api.stores import stores_of
from sweep.cli.options import Address, Cells, Json, Mlflow, Runs, Slots, Stores, Workers
from sweep.run.command_lines import RUNS
from sweep.run.folder import RunFolder
from sweep.run.records import KEEP, SweepStatus

if TYPE_CHECKING:
    from sweep.runner import Ending


def run(
    space: Annotated[Path, typer.Argument(help="Search space (YAML).", show_default=False)],
    store: Stores,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the run; the space's name and the time by default.")
    ] = None,
    cells: Cells = None,
    slots: Slots = 1,
    workers: Workers = 1,
    address: Address = None,
    max_failures: Annotated[
        int, typer.Option("--max-failures", min=0, help="Failed trials allowed before the exit status is 3.")
    ] = 0,
    keep: Annotated[
        int, typer.Option("--keep", min=1, help="Checkpoints kept: the best so many, and those always tried.")
    ] = KEEP,
    reuse: Annotated[
        bool, typer.Option(help="Take over what other runs of this code have trained already, seed and store alike.")
    ] = True,
    mlflow: Mlflow = None,
    runs: Runs = RUNS,
    as_json: Json = False,
) -> None:
    """Run a sweep: search, evaluate on test, report. Ctrl-C stops it cleanly; `sweep resume` goes on.

    Examples:

      sweep run search_spaces/quickstart.yaml --store stores/quickstart

      sweep run search_spaces/quickstart.yaml --store /shared/store --runs /shared/runs --address auto --cells 8

      sweep run search_spaces/encoders.yaml --store mert=stores/mert --store htsat=stores/htsat
    """
    from sweep.api.begin import begin
    from sweep.cli.report import publish

    folder, ending = begin(
        space,
        stores_of(store),
        command=sys.argv,
        publish=lambda folder: publish(folder, as_json),
        name=name,
        cells=cells,
        slots=slots,
        workers=workers,
        address=address,
        max_failures=max_failures,
        keep=keep,
        reuse=reuse,
        mlflow=mlflow,
        runs=runs,
    )
    exit_by(folder, ending)


def exit_by(folder: RunFolder, ending: Ending) -> None:
    """Raise `typer.Exit` if a sweep was interrupted or too many of its trials failed."""
    if ending.status is SweepStatus.INTERRUPTED:
        raise typer.Exit(Status.INTERRUPTED)
    if ending.failures > folder.read_sweep().max_failures:
        console().print(f"{ending.failures} trials failed, more than allowed; see {folder.log}", markup=False)
        raise typer.Exit(Status.TOO_MANY_FAILURES)
