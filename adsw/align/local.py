"""Training of one recipe on one store, in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from adsw.align.adaptation import signals_of
from adsw.align.bank import StoreBank
from adsw.align.batches import steps_per_epoch
from adsw.align.block import Block
from adsw.align.epoch_log import EpochLog
from adsw.align.heads.embedding import Heads
from adsw.align.recipe import Recipe
from adsw.align.slots import SlotGroup
from adsw.align.windows import WINDOW, windows
from adsw.encode.store import Store
from adsw.errors import Faults, unknown
from adsw.evaluate.evaluation import Evaluation, evaluate
from adsw.evaluate.queries import QuerySet
from adsw.evaluate.set_report import SetReport
from adsw.evaluate.untrained import untrained_heads

if TYPE_CHECKING:
    from adsw.align.online.mode import OnlineMode


@dataclass(frozen=True, slots=True)
class EpochResult:
    """One epoch: what training saw, the figures on ``valid``, and the wall time of both."""

    log: EpochLog
    metrics: dict[str, float]
    seconds: float


@dataclass(frozen=True, slots=True)
class TrainResult:
    """A finished training.

    Attributes:
        heads: after the last epoch: the budget is fixed, nothing is chosen by looking at ``valid``.
        curve: every epoch.
        evaluations: per-query results of the heads by split: ``valid``, and ``test`` where the store has such
            tracks, which is opened this once.
        reports: the same beside untrained heads, with intervals and chance.
        seconds: wall time of it all.
    """

    heads: Heads
    curve: tuple[EpochResult, ...]
    evaluations: dict[str, Evaluation]
    reports: tuple[SetReport, ...]
    seconds: float


class TrainingFailedError(RuntimeError):
    """The loss, the parameters or the embeddings are not finite any more."""


def train(
    store: Store,
    recipe: Recipe,
    on_epoch: Callable[[EpochResult], None] | None = None,
    device: str = "cpu",
    online: OnlineMode | None = None,
) -> TrainResult:
    """Train one recipe: ``valid`` after every epoch, ``test`` once at the end.

    On the CPU everything runs on one thread, so that results have the same bits on every run.

    Args:
        store: the bank.
        recipe: what to train.
        on_epoch: called with every epoch as it ends.
        device: ``cpu`` or ``cuda``.
        online: draws, words, swaps and encodes texts afresh at every visit, instead of sampling the store's.

    Raises:
        InputError: the recipe names data sets or categories that the store lacks, or a split is empty.
        TrainingFailedError: the training diverged.
    """
    started = time.perf_counter()
    with _threads(1 if device == "cpu" else torch.get_num_threads()):
        _check_splits(store)
        dimensions = store.info.dimensions
        table = store.table("train")
        blocks = list(windows([table], len(table), dimensions, WINDOW))
        _check_names(blocks, recipe)
        queries = QuerySet.from_table(store.table("valid"), dimensions)
        group = SlotGroup(dimensions, recipe, 1, device, make_bank=online.bank if online else StoreBank)
        slot = group.join(recipe)
        curve: list[EpochResult] = []
        steps = steps_per_epoch(len(table), recipe.data)
        for _ in range(recipe.epochs):
            begun = time.perf_counter()
            # Texts drawn online serve one epoch: a stream of windows keeps nothing for the next.
            log = group.train_epoch(iter(blocks) if online else blocks, steps)[slot]
            if log.failed:
                raise TrainingFailedError(log.failed)
            heads = group.heads(slot)
            metrics = _valid(heads, queries)
            group.advance(slot, signals_of(log, metrics))
            curve.append(EpochResult(log, metrics, time.perf_counter() - begun))
            if on_epoch is not None:
                on_epoch(curve[-1])
        evaluations, reports = _final_results(store, recipe, heads, queries)
    return TrainResult(heads, tuple(curve), evaluations, reports, time.perf_counter() - started)


def _valid(heads: Heads, queries: QuerySet) -> dict[str, float]:
    """Return the figures on ``valid``.

    Raises:
        TrainingFailedError: embeddings are not finite.
    """
    try:
        return evaluate(heads, queries, "valid").metrics
    except ValueError as error:
        raise TrainingFailedError(f"the training diverged: {error}") from error


def _check_splits(store: Store) -> None:
    """Refuse a store without tracks to train on or to evaluate on."""
    faults = Faults(f"The store {store.path} cannot be trained on")
    for split, least in (("train", 2), ("valid", 1)):
        tracks = store.info.splits[split].tracks if split in store.info.splits else 0
        if tracks < least:
            faults.add(split, f"must hold at least {least} tracks", tracks, "Prepare a store with more.")
    faults.raise_if_any()


def _check_names(blocks: list[Block], recipe: Recipe) -> None:
    """Refuse names of data sets and categories that nothing in the training split answers to."""
    faults = Faults("The recipe does not fit the store")
    datasets = {name for block in blocks for name in block.datasets[0]}
    for name in recipe.data.mix:
        if name not in datasets:
            faults.found.append(unknown("data.mix", name, datasets, "data set"))
    categories = {name for block in blocks for name in block.swap_categories[0]}
    for name in recipe.text.swap.categories or ():
        if name not in categories:
            faults.found.append(unknown("text.swap.categories", name, categories, "category"))
    faults.raise_if_any()


def _final_results(
    store: Store, recipe: Recipe, heads: Heads, valid: QuerySet
) -> tuple[dict[str, Evaluation], tuple[SetReport, ...]]:
    """Return the final results on ``valid`` and ``test``, and the reports of them."""
    sets = {"valid": valid}
    if "test" in store.info.splits and store.info.splits["test"].tracks:
        sets["test"] = QuerySet.from_table(store.table("test"), store.info.dimensions)
    # The same heads before any training: what the frozen embeddings and the architecture give by themselves.
    untrained = untrained_heads(store.info.dimensions, recipe)
    evaluations = {name: evaluate(heads, queries, name) for name, queries in sets.items()}
    place = str(store.path), store.info.fingerprint
    reports = [
        SetReport.of(evaluations[name], evaluate(untrained, queries, name), *place, name)
        for name, queries in sets.items()
    ]
    return evaluations, tuple(reports)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Run with so many threads of torch."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
