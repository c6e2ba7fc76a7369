"""`adsw train`: one recipe on one store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args

import typer
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from adsw.augment.captions.backend import AskingStoppedError
from adsw.augment.vocabulary import builtin
from adsw.cli.run import Status, console, emit_json
from adsw.errors import Faults, InputError
from adsw.files import check_writable, publish_json
from adsw.judging import JudgedAt, Judging

if TYPE_CHECKING:
    from adsw.store.store import Store
    from adsw.train.recipe import Recipe
    from adsw.trainer import EpochResult, OnlineMode, TrainResult

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
    judge: Annotated[
        str, typer.Option("--judge", help="The epoch whose heads are kept: last, or best by valid/t2m/mAP@10.")
    ] = "last",
    patience: Annotated[
        int | None,
        typer.Option("--patience", min=1, help="With --judge best: epochs without a better one that end the training."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Train the heads by one recipe: the paper's, but for what you change.

    Writes a checkpoint and its figures: on [bold]valid[/] after every epoch, on [bold]test[/] after the last.

    [bold]--judge best[/] keeps and tests the heads of the best epoch on [bold]valid[/],
    whose figures there are then optimistic, as they were chosen by.
    Schedules are those of the whole recipe, also where --patience ends it.

    [bold]--online[/] does without the store's bank of texts: slow and exact, the
    reference that sampling from the bank is tested against. It needs the text
    encoder and the captioner that the store was made with.

      adsw train --store stores/mine --out runs/one --set epochs=24

      adsw train --store stores/mine --out runs/exact --online
    """

    from adsw import trainer as local
    from adsw.cli.evaluate import print_report

    judging = Judging(local.METRIC, at="best" if judge == "best" else "last", patience=patience)
    faults = _judging_faults(judge, patience)
    opened, chosen, mode, remarks = _inputs(store, recipe, settings or [], out, device, online, vocabulary, faults)
    for remark in remarks:
        console().print(f"[yellow]Mind:[/] {escape(remark)}", soft_wrap=True)
    if mode is not None and not mode.same_vocabulary:
        console().print("[yellow]Swaps are made with another vocabulary than the store's[/]: see --vocabulary.")
    try:
        result = _trained(opened, chosen, device, mode, judging, quiet=as_json)
    except local.TrainingFailedError as error:
        console().print(f"[bold red]Training failed[/]: {error}. A smaller optim.lr may help.")
        return Status.FAILED
    except AskingStoppedError as error:
        console().print(f"[bold red]Stopped:[/] {escape(str(error))} What was answered is kept.", soft_wrap=True)
        return Status.TOO_MANY_FAILURES
    document = _publish(out, opened, chosen, result, mode, remarks, judging)
    if as_json:
        emit_json(document)
        return Status.DONE
    report = result.reports[-1]
    print_report(report, report.tables(), Console(highlight=False))
    if judging.at == "best":
        at = f"epoch {result.judged_epoch} of {len(result.curve)} trained, the best on valid"
        console().print(f"The heads of {at}: its figures on valid are optimistic.", soft_wrap=True)
    console().print(f"Checkpoint: {out}", soft_wrap=True)
    return Status.DONE


def _inputs(
    store: Path,
    recipe: Path | None,
    settings: list[str],
    out: Path,
    device: str,
    online: bool,
    vocabulary: Path | None,
    faults: Faults,
) -> tuple[Store, Recipe, OnlineMode | None, list[str]]:
    """Return the store, the recipe, the online mode (None if it is not asked for), and what differs from the recipe.

    Args:
        faults: found so far, which are reported with those found here.

    Raises:
        InputError: everything wrong with any of them, with the folder to write or with the device.
    """
    from adsw.store.store import Store
    from adsw.train.recipe import read_recipe
    from adsw.trainer import require_fit

    opened = _tried(faults, lambda: Store.open(store))
    chosen = _tried(faults, lambda: read_recipe(recipe, settings))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        faults.add("--out", "must be a new or an empty folder", str(out), "Name another.")
    else:
        check_writable("--out", out, faults)
    _check_device(faults, device)
    remarks: list[str] | None = []
    if opened is not None and chosen is not None:
        remarks = _tried(faults, partial(require_fit, opened, chosen, online))
    mode = _online(faults, opened, vocabulary) if online else None
    if vocabulary is not None and not online:
        faults.add("--vocabulary", "goes with --online", str(vocabulary), "Leave it out: the store has its swaps.")
    faults.raise_if_any()
    # Whatever could not be read has been raised above, which the type checker cannot know.
    assert opened is not None
    assert chosen is not None
    return opened, chosen, mode, remarks or []


