"""`sweep best`: the best completed trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from adsw.cli.run import Status, console, emit_json
from adsw.report.format import number
from sweep.cli.options import Json, Name, Runs
from sweep.run.command_lines import RUNS
from sweep.run.folder import RunFolder

if TYPE_CHECKING:
    from sweep.run.records import TrialRecord
    from sweep.space.sections import Objective


def best(name: Name, runs: Runs = RUNS, as_json: Json = False) -> None:
    """Show the best completed trial: its value, its recipe where it is not the default, its checkpoint."""
    from sweep.run.ranking import best_completed, objective_of

    folder = RunFolder.named(runs, name)
    objective = objective_of(folder.read_sweep())
    record = best_completed(folder.trials(), objective)
    if record is None:
        console().print(f"No trial of {name} has completed yet.", markup=False)
        if as_json:
            emit_json({"name": name, "number": None})
        raise typer.Exit(Status.FAILED)
    document = describe(folder, record, objective)
    if as_json:
        emit_json(document)
    else:
        _show(document)


def describe(folder: RunFolder, record: TrialRecord, objective: Objective) -> dict[str, Any]:
    """Return a trial as plain data, with its recipe as overrides of the default one, for `adsw train --set`."""
    from adsw.train.recipe import Recipe, dotted, resolve

    default, recipe = dotted(Recipe()), dotted(resolve(record.recipe))
    # A constant schedule is also listed under its bare name, which is enough.
    repeated = {f"{name}.{field}" for name in recipe for field in ("kind", "value")}
    changed = {name: value for name, value in recipe.items() if default.get(name, ...) != value}
    checkpoint = folder.checkpoints / f"{record.number:04d}"
    return {
        "name": folder.path.name,
        "number": record.number,
        "arm": record.arm,
        "objective": {"metric": objective.metric, "mode": objective.mode},
        "value": record.value(objective.metric),
        "epochs": record.epochs,
        "best_epoch": record.best_epoch,
        "params": record.params,
        "overrides": {name: value for name, value in changed.items() if name not in repeated},
        "metrics": record.metrics,
        "checkpoint": str(checkpoint) if checkpoint.is_dir() else None,
    }


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
