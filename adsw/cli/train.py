"""`adsw train`: one recipe on one store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from adsw.cli.run import Status, console, emit_json
from adsw.errors import Faults, InputError

if TYPE_CHECKING:
    from adsw.align.local import TrainResult
    from adsw.align.recipe import Recipe
    from adsw.encode.store import Store

Made = TypeVar("Made")


def train(
    store: Annotated[Path, typer.Option("--store", help="The store to train on.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write: new, or empty.")],
    recipe: Annotated[Path | None, typer.Option("--recipe", help="YAML file of changes to the recipe.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A change over it, such as optim.lr=1e-3."),
    ] = None,
    device: Annotated[str, typer.Option("--device", help="cpu or cuda.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Train the heads by one recipe: the paper's, but for what you change.

    Writes a checkpoint and its figures: on [bold]valid[/] after every epoch, on [bold]test[/] after the last.
    """
    from rich.console import Console

    from adsw.align import local
    from adsw.cli.evaluation_tables import print_report
    from adsw.cli.train_screen import TrainScreen

    opened, chosen = _inputs(store, recipe, settings or [], out, device)
    try:
        with TrainScreen(console(), chosen.epochs, quiet=as_json) as screen:
            result = local.train(opened, chosen, screen.show, device)
    except local.TrainingFailedError as error:
        console().print(f"[bold red]Training failed[/]: {error}. A smaller optim.lr may help.")
        return Status.FAILED
    document = _publish(out, opened, chosen, result)
    if as_json:
        emit_json(document)
        return Status.DONE
    print_report(result.reports[-1], Console(highlight=False))
    console().print(f"Checkpoint: {out}", soft_wrap=True)
    return Status.DONE


def _inputs(store: Path, recipe: Path | None, settings: list[str], out: Path, device: str) -> tuple[Store, Recipe]:
    """The store and the recipe.

    Raises:
        InputError: everything wrong with any of them, with the folder to write or with the device.
    """
    from adsw.align.recipe_file import read_recipe
    from adsw.encode.store import Store

    faults = Faults("Training cannot start")
    opened = _tried(faults, lambda: Store.open(store))
    chosen = _tried(faults, lambda: read_recipe(recipe, settings))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        faults.add("--out", "must be a new or an empty folder", str(out), "Name another.")
    _check_device(faults, device)
    faults.raise_if_any()
    assert opened is not None
    assert chosen is not None
    return opened, chosen


def _tried(faults: Faults, make: Callable[[], Made]) -> Made | None:
    try:
        return make()
    except InputError as error:
        faults.extend(error.faults)
        return None


def _check_device(faults: Faults, device: str) -> None:
    if device not in ("cpu", "cuda"):
        faults.add("--device", "must be cpu or cuda", device)
    elif device == "cuda":
        import torch

        if not torch.cuda.is_available():
            faults.add("--device", "names an accelerator, and there is none", device, "Use --device cpu.")


def _publish(out: Path, store: Store, recipe: Recipe, result: TrainResult) -> dict[str, Any]:
    """Write the checkpoint, the per-query results and metrics.json; returns what metrics.json says."""
    from adsw.align import checkpoint
    from adsw.align.recipe import identity
    from adsw.publish import publish_json

    metrics = {name: value for part in result.evaluations.values() for name, value in part.metrics.items()}
    checkpoint.save(out, recipe, result.heads, store.info, metrics)
    document = {
        "checkpoint": str(out),
        "store": {"path": str(store.path), "fingerprint": store.info.fingerprint},
        "recipe": recipe.model_dump(mode="json"),
        "identity": identity(recipe),
        "parameters": checkpoint.sizes(result.heads, store.info).model_dump(),
        "seconds": result.seconds,
        "curve": [asdict(epoch.log) | {"seconds": epoch.seconds, "metrics": epoch.metrics} for epoch in result.curve],
        "sets": [report.document() for report in result.reports],
    }
    for name, evaluation in result.evaluations.items():
        evaluation.save(out / f"{name}.npz")
    publish_json(out / "metrics.json", document)
    return document
