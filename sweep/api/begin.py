"""Begins a sweep: checks all that is given, makes its run folder, conducts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweep.api.conduct import Publish, conduct, planned
from sweep.run.folder import RunFolder, require_name, require_writable
from sweep.trackers.mlflow_place import OFF, require_reachable

if TYPE_CHECKING:
    from sweep.runner import Ending
    from sweep.space.model import Space


def begin(
    space: Path | Mapping[str, Any] | Space,
    stores: Mapping[str, Path],
    *,
    command: Sequence[str],
    publish: Publish,
    name: str | None,
    cells: int | None,
    slots: int,
    workers: int,
    address: str | None,
    max_failures: int,
    keep: int,
    reuse: bool,
    mlflow: str | None,
    runs: Path,
) -> tuple[RunFolder, Ending]:
    """Run a sweep from its space to its report; return its folder and how it ended.

    Args:
        space: what is searched.
        stores: folders by name; a single store has the name ``""``.
        command: what began it, for the report.
        publish: called for its report when it is done.
        name: of the run; None makes one of the space's and the time.
        cells: training cells; None for as many as there are accelerators or cores.
        slots: trials that a cell trains at once.
        workers: Ray Train workers of a cell.
        address: of a running Ray cluster; None starts Ray here.
        max_failures: failed trials allowed.
        keep: checkpoints kept, of the best trials.
        reuse: whether what other runs have trained is taken over.
        mlflow: ``local``, or the address of a tracking server; None for no MLflow.
        runs: the folder of all runs.

    Raises:
        InputError: everything that is wrong with them; nothing is left behind then.
    """
    from sweep.plan.inputs import open_inputs
    from sweep.run.provenance import sweep_document
    from sweep.run.store_places import places_of
    from sweep.search import settings_of
    from sweep.space.configurations import base_recipe

    searched, opened = open_inputs(space, stores)
    run_name = name or f"{searched.name}-{datetime.now():%Y%m%d-%H%M%S}"
    require_name(run_name)
    require_writable(runs)
    settings = planned(searched, opened, runs, cells, slots, workers, address)
    require_reachable(mlflow or OFF, runs)  # now, and not after hours of training
    document = sweep_document(
        searched,
        opened,
        command,
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
        return folder, conduct(folder, searched, opened, settings, address, publish)
