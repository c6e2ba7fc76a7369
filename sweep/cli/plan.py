"""`sweep plan`: what a sweep will take, before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sweep.cli.options import RUNS, Json, Runs, Stores, parse_stores

if TYPE_CHECKING:
    from sweep.plan import Plan


def plan(
    space: Annotated[Path, typer.Argument(help="Search space (YAML).", show_default=False)],
    store: Stores,
    cells: Annotated[int | None, typer.Option("--cells", help="Training cells; one per core by default.")] = None,
    measure: Annotated[bool, typer.Option(help="Time one epoch on the store, for the minutes.")] = True,
    runs: Runs = RUNS,
    as_json: Json = False,
) -> None:
    """Say what a sweep will take: parameters, trials, cells, epochs, minutes, disk. Starts nothing."""
    from adsw.cli.run import console, emit_json
    from sweep.inputs import open_inputs
    from sweep.plan import make_plan
    from sweep.resources import Resources
    from sweep.space.compile import base_recipe
    from sweep.store_facts import read_facts

    searched, stores = open_inputs(space, parse_stores(store))
    opened = next(iter(stores.values()))
    resources = Resources.here(runs)
    # Refuse what cannot fit before an epoch is spent on it.
    made = make_plan(searched, opened.info, resources, cells, facts=read_facts(opened))
    if measure:
        from sweep.measure import measure_epoch

        with console().status("Timing one epoch ..."):
            seconds = measure_epoch(opened, base_recipe(searched), "cuda" if resources.gpus else "cpu")
        made = make_plan(searched, opened.info, resources, cells, seconds_per_epoch=seconds, facts=read_facts(opened))
    if as_json:
        emit_json(made.document())
    else:
        show(made)


def show(made: Plan) -> None:
    """Print a plan for people, on standard output."""
    from rich.console import Console

    out = Console(highlight=False)
    out.print(f"[bold]{made.name}[/]  {made.method}")
    if made.question:
        out.print(made.question, markup=False)
    out.print(f"Objective: {made.objective}.", markup=False)
    if made.parameters:
        out.print(_table(made))
    if made.included:
        out.print(f"Always tried: {', '.join(made.included)}.")
    for line in _sizes(made):
        out.print(line, markup=False)
    for warning in made.warnings:
        out.print(f"[yellow]Mind:[/] {warning}")


def _table(made: Plan) -> object:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("parameter", no_wrap=True)
    table.add_column("default", no_wrap=True)
    table.add_column("values, role and condition")
    for line in made.parameters:
        default = f"{line.default:g}" if isinstance(line.default, float) else str(line.default)
        # Beside its own schedule's kind, the kind's short name is plain enough.
        when = line.when.replace(line.name.rpartition(".")[0] + ".", "")
        about = f"{line.role}; only when {when}" if when else line.role
        table.add_row(line.name, "" if line.default is None else default, f"{line.values}\n[dim]{about}[/]")
    return table


def _sizes(made: Plan) -> list[str]:
    trials = f"{made.trials} trials" if made.trials is not None else "As many trials as the budget allows"
    each = f"at most {made.epochs_per_trial} epochs of {made.steps_per_epoch} steps each"
    lines = [
        f"{trials}, {each}; about {made.epochs_expected} epochs in all, at most {made.epochs_most}.",
        f"{made.train_tracks} training and {made.valid_tracks} validation tracks; {made.cells} cells on "
        f"{made.device}, {made.slots} trial(s) at once in each.",
    ]
    if made.minutes_expected is not None and made.seconds_per_epoch is not None:
        lines.append(
            f"{made.seconds_per_epoch:.2f} s per epoch: about {made.minutes_expected:.1f} minutes, "
            f"at most {made.minutes_most:.1f}."
        )
    lines.append(f"{made.memory_bytes / 1e9:.1f} GB of memory, at most {made.disk_bytes / 1e9:.2f} GB of disk.")
    return lines