def _judging_faults(judge: str, patience: int | None) -> Faults:
    """Return what is wrong with the options that say which epoch is judged."""
    faults = Faults("Training cannot start")
    if judge not in get_args(JudgedAt):
        faults.add("--judge", "must be last or best", judge)
    elif patience is not None and judge != "best":
        faults.add("--patience", "goes with --judge best", patience, "Add it, or leave --patience out.")
    return faults


def _online(faults: Faults, store: Store | None, vocabulary: Path | None) -> OnlineMode | None:
    """Return the online mode for a store, or None if it or the vocabulary cannot be read; add the faults."""
    from adsw.trainer import OnlineMode

    base = builtin() if vocabulary is None else _tried(faults, lambda: builtin().with_file(vocabulary))
    return None if store is None else _tried(faults, lambda: OnlineMode.of(store, base))


def _trained(
    store: Store, recipe: Recipe, device: str, mode: OnlineMode | None, judging: Judging, quiet: bool
) -> TrainResult:
    """Train and show every epoch as it ends."""
    from adsw import trainer as local

    with TrainScreen(console(), recipe.epochs, quiet) as screen:
        if mode is not None:
            mode.memory.on_encoded = screen.encoding
        return local.train(store, recipe, screen.show, device, mode, judging)


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


def _publish(
    out: Path,
    store: Store,
    recipe: Recipe,
    result: TrainResult,
    mode: OnlineMode | None,
    remarks: list[str],
    judging: Judging,
) -> dict[str, Any]:
    """Write the checkpoint, the per-query results and metrics.json; return the content of metrics.json."""
    from adsw.train import checkpoint
    from adsw.train.recipe import identity

    metrics = {name: value for part in result.evaluations.values() for name, value in part.metrics.items()}
    best = result.judged_epoch if judging.at == "best" else None
    checkpoint.save(out, recipe, result.heads, store.info, metrics, best)
    document = {
        "checkpoint": str(out),
        "store": {"path": str(store.path), "fingerprint": store.info.fingerprint},
        "online": None if mode is None else mode.document(),
        "remarks": remarks,
        "judging": judging.document() | {"epoch": result.judged_epoch, "epochs": len(result.curve)},
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


_SHOWN = 12
"""Epochs in view at once, so that the table fits a small screen."""


class TrainScreen:
    """Shows epochs as they end: a live table on a terminal, plain lines elsewhere, nothing when quiet."""

    def __init__(self, out: Console, epochs: int, quiet: bool) -> None:
        self._out = out
        self._epochs = epochs
        self._quiet = quiet
        self._rows: list[EpochResult] = []
        self._live = Live(console=out, refresh_per_second=4) if out.is_terminal and not quiet else None

    def __enter__(self) -> TrainScreen:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, result: EpochResult) -> None:
        """Show one more epoch."""
        self._rows.append(result)
        if self._live:
            self._live.update(self._table())
        elif not self._quiet:
            self._out.print(_line(result, self._epochs))
        if result.log.collapsed and not self._quiet:
            where = f"epoch {result.log.epoch}"
            self._out.print(f"[yellow]{where}: the loss is stuck at ln(batch size): nothing is being learnt.[/]")

    def encoding(self, done: int, total: int) -> None:
        """Show how far the texts of an epoch are encoded, if texts are drawn online."""
        if self._live:
            self._live.update(self._table(f"encoding {total} texts, {done / total:.0%} done"))

    def _table(self, caption: str | None = None) -> Table:
        left = sum(row.seconds for row in self._rows) / max(len(self._rows), 1) * (self._epochs - len(self._rows))
        time_left = f", {left:.0f} s left" if self._rows else ""
        title = f"epoch {len(self._rows)} of {self._epochs}{time_left}"
        table = Table(title=title, title_justify="left", caption=caption, caption_justify="left")
        for name in ("epoch", "loss", "mAP@10", "R@1", "R@10", "in batch", "swaps", "lr", "s"):
            table.add_column(name, justify="right")
        for row in self._rows[-_SHOWN:]:
            table.add_row(*_cells(row))
        return table


def _cells(result: EpochResult) -> list[str]:
    """Write the figures of an epoch, in the order of the table's columns."""
    log, metrics = result.log, result.metrics
    return [
        str(log.epoch),
        f"{log.loss:.3f}",
        *(f"{metrics[f'valid/t2m/{name}']:.3f}" for name in ("mAP@10", "R@1", "R@10")),
        f"{log.audio_accuracy:.2f}",
        f"{log.swap_share:.0%}",
        f"{log.schedules['optim.lr']:.1e}",
        f"{result.seconds:.1f}",
    ]


def _line(result: EpochResult, epochs: int) -> str:
    """Write an epoch as one line."""
    epoch, loss, precision, _, recall, *_ = _cells(result)
    figures = f"loss {loss}, valid mAP@10 {precision}, R@10 {recall}"
    return f"epoch {epoch}/{epochs}: {figures}, {result.seconds:.1f} s"
