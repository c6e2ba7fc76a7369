"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RUNS = Path("runs")

Name = Annotated[str, typer.Argument(help="Name of the run.", show_default=False)]
Runs = Annotated[Path, typer.Option("--runs", envvar="ADSW_RUNS", help="Folder of all runs.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
Cells = Annotated[
    int | None,
    typer.Option("--cells", min=1, help="Training cells; one per accelerator or core by default."),
]
Slots = Annotated[int, typer.Option("--slots", min=1, help="Trials that a cell trains at once; for GPUs.")]
Workers = Annotated[
    int, typer.Option("--workers-per-cell", min=1, help="Ray Train workers that share a cell's batches.")
]
Address = Annotated[
    str | None,
    typer.Option("--address", help="Ray cluster to join (auto, or host:port); none starts one here."),
]
