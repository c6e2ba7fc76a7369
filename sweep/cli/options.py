"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer
from typer.core import TyperCommand

from sweep.run.command_lines import RUNS_VARIABLE
from sweep.trackers.mlflow_place import LOCAL, is_place

Name = Annotated[str, typer.Argument(help="Name of the run.", show_default=False)]

Runs = Annotated[Path, typer.Option("--runs", envvar=RUNS_VARIABLE, help="Folder of all runs.")]

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
    typer.Option(
        "--address", help="Ray cluster to join (auto, or host:port); none starts Ray here, local even beside a cluster."
    ),
]


Mlflow = Annotated[
    str | None,
    typer.Option(
        "--mlflow",
        metavar="[URI]",
        help="Keep MLflow runs too: on a tracking server, or alone in mlruns of the folder of all runs.",
    ),
]


@dataclass(frozen=True, slots=True)
class Bare:
    """Value of an option that is given without one."""

    value: str
    is_value: Callable[[str], bool]
    """Checks whether the word after the option is its value, and not the next argument."""


def is_path(word: str) -> bool:
    """Check whether a word can be a file's path, or ``-`` for standard output.

    >>> is_path("report.md"), is_path("-"), is_path("--json"), is_path("")
    (True, True, False, False)
    """
    return word == "-" or (bool(word) and not word.startswith("-"))


MEANINGS: Mapping[str, Bare] = {"--markdown": Bare("-", is_path), "--mlflow": Bare(LOCAL, is_place)}


class BareOptions(TyperCommand):
    """A command whose options may be given without a value, which is filled in before arguments are parsed."""

    meanings: ClassVar[Mapping[str, Bare]] = MEANINGS

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments with bare options filled in."""
        return super().parse_args(ctx, filled(args, self.meanings))


def filled(arguments: Sequence[str], meanings: Mapping[str, Bare] = MEANINGS) -> list[str]:
    """Return the arguments with a value after every bare option.

    >>> filled(["run", "--markdown"])
    ['run', '--markdown', '-']
    >>> filled(["run", "--markdown", "a.md", "--csv", "b"])
    ['run', '--markdown', 'a.md', '--csv', 'b']
    >>> filled(["--mlflow", "space.yaml"]), filled(["--mlflow", "http://host:5000"])
    (['--mlflow', 'local', 'space.yaml'], ['--mlflow', 'http://host:5000'])
    """
    complete: list[str] = []
    for place, argument in enumerate(arguments):
        complete.append(argument)
        after = arguments[place + 1] if place + 1 < len(arguments) else ""
        if argument in meanings and not meanings[argument].is_value(after):
            complete.append(meanings[argument].value)
    return complete
