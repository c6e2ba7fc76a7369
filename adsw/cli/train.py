"""`adsw train`: one recipe on one store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from adsw.api import train as api
from adsw.augment.captions.backend import AskingStoppedError
from adsw.cli.run import Status, emit_json
from adsw.console import console


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
    force: Annotated[bool, typer.Option("--force", help="Replace the checkpoint that --out holds.")] = False,
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

    from adsw.cli.evaluate import print_report
    from adsw.trainer import TrainingFailedError

    try:
        trained = api.train(
            store,
            out,
            recipe=recipe,
            set=settings,
            device=device,
            online=online,
            vocabulary=vocabulary,
            judge=judge,
            patience=patience,
            force=force,
            progress=not as_json,
        )
    except TrainingFailedError as error:
        console().print(f"[bold red]Training failed[/]: {error}. A smaller optim.lr may help.")
        return Status.FAILED
    except AskingStoppedError as error:
        console().print(f"[bold red]Stopped:[/] {escape(str(error))} What was answered is kept.", soft_wrap=True)
        return Status.TOO_MANY_FAILURES
    if as_json:
        emit_json(trained.document)
        return Status.DONE
    report = trained.reports[-1]
    print_report(report, report.tables(), Console(highlight=False))
    if judge == "best":
        at = f"epoch {trained.epoch} of {len(trained.document['curve'])} trained, the best on valid"
        console().print(f"The heads of {at}: its figures on valid are optimistic.", soft_wrap=True)
    console().print(f"Checkpoint: {out}", soft_wrap=True)
    return Status.DONE
