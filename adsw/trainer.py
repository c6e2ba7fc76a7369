"""Training of one recipe on one store, in this process."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from adsw.augment.bank import vocabulary_of
from adsw.augment.captions.captioner import captioner_named
from adsw.augment.captions.protocol import Captioner
from adsw.augment.vocabulary import Vocabulary
from adsw.encoders import registry
from adsw.encoders.protocol import EncoderInfo, TextEncoder
from adsw.errors import Faults, InputError, unknown
from adsw.evaluate.retrieval_report import SetReport
from adsw.fit import LEAST_TRACKS, misfits, read_contents, remarks
from adsw.judging import Judging
from adsw.online import MOST_BYTES, OnlineBank, TextMemory
from adsw.retrieval.evaluation import Evaluation, evaluate
from adsw.retrieval.queries import QuerySet
from adsw.store.plan import vocabulary_identity
from adsw.store.store import Store
from adsw.train.adaptation import signals_of
from adsw.train.bank import StoreBank
from adsw.train.batches import WINDOW, steps_per_epoch, windows
from adsw.train.block import Block
from adsw.train.checkpoint import untrained_heads
from adsw.train.epoch_log import EpochLog
from adsw.train.heads import Heads
from adsw.train.mixing import Census
from adsw.train.recipe import Recipe
from adsw.train.slots import SlotGroup
from adsw.visits import Writer

METRIC = "valid/t2m/mAP@10"
"""What the best epoch is chosen by."""
AT_THE_LAST = Judging(METRIC)
"""Judges the last epoch."""


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
        heads: after the epoch that is judged: the last, where nothing is chosen by looking at ``valid``, or the best.
        judged_epoch: that epoch, from 1.
        curve: every epoch.
        evaluations: per-query results of the heads by split: ``valid``, and ``test`` where the store has such
            tracks, which is opened this once.
        reports: the same beside untrained heads, with intervals and chance.
        seconds: wall time of it all.
    """

    heads: Heads
    judged_epoch: int
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
    judging: Judging = AT_THE_LAST,
) -> TrainResult:
    """Train one recipe: ``valid`` after every epoch, ``test`` once at the end.

    On the CPU everything runs on one thread, so that results have the same bits on every run.

    Args:
        store: the bank.
        recipe: what to train.
        on_epoch: called with every epoch as it ends.
        device: ``cpu`` or ``cuda``.
        online: draws, words, swaps and encodes texts afresh at every visit, instead of sampling the store's.
        judging: which epoch's heads are the result, and when the training ends before its last.

    Raises:
        InputError: the store cannot serve the recipe (`require_fit`).
        TrainingFailedError: the training diverged.
    """
    started = time.perf_counter()
    with _threads(1 if device == "cpu" else torch.get_num_threads()):
        require_fit(store, recipe, online is not None)
        dimensions = store.info.dimensions
        table = store.table("train")
        blocks = list(windows([table], len(table), dimensions, WINDOW))
        queries = QuerySet.from_table(store.table("valid"), dimensions)
        group = SlotGroup(dimensions, recipe, 1, device, make_bank=online.bank if online else StoreBank)
        slot = group.join(recipe)
        curve: list[EpochResult] = []
        steps = steps_per_epoch(len(table), recipe.data)
        for _ in range(recipe.epochs):
            begun = time.perf_counter()
            # Texts drawn online serve one epoch: a stream of windows keeps nothing for the next.
            log = group.train_epoch(iter(blocks) if online else blocks, steps, partial(Census.of_blocks, blocks))[slot]
            if log.failed:
                raise TrainingFailedError(log.failed)
            heads = group.heads(slot)
            metrics = _valid(heads, queries)
            group.advance(slot, signals_of(log, metrics))
            curve.append(EpochResult(log, metrics, time.perf_counter() - begun))
            if on_epoch is not None:
                on_epoch(curve[-1])
            values = [epoch.metrics for epoch in curve]
            if (judged := judging.judged_epoch(values)) == len(curve):
                best = heads
            if judging.is_over(values):
                break
        evaluations, reports = _final_results(store, recipe, best, queries)
    return TrainResult(best, judged, tuple(curve), evaluations, reports, time.perf_counter() - started)


def _valid(heads: Heads, queries: QuerySet) -> dict[str, float]:
    """Return the figures on ``valid``.

    Raises:
        TrainingFailedError: embeddings are not finite.
    """
    try:
        return evaluate(heads, queries, "valid").metrics
    except ValueError as error:
        raise TrainingFailedError(f"the training diverged: {error}") from error


