"""`sweep export`: trials, curves and leaderboard for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adsw.console import console
from adsw.errors import Faults
from adsw.files import check_writable
from sweep.cli.options import Name, Runs
from sweep.run.command_lines import RUNS
from sweep.run.folder import RunFolder


def export(
    name: Name,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="DIR", help="trials.csv, curves.csv, leaderboard.csv.")
    ] = None,
    parquet: Annotated[Path | None, typer.Option("--parquet", metavar="DIR", help="The same as Parquet.")] = None,
    wandb: Annotated[
        Path | None,
        typer.Option("--wandb", metavar="DIR", help="A run of Weights & Biases for each trial, kept in a folder."),
    ] = None,
    runs: Runs = RUNS,
) -> None:
    """Write trials, curves and leaderboard for other tools: CSV, Parquet, Weights & Biases.

    Nothing is uploaded: wandb's runs are offline, and `wandb sync DIR/wandb/offline-*` sends them.

      sweep export first --csv tables

      sweep export first --wandb for-wandb
    """
    from sweep.api.run import Run

    run = Run(RunFolder.named(runs, name))
    places = {"--csv": csv, "--parquet": parquet, "--wandb": wandb}
    faults = Faults("Nothing was exported")
    if not any(places.values()):
        faults.add("--csv, --parquet, --wandb", "one of them is required", None, "For one: --csv tables")
    for option, place in places.items():
        if place is not None and place.is_file():
            faults.add(option, "must be a folder", str(place), "Name a folder; it is made if need be.")
        elif place is not None:
            check_writable(option, place, faults)
    faults.raise_if_any()
    written: list[str] = []
    if csv or parquet:
        from sweep.api.frames import write_frames

        frames = {"trials": run.trials, "curves": run.curves, "leaderboard": run.leaderboard}
        for place, kind in ((csv, "csv"), (parquet, "parquet")):
            written += write_frames(frames, place, kind) if place else []
    if wandb:
        from sweep.api.wandb import write_runs

        written.append(write_runs(run.folder, wandb))
    for line in written:
        console().print(line, markup=False, soft_wrap=True)
