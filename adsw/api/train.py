"""`adsw.train`: one recipe on one store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from rich.markup import escape

from adsw.api.arguments import Place, path_of
from adsw.api.train_screen import TrainScreen
from adsw.augment.vocabulary import builtin
from adsw.console import console
from adsw.errors import Faults, InputError
from adsw.files import check_new, clear, publish_json
from adsw.judging import JudgedAt, Judging

if TYPE_CHECKING:
    from pandas import DataFrame

    from adsw.evaluate.retrieval_report import SetReport
    from adsw.model import Model
    from adsw.store.store import Store
    from adsw.train.recipe import Recipe
    from adsw.trainer import OnlineMode, TrainResult

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished training, whose checkpoint is on disk."""

    checkpoint: Path
    metrics: dict[str, float]
    """The figures of the heads that were kept, such as ``test/t2m/mAP@10``."""
    epoch: int
    """The epoch whose heads were kept, from 1: the last, or with ``judge="best"`` the best on ``valid``."""
    document: dict[str, Any]
    """Content of its metrics.json."""
    reports: tuple[SetReport, ...]
    """Figures with their intervals beside chance and untrained heads, set by set."""

    @property
    def curve(self) -> DataFrame:
        """A row per epoch: losses, rates, shares of the texts, and the figures on ``valid``."""
        import pandas as pd

        return pd.json_normalize(self.document["curve"]).rename(columns=lambda name: name.removeprefix("metrics."))

    def model(self) -> Model:
        """Load the model to embed audio and texts with."""
        from adsw.model import load

        return load(self.checkpoint)


def train(
    store: Place,
    out: Place,
    *,
    recipe: Place | None = None,
    set: Mapping[str, Any] | Iterable[str] | None = None,
    device: str = "cpu",
    online: bool = False,
    vocabulary: Place | None = None,
    judge: str = "last",
    patience: int | None = None,
    force: bool = False,
    progress: bool = True,
) -> Trained:
    """Train the heads by one recipe: the paper's, but for what you change, as in ``set={"epochs": 24}``.

    Arguments and defaults are those of ``adsw train --help``. Epochs are shown as they end, if `progress` is wanted.

    Raises:
        InputError: everything that is wrong with the arguments.
        TrainingFailedError: the loss is no number any more.
    """
    from adsw import trainer

    settings = dict(set) if isinstance(set, Mapping) else list(set or ())
    place = Path(out)
    faults = _judging_faults(judge, patience)
    judging = Judging(trainer.METRIC, at="best" if judge == "best" else "last", patience=patience)
    opened, chosen, mode, remarks = _inputs(
        Path(store), path_of(recipe), settings, place, device, online, path_of(vocabulary), force, faults
    )
    for remark in remarks:
        console().print(f"[yellow]Mind:[/] {escape(remark)}", soft_wrap=True)
    if mode is not None and not mode.same_vocabulary:
        console().print("[yellow]Swaps are made with another vocabulary than the store's[/]: see --vocabulary.")
    with TrainScreen(console(), chosen.epochs, quiet=not progress) as screen:
        if mode is not None:
            mode.memory.on_encoded = screen.encoding
        result = trainer.train(opened, chosen, screen.show, device, mode, judging)
    metrics = {name: value for part in result.evaluations.values() for name, value in part.metrics.items()}
    clear(place)  # only now that there is something to put in its place
    document = _publish(place, opened, chosen, result, mode, remarks, metrics, judging)
    return Trained(place, metrics, result.judged_epoch, document, tuple(result.reports))


def _inputs(
    store: Path,
    recipe: Path | None,
    settings: Mapping[str, Any] | list[str],
    out: Path,
    device: str,
    online: bool,
    vocabulary: Path | None,
    force: bool,
    faults: Faults,
) -> tuple[Store, Recipe, OnlineMode | None, list[str]]:
    """Return the store, the recipe, the online mode (None if it is not asked for), and what differs from the recipe.

    Args:
        faults: found so far, which are reported with those found here.

    Raises:
        InputError: everything wrong with any of them, with the folder to write or with the device.
    """
    from adsw.store.store import Store
    from adsw.train.checkpoint import RECIPE_FILE
    from adsw.train.recipe import read_recipe
    from adsw.trainer import require_fit

    opened = _tried(faults, lambda: Store.open(store))
    chosen = _tried(faults, lambda: read_recipe(recipe, settings))
    check_new("--out", out, faults, RECIPE_FILE, force)
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
    if patience is not None and patience < 1:
        faults.add("--patience", "must be at least 1", patience)
    return faults


def _online(faults: Faults, store: Store | None, vocabulary: Path | None) -> OnlineMode | None:
    """Return the online mode for a store, or None if it or the vocabulary cannot be read; add the faults."""
    from adsw.trainer import OnlineMode

    base = builtin() if vocabulary is None else _tried(faults, lambda: builtin().with_file(vocabulary))
    return None if store is None else _tried(faults, lambda: OnlineMode.of(store, base))


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
    metrics: dict[str, float],
    judging: Judging,
) -> dict[str, Any]:
    """Write the checkpoint, the per-query results and metrics.json; return the content of metrics.json."""
    from adsw.train import checkpoint
    from adsw.train.recipe import identity

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
