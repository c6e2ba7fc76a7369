"""`adsw train`: one recipe on one store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.markup import escape

from adsw.cli.run import Status, console, emit_json
from adsw.errors import Faults, InputError

if TYPE_CHECKING:
    from adsw.align.local import TrainResult
    from adsw.align.online.mode import OnlineMode
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
    online: Annotated[
        bool, typer.Option("--online", help="Draw, word, swap and encode the texts of every visit afresh.")
    ] = False,
    vocabulary: Annotated[
        Path | None,
        typer.Option("--vocabulary", help="With --online: the vocabulary file that the store was prepared with."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Train the heads by one recipe: the paper's, but for what you change.

    Writes a checkpoint and its figures: on [bold]valid[/] after every epoch, on [bold]test[/] after the last.

    [bold]--online[/] does without the store's bank of texts: slow and exact, the
    reference that sampling from the bank is tested against. It needs the text
    encoder and the captioner that the store was made with.

      adsw train --store stores/mine --out runs/one --set epochs=24

      adsw train --store stores/mine --out runs/exact --online
    """
    from rich.console import Console

    from adsw.align import local
    from adsw.augment.captions.engine import AskingStoppedError
    from adsw.cli.evaluate import print_report

    opened, chosen, mode = _inputs(store, recipe, settings or [], out, device, online, vocabulary)
    if mode is not None and not mode.same_vocabulary:
        console().print("[yellow]Swaps are made with another vocabulary than the store's[/]: see --vocabulary.")
    try:
        result = _trained(opened, chosen, device, mode, quiet=as_json)
    except local.TrainingFailedError as error:
        console().print(f"[bold red]Training failed[/]: {error}. A smaller optim.lr may help.")
        return Status.FAILED
    except AskingStoppedError as error:
        console().print(f"[bold red]Stopped:[/] {escape(str(error))} What was answered is kept.", soft_wrap=True)
        return Status.TOO_MANY_FAILURES
    document = _publish(out, opened, chosen, result, mode)
    if as_json:
        emit_json(document)
        return Status.DONE
    report = result.reports[-1]
    print_report(report, report.tables(), Console(highlight=False))
    console().print(f"Checkpoint: {out}", soft_wrap=True)
    return Status.DONE


def _inputs(
    store: Path, recipe: Path | None, settings: list[str], out: Path, device: str, online: bool, vocabulary: Path | None
) -> tuple[Store, Recipe, OnlineMode | None]:
    """Return the store, the recipe, and the online mode, or None if it is not asked for.

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
    mode = _online(faults, opened, vocabulary) if online else None
    if vocabulary is not None and not online:
        faults.add("--vocabulary", "goes with --online", str(vocabulary), "Leave it out: the store has its swaps.")
    faults.raise_if_any()
    # Whatever could not be read has been raised above, which the type checker cannot know.
    assert opened is not None
    assert chosen is not None
    return opened, chosen, mode


def _online(faults: Faults, store: Store | None, vocabulary: Path | None) -> OnlineMode | None:
    """Return the online mode for a store, or None if it or the vocabulary cannot be read; add the faults."""
    from adsw.align.online.mode import OnlineMode
    from adsw.augment.vocabulary import builtin

    base = builtin() if vocabulary is None else _tried(faults, lambda: builtin().with_file(vocabulary))
    return None if store is None else _tried(faults, lambda: OnlineMode.of(store, base))


def _trained(store: Store, recipe: Recipe, device: str, mode: OnlineMode | None, quiet: bool) -> TrainResult:
    """Train and show every epoch as it ends."""
    from adsw.align import local
    from adsw.cli.train_screen import TrainScreen

    with TrainScreen(console(), recipe.epochs, quiet) as screen:
        if mode is not None:
            mode.memory.on_encoded = screen.encoding
        return local.train(store, recipe, screen.show, device, mode)


def _tried(faults: Faults, make: Callable[[], Made]) -> Made | None:
    """Return what `make` gives; if it raises InputError, add its faults and return None."""
    try:
        return make()
    except InputError as error:
        faults.extend(error.faults)
        return None


def _check_device(faults: Faults, device: str) -> None:
    """Check that the device exists; add a fault if not."""
    if device not in ("cpu", "cuda"):
        faults.add("--device", "must be cpu or cuda", device)
    elif device == "cuda":
        import torch

        if not torch.cuda.is_available():
            faults.add("--device", "names an accelerator, and there is none", device, "Use --device cpu.")


def _publish(out: Path, store: Store, recipe: Recipe, result: TrainResult, mode: OnlineMode | None) -> dict[str, Any]:
    """Write the checkpoint, the per-query results and metrics.json; return the content of metrics.json."""
    from adsw.align import checkpoint
    from adsw.align.recipe import identity
    from adsw.publish import publish_json

    metrics = {name: value for part in result.evaluations.values() for name, value in part.metrics.items()}
    checkpoint.save(out, recipe, result.heads, store.info, metrics)
    document = {
        "checkpoint": str(out),
        "store": {"path": str(store.path), "fingerprint": store.info.fingerprint},
        "online": None if mode is None else mode.document(),
        "recipe": recipe.model_dump(mode="json"),
        "identity": identity(recipe),
        "parameters": checkpoint.sizes(result.heads, store.info).model_dump(),
        "seconds": result.seconds,
        "curve": [asdict(epoch.log) | {"seconds": epoch.seconds, "metrics": epoch.metrics} for epoch in result.curve],
        "sets": [report.document() for report in result.reports],
    }
    for name, evaluation in result.evaluations.items():
        evaluation.save(out / f"{name}.npz")
    # Last: a folder with this file is complete.
    publish_json(out / "metrics.json", document)
    return document
