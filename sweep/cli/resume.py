"""`sweep resume`, `extend` and `stop`: commands for a sweep that has begun."""

from __future__ import annotations

from typing import Annotated

import typer

from adsw.console import console
from sweep.api import steer
from sweep.api.stores import stores_of
from sweep.cli.options import Address, Cells, Json, Mlflow, Name, Runs, Workers
from sweep.cli.run import exit_by
from sweep.run.command_lines import RUNS, command_line
from sweep.run.folder import RunFolder


def resume(
    name: Name,
    store: Annotated[
        list[str] | None,
        typer.Option(
            "--store", help="Where a store lies that was moved: PATH, or NAME=PATH; evaluate.NAME=PATH for a set's."
        ),
    ] = None,
    cells: Cells = None,
    workers: Workers = 1,
    address: Address = None,
    mlflow: Mlflow = None,
    failed: Annotated[bool, typer.Option("--failed", help="Train the failed trials again, from their start.")] = False,
    runs: Runs = RUNS,
    as_json: Json = False,
) -> None:
    """Go on with a sweep that was interrupted: what has ended is not run again, except failed trials with --failed.

    Examples:

      sweep resume quickstart

      sweep resume quickstart --failed

      sweep resume quickstart --store /new/place/quickstart
    """
    from sweep.cli.report import publish

    _, ending = steer.resume(
        runs,
        name,
        publish=lambda folder: publish(folder, as_json),
        stores=stores_of(store or []),
        cells=cells,
        workers=workers,
        address=address,
        mlflow=mlflow,
        failed=failed,
    )
    if ending is not None:
        exit_by(RunFolder(runs / name), ending)


def extend(
    name: Name,
    trials: Annotated[int | None, typer.Option("--trials", min=1, help="Trials to add.", show_default=False)] = None,
    hours: Annotated[
        float | None, typer.Option("--hours", min=0.001, help="Hours to add to the budget.", show_default=False)
    ] = None,
    runs: Runs = RUNS,
) -> None:
    """Give a sweep more trials, or more hours; `sweep resume` then runs them.

    Example:

      sweep extend quickstart --trials 16 && sweep resume quickstart
    """
    folder = RunFolder.named(runs, name)
    said = steer.extend(folder, trials, hours)
    again = command_line("resume", folder.path)
    console().print(f"{name} has {' and '.join(said)} now. Run them with: {again}", markup=False, soft_wrap=True)


def stop(name: Name, runs: Runs = RUNS) -> None:
    """Ask a running sweep to stop cleanly, from another terminal; `sweep resume` goes on with it.

    Example:

      sweep stop quickstart
    """
    steer.stop(RunFolder.named(runs, name))
    console().print(f"{name} was asked to stop; it will say how to go on.", markup=False)
