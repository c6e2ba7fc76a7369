"""`sweep run`: a sweep from its space to its report."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adsw.cli.run import Status, console
from sweep.cli.ending import say_interrupted, say_spent, told
from sweep.cli.options import Address, Cells, Json, Mlflow, Runs, Slots, Stores, Workers, parse_stores
from sweep.run.command_lines import RUNS
from sweep.run.folder import RunFolder, require_name, require_writable
from sweep.run.records import KEEP, SweepStatus
from sweep.trackers.mlflow_place import OFF, require_reachable

if TYPE_CHECKING:
    from adsw.store.store import Store
    from sweep.on_ray.driver import Settings
    from sweep.space.model import Space


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
    from sweep.plan.inputs import open_inputs
    from sweep.run.provenance import sweep_document
    from sweep.run.store_places import places_of
    from sweep.search import settings_of
    from sweep.space.configurations import base_recipe

    searched, opened = open_inputs(space, parse_stores(store))
    run_name = name or f"{searched.name}-{datetime.now():%Y%m%d-%H%M%S}"
    require_name(run_name)
    require_writable(runs)
    settings = planned(searched, opened, runs, cells, slots, workers, address)
    require_reachable(mlflow or OFF, runs)  # now, and not after hours of training
    document = sweep_document(
        searched,
        opened,
        sys.argv,
        settings_of(searched),
        settings.cells,
        settings.slots,
        base_recipe(searched).seed,
        "gpu" if settings.gpu else "cpu",
    )
    kept = {"max_failures": max_failures, "keep": keep, "reuse": reuse, "mlflow": mlflow or OFF}
    places = places_of(runs / run_name, {name: each.path for name, each in opened.items()}, searched)
    folder = RunFolder.create(runs, run_name, {**document, **kept, "places": places})
    with folder.driving():
        go(folder, searched, opened, settings, address, as_json)


def planned(
    space: Space,
    stores: Mapping[str, Store],
    runs: Path,
    cells: int | None,
    slots: int,
    workers: int,
    address: str | None,
) -> Settings:
    """Return the settings of a run, after checking that it fits the machine or cluster.

    Raises:
        InputError: it does not fit; the fault shows the numbers.
    """
    from sweep.on_ray.clusters import LOCAL, require_none_here
    from sweep.on_ray.driver import Settings
    from sweep.on_ray.session import cluster_resources
    from sweep.plan.plan import make_plan
    from sweep.plan.resources import Resources

    if address is None:
        require_none_here()
    resources = Resources.here(runs) if address is None or address == LOCAL else cluster_resources(address, runs)
    infos = {name: store.info for name, store in stores.items()}
    plan = make_plan(space, next(iter(infos.values())), resources, cells, slots, stores=infos)
    return Settings(plan.cells, slots, workers, gpu=plan.device == "gpu", max_hours=space.budget.hours)


def go(
    folder: RunFolder,
    space: Space,
    stores: Mapping[str, Store],
    settings: Settings,
    address: str | None,
    as_json: bool,
) -> None:
    """Conduct the sweep, print its report, and raise `typer.Exit` if it was interrupted or too many trials failed."""
    from sweep.cli.report import publish
    from sweep.live.view import LiveView
    from sweep.runner import run_sweep
    from sweep.trackers.tracking import finish

    out = console()
    with told(folder):
        with LiveView(out, known=[record.number for record in folder.trials()]) as view:
            ending = run_sweep(folder, space, stores, settings, address, view)
        if ending.out_of_time and space.budget.hours is not None:
            say_spent(folder, ending.trials, space.budget.hours)
        elif ending.status is SweepStatus.INTERRUPTED:
            say_interrupted(folder, ending.trials)
        if ending.status is SweepStatus.INTERRUPTED:
            raise typer.Exit(Status.INTERRUPTED)
        publish(folder, as_json)
        finish(folder, space, lambda said: out.print(said, markup=False))
    if ending.failures > folder.read_sweep().max_failures:
        out.print(f"{ending.failures} trials failed, more than allowed; see {folder.log}", markup=False)
        raise typer.Exit(Status.TOO_MANY_FAILURES)