def require_fit(store: Store, recipe: Recipe, online: bool = False) -> list[str]:
    """Check that a store can serve a recipe, and return what will be otherwise than it says, one sentence each.

    Args:
        store: the store.
        recipe: the recipe.
        online: texts are drawn online.

    Raises:
        InputError: every fault: empty splits; else data sets and categories that nothing in the training split answers
            to, and values that could do nothing there, or not what they say.
    """
    faults = Faults(f"The store {store.path} cannot be trained on")
    for split, least in (("train", LEAST_TRACKS), ("valid", 1)):
        tracks = store.info.splits[split].tracks if split in store.info.splits else 0
        if tracks < least:
            faults.add(split, f"must hold at least {least} tracks", tracks, "Prepare a store with more.")
    faults.raise_if_any()
    contents = read_contents(store)
    faults = Faults("The recipe does not fit the store")
    for name in recipe.data.mix:
        if name not in contents.census.names:
            faults.found.append(unknown("data.mix", name, contents.census.names, "data set"))
    for name in recipe.text.swap.categories or ():
        if name not in contents.categories:
            faults.found.append(unknown("text.swap.categories", name, contents.categories, "category"))
    faults.extend(misfit.fault("") for misfit in misfits(recipe, contents, online))
    faults.raise_if_any()
    return list(remarks(recipe, contents))


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


@dataclass(frozen=True, slots=True)
class OnlineMode:
    """Makes the banks of an online training (`adsw.train.bank.BankMaker`)."""

    writer: Writer
    memory: TextMemory
    vocabulary: str
    """Identity of the vocabulary that swaps are made with."""
    same_vocabulary: bool
    """Whether that is the store's vocabulary. It is another one if a track whose audio could not be used had a tag that
    no other has, or if the store was made with a vocabulary file or with another version's built-in vocabulary."""

    @classmethod
    def of(cls, store: Store, base: Vocabulary | None = None, most_bytes: int = MOST_BYTES) -> OnlineMode:
        """Return the mode for a store.

        Args:
            store: its audio, tags and human captions are used, its captions and swaps are not.
            base: the vocabulary that the corpus's tags extend; None for the built-in one.
            most_bytes: of embeddings remembered between visits.

        Raises:
            InputError: the store's text encoder or captioner is not available, or is of another revision here.
        """
        vocabulary = vocabulary_of(_all_tags(store), base, _human_captions(store))
        faults = Faults(f"The store {store.path} cannot be trained on online")
        encoder = _encoder(store.info.text_encoder, faults)
        captioner = _captioner(store.info.captioner, vocabulary, faults)
        faults.raise_if_any()
        assert encoder is not None
        assert captioner is not None
        named = vocabulary_identity(vocabulary)
        memory = TextMemory(encoder, most_bytes)
        # Banks that do not say drew evenly.
        draw = store.info.bank.get("swap_draw", "uniform")
        return cls(Writer(vocabulary, captioner, draw), memory, named, named == store.info.vocabulary)

    def bank(self, block: Block, device: torch.device, dtype: torch.dtype, resident: bool) -> OnlineBank:
        """Make the bank of a window for one epoch."""
        return OnlineBank(block, self.writer, self.memory, device, dtype, resident)

    def document(self) -> dict[str, Any]:
        """Return what was done so far, for a record of the training."""
        return {
            "vocabulary": self.vocabulary,
            "same_vocabulary": self.same_vocabulary,
            "texts_asked": self.memory.asked,
            "texts_encoded": self.memory.encoded,
            "seconds_encoding": self.memory.seconds,
        }


def _all_tags(store: Store) -> list[dict[str, tuple[str, ...]]]:
    """Return the tags of every track, split by split."""
    columns = [store.table(split, ["tags"])["tags"].to_pylist() for split in store.splits]
    return [
        {category: tuple(tags) for category, tags in json.loads(given).items()}
        for column in columns
        for given in column
    ]


def _human_captions(store: Store) -> Iterator[str]:
    """Yield the human captions of every track."""
    for split in store.splits:
        for shard in store.tables(split, ["texts"]):
            for texts in shard["texts"].to_pylist():
                yield from (text["text"] for text in texts if text["source"] == "human" and text["swap_of"] < 0)


def _encoder(wanted: EncoderInfo, faults: Faults) -> TextEncoder | None:
    """Return the store's text encoder, or None after noting faults."""
    try:
        encoder = registry.text_encoder(registry.reference_to(wanted))
    except InputError as error:
        faults.extend(error.faults)
        return None
    # Another encoder's embeddings would not lie in the space of the store's own texts.
    # Whether case matters to it was not always recorded.
    if encoder.info != wanted.model_copy(update={"uncased": encoder.info.uncased}):
        rule = f"must be {wanted.name} of revision {wanted.revision}, which encoded the store"
        faults.add("text encoder", rule, encoder.info.revision, "Install that one, or prepare the store again.")
    return encoder


def _captioner(wanted: str, vocabulary: Vocabulary, faults: Faults) -> Captioner | None:
    """Return the store's captioner, ``name@version``, or None after noting faults."""
    name = wanted.rpartition("@")[0]
    try:
        captioner = captioner_named(name, vocabulary)
    except InputError as error:
        faults.extend(error.faults)
        return None
    installed = f"{captioner.name}@{captioner.version}"
    if installed != wanted:
        rule = f"must be {wanted}, which worded the store's captions"
        faults.add("captioner", rule, installed, "Use the version that prepared the store, or prepare it again.")
    return captioner
