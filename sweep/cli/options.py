"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
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
Stores = Annotated[
    list[str],
    typer.Option("--store", help="Store to train on: PATH; or NAME=PATH, again for others.", show_default=False),
]
Slots = Annotated[int, typer.Option("--slots", min=1, help="Trials that a cell trains at once; for GPUs.")]
Workers = Annotated[
    int, typer.Option("--workers-per-cell", min=1, help="Ray Train workers that share a cell's batches.")
]
Address = Annotated[
    str | None,
    typer.Option("--address", help="Ray cluster to join (auto, or host:port); none starts one here."),
]


def parse_stores(given: Sequence[str]) -> dict[str, Path]:
    """Return the stores of a command line by name; one written without a name has the name ``""``.

    Raises:
        InputError: a name is given twice, or two stores have none.
    """
    from adsw.errors import Faults

    faults, stores = Faults("The stores cannot be used"), {}
    for text in given:
        name, equals, path = text.partition("=")
        name, path = (name, path) if equals else ("", text)
        if name in stores:
            rule = f"the name {name} is given twice" if name else "two stores need names"
            faults.add("--store", rule, text, "Write --store NAME=PATH for each.")
        stores[name] = Path(path)
    faults.raise_if_any()
    return stores


Mlflow = Annotated[
    str | None,
    typer.Option(
        "--mlflow",
        metavar="[URI]",
        help="Keep MLflow runs too: on a tracking server, or alone in mlruns of the folder of all runs.",
    ),
]
