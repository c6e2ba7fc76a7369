"""`sweep best`: the best completed trial."""

from __future__ import annotations

from typing import Any

import typer
from rich.console import Console

from adsw.cli.run import Status, emit_json
from adsw.console import console
from adsw.report.format import number
from sweep.api.trial import Trial
from sweep.cli.options import Json, Name, Runs
from sweep.run.command_lines import RUNS
from sweep.run.folder import RunFolder


def best(name: Name, runs: Runs = RUNS, as_json: Json = False) -> None:
    """Show the best completed trial: its value, its recipe where it is not the default, its checkpoint."""
    trial = Trial.best_of(RunFolder.named(runs, name))
    if trial is None:
        console().print(f"No trial of {name} has completed yet.", markup=False)
        if as_json:
            emit_json({"name": name, "number": None})
        raise typer.Exit(Status.FAILED)
    document = trial.document()
    if as_json:
        emit_json(document)
    else:
        _show(document)


def _show(document: dict[str, Any]) -> None:
    """Print a trial for people, on standard output."""

    out = Console(highlight=False)
    arm = f" ({document['arm']})" if document["arm"] else ""
    metric = document["objective"]["metric"]
    out.print(f"[bold]{document['name']}: trial {document['number']}{arm}[/]")
    out.print(f"{metric} {number(document['value'])} {_epochs(document)}", markup=False)
    for name, value in document["overrides"].items():
        out.print(f"  {name} = {value:.4g}" if isinstance(value, float) else f"  {name} = {value}", markup=False)
    out.print(f"Checkpoint: {document['checkpoint'] or 'none kept'}", markup=False, soft_wrap=True)


def _epochs(document: dict[str, Any]) -> str:
    """Return in words after which epochs the value was measured."""
    best, epochs = document["best_epoch"], document["epochs"]
    return f"after {epochs} epochs" if best is None else f"at epoch {best} of {epochs}, its best on that set"
