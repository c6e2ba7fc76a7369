"""`sweep plan`: what a sweep will take, before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adsw.cli.run import emit_json
from adsw.console import console
from sweep.api.stores import stores_of
from sweep.cli.options import Json, Runs, Stores
from sweep.run.command_lines import RUNS

if TYPE_CHECKING:
    from adsw.store.store import Store
    from sweep.plan.plan import Plan
    from sweep.space.model import Space

WIDEST_DEFAULT = 16
"""Most characters of a default in its own column; longer ones are printed beside the role."""


def plan(
    space: Annotated[Path, typer.Argument(help="Search space (YAML).", show_default=False)],
    store: Stores,
    cells: Annotated[int | None, typer.Option("--cells", help="Training cells; one per core by default.")] = None,
    measure: Annotated[bool, typer.Option(help="Time one epoch on the store, for the minutes.")] = True,
    runs: Runs = RUNS,
    as_json: Json = False,
) -> None:
    """Say what a sweep will take: parameters, trials, cells, epochs, hours, disk. Starts nothing.

    Examples:

      sweep plan search_spaces/quickstart.yaml --store stores/quickstart

      sweep plan search_spaces/encoders.yaml --store mert=stores/mert --store htsat=stores/htsat
    """
    from sweep.plan.inputs import open_inputs
    from sweep.plan.plan import make_plan
    from sweep.plan.resources import Resources
    from sweep.plan.warnings import read_facts, together

    searched, stores = open_inputs(space, stores_of(store))
    infos = {name: each.info for name, each in stores.items()}
    first = next(iter(infos.values()))
    facts = together([read_facts(each) for each in stores.values()])
    resources = Resources.here(runs)
    # A sweep that cannot fit is refused before an epoch is timed.
    made = make_plan(searched, first, resources, cells, facts=facts, stores=infos)
    if measure:
        with console().status("Timing one epoch ..."):
            seconds = _seconds_per_epoch(made, searched, stores, "cuda" if resources.gpus else "cpu")
        made = make_plan(searched, first, resources, cells, seconds_per_epoch=seconds, facts=facts, stores=infos)
    if as_json:
        emit_json(made.document())
    else:
        show(made)


def _seconds_per_epoch(made: Plan, space: Space, stores: Mapping[str, Store], device: str) -> float:
    """Measure the seconds per epoch of a trial; of several stores the mean, each weighted by its arms."""
    from sweep.plan.timing import measure_epoch
    from sweep.space.configurations import base_recipe

    arms = {planned.name: len(planned.arms) for planned in made.stores}
    trained = [name for name in stores if arms.get(name)] or [next(iter(stores))]
    seconds = [measure_epoch(stores[name], base_recipe(space), device) for name in trained]
    weights = [arms.get(name) or 1 for name in trained]
    return sum(epoch * weight for epoch, weight in zip(seconds, weights, strict=True)) / sum(weights)


def show(made: Plan) -> None:
    """Print a plan for people, on standard output."""

    out = Console(highlight=False)
    out.print(f"[bold]{made.name}[/]  {made.method}")
    if made.question:
        out.print(made.question, markup=False)
    for line in _measured(made):
        out.print(line, markup=False)
    if made.parameters:
        out.print(_table(made))
    if made.included:
        out.print(f"Always tried: {', '.join(made.included)}.")
    for name, overrides in made.arms.items():
        words = ", ".join(f"{key} {value}" for key, value in overrides.items()) or "as the recipe"
        out.print(f"Arm {name}: {words}.", markup=False)
    for line in (*_stores(made), *_trials(made), *_sizes(made)):
        out.print(line, markup=False)
    for warning in made.warnings:
        out.print(f"[yellow]Mind:[/] {escape(warning)}")


def _measured(made: Plan) -> list[str]:
    """Return the lines about the objectives and the evaluation sets."""
    several = len(made.objectives) > 1
    lines = [f"Objective{'s' if several else ''}: {'; '.join(made.objectives)}."]
    if made.evaluate:
        lines.append(f"Evaluated at every epoch beside the validation split: {'; '.join(made.evaluate)}.")
    return lines


def _stores(made: Plan) -> list[str]:
    """Return a line for each of several stores, with its arms."""
    lines = []
    for index, store in enumerate(made.stores):
        arms = f"arms {', '.join(store.arms)}" if store.arms else "all that names no store" if index == 0 else "no arm"
        lines.append(f"Store {store.name or 'without a name'} ({store.train_tracks} training tracks): {arms}.")
    return lines


def _table(made: Plan) -> object:
    """Return the table of parameters."""

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("parameter", no_wrap=True)
    table.add_column("default", no_wrap=True)
    table.add_column("values, role and condition")
    for line in made.parameters:
        default = f"{line.default:g}" if isinstance(line.default, float) else str(line.default)
        # A condition on the same schedule needs no prefix: ``kind is cosine``.
        when = line.when.replace(line.name.rpartition(".")[0] + ".", "")
        about = f"{line.role}; only when {when}" if when else line.role
        if len(default) > WIDEST_DEFAULT:
            about, default = f"{about}; default: {escape(default)}", ""
        values = escape(line.values.replace(") | ", ")\n"))  # a line for each kind of a schedule
        table.add_row(line.name, "" if line.default is None else default, f"{values}\n[dim]{about}[/]")
    return table


def _trials(made: Plan) -> list[str]:
    """Return a line for each stage, and one for all of them."""
    stages = [f"{stage.words[:1].upper()}{stage.words[1:]}" for stage in made.stages]
    open_ended = made.trials is not None and made.trials_least < made.trials
    counts = f"{made.trials_least} to {made.trials}" if open_ended else str(made.trials)
    whole = f"{stages.pop()}," if len(stages) == 1 else f"In all {counts} trials"
    each = f"of at most {made.epochs_per_trial} epochs with {made.steps_per_epoch} steps each"
    return [*(f"{stage}." for stage in stages), f"{whole} {each}: {_epochs(made, open_ended)}."]


def _epochs(made: Plan, open_ended: bool) -> str:
    """Return the epochs of all trials as text."""
    if made.epochs_expected == made.epochs_most:
        return f"{made.epochs_most} epochs"
    if open_ended:
        return f"{made.epochs_expected} to {made.epochs_most} epochs"
    return f"about {made.epochs_expected} epochs, at most {made.epochs_most}"


def _sizes(made: Plan) -> list[str]:
    """Return the lines about tracks, cells, time, memory and disk."""
    lines = [
        f"{made.train_tracks} training and {made.valid_tracks} validation tracks; {made.cells} cells on "
        f"{made.device}, {made.slots} trial(s) at once in each.",
    ]
    if made.minutes_expected is not None and made.minutes_most is not None and made.seconds_per_epoch is not None:
        most = "" if made.epochs_expected == made.epochs_most else f", at most {_time(made.minutes_most)}"
        lines.append(f"{made.seconds_per_epoch:.2f} s per epoch: about {_time(made.minutes_expected)}{most}.")
    if made.swap_shares is not None and made.swap_share is not None:
        least, most, base = (f"{share:.0%}" for share in (*made.swap_shares, made.swap_share))
        shares = base if least == base == most else f"{base} by the base recipe, {least} to {most} in the space,"
        lines.append(f"Texts that bring a hard negative: {shares} where the probability is at its highest.")
    lines.append(f"{made.memory_bytes / 1e9:.1f} GB of memory, at most {made.disk_bytes / 1e9:.2f} GB of disk.")
    return lines


def _time(minutes: float) -> str:
    """Return a duration as text, in minutes below two hours."""
    return f"{minutes:.1f} minutes" if minutes < 120 else f"{minutes / 60:.1f} hours"
