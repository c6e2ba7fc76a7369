"""Whether a store can serve a recipe: values that could do nothing there, or not what they say, are found before."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from adsw.errors import Fault
from adsw.parquet_file import open_parquet
from adsw.store.schema import SOURCES
from adsw.store.store import Store
from adsw.train.mixing import CENSUS_COLUMNS, Census
from adsw.train.recipe import Recipe
from adsw.train.schedules import AnySchedule

LEAST_TRACKS = 2
"""Tracks that a batch needs at least: of one alone nothing is learnt."""

_PREPARE = "Prepare the store again: with --reuse its embeddings are taken over"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a store's training split offers to a recipe."""

    census: Census
    sources: frozenset[str]
    """Text sources that some track has texts of."""
    categories: frozenset[str]
    """Categories of the terms that swaps replace."""
    swaps: int
    """Number of swapped texts."""
    most_swaps: int
    """Most swaps of one text."""
    bank_terms: int | None
    """Most terms that the bank's swaps replace, by its settings; None if they do not say."""
    counts_terms: bool
    """Whether it is known how many of a text's terms can be replaced, and what texts say."""
    even_views: bool
    """Whether both laws of view dropout (`balance: none` and `category`) weigh every view equally."""


def read_contents(store: Store) -> Contents:
    """Read what the training split offers; of the texts only a few small columns are read."""
    sources: set[str] = set()
    categories: set[str] = set()
    swaps = most = 0
    apart = 0.0
    fields = ("source", "swap_of", "weight_none", "weight_category", "swap_categories")
    for shard in store.shards("train"):
        lists = open_parquet(shard).read(columns=[f"texts.list.element.{name}" for name in fields])["texts"]
        for chunk in lists.chunks:
            texts = chunk.flatten()
            sources.update(texts.field("source").unique().to_pylist())
            categories.update(texts.field("swap_categories").flatten().unique().to_pylist())
            law, other = texts.field("weight_none"), texts.field("weight_category")
            # The weights are float32: equal ones may differ by rounding.
            apart = max(apart, pc.max(pc.abs(pc.subtract(law, other))).as_py() or 0.0)
            of = np.asarray(texts.field("swap_of"), dtype=np.int64)
            owner = np.asarray(pc.list_parent_indices(chunk), dtype=np.int64)[of >= 0]
            swaps += len(owner)
            held = np.unique(owner * (1 << 16) + of[of >= 0], return_counts=True)[1]
            most = max(most, int(held.max(initial=0)))
    return Contents(
        census=Census.of_table(store.table("train", CENSUS_COLUMNS)),
        sources=frozenset(sources),
        categories=frozenset(categories),
        swaps=swaps,
        most_swaps=most,
        bank_terms=_bank_terms(store),
        counts_terms=store.info.schema_version >= 4,
        even_views=apart < 1e-6,
    )


def _bank_terms(store: Store) -> int | None:
    """Return the most terms that the bank's swaps replace, by its settings."""
    bank = store.info.bank
    more = bank.get("swaps_per_text", 1) or bank.get("swaps_within_categories", False)
    return bank.get("swap_max_terms") if more else 1


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value of a recipe that a store cannot serve."""

    name: str
    """Dotted name in the recipe."""
    rule: str
    value: object
    fix: str
    idle: bool = False
    """Whether it would merely do nothing: a searched range may hold such values, and is warned of."""

    def fault(self, place: str) -> Fault:
        """Return it as a fault of a recipe that stands at a place."""
        return Fault(f"{place}.{self.name}" if place else self.name, self.rule, self.value, self.fix)


def misfits(recipe: Recipe, contents: Contents, online: bool = False) -> Iterator[Misfit]:
    """Yield all that a store cannot serve of a recipe, but for names of data sets and categories that it lacks.

    Args:
        recipe: the recipe.
        contents: what the store offers.
        online: texts are drawn online, and the bank's swaps are not used.
    """
    yield from _size(recipe, contents)
    yield from _mix(recipe, contents)
    for name in SOURCES:
        weight = getattr(recipe.text.mix, name)
        if name not in contents.sources and _ever(weight):
            kind = {"tags": "tags", "caption": "captions made of tags", "human": "human captions"}[name]
            rule = f"must be 0 on this store, of which no training track has {kind}"
            yield Misfit(f"text.mix.{name}", rule, weight.extremes[1], f"Set text.mix.{name}=0.", idle=True)
    if recipe.text.view_dropout.balance == "category" and contents.even_views:
        rule = "must be none on this store, where both laws weigh every view alike"
        yield Misfit("text.view_dropout.balance", rule, "category", "Set text.view_dropout.balance=none.", idle=True)
    if _ever(recipe.text.swap.probability) and not online:
        yield from _swaps(recipe, contents)


def remarks(recipe: Recipe, contents: Contents) -> Iterator[str]:
    """Yield what will be otherwise than the recipe says and needs no mending, one sentence each."""
    least = min((math.ceil(len(keys) * recipe.data.fraction) for keys in contents.census.keys), default=0)
    if recipe.data.batch_size > least:
        yield f"data.batch_size {recipe.data.batch_size} exceeds the {least} training tracks: a batch holds them all."
    if recipe.loss.mask == "tags" and not contents.counts_terms:
        yield (
            "The store does not say what its texts claim: loss.mask is string here. "
            f"{_PREPARE}, and what is true is known."
        )


def _ever(schedule: AnySchedule) -> bool:
    """Return whether a schedule is ever above 0."""
    return schedule.extremes[1] > 0


def _size(recipe: Recipe, contents: Contents) -> Iterator[Misfit]:
    """Yield a fraction that leaves too few tracks of a window to train on."""
    sizes = [len(keys) for keys in contents.census.keys]
    used = [math.ceil(size * recipe.data.fraction) for size in sizes]
    if used and min(used) < LEAST_TRACKS <= min(sizes):
        rule = f"must leave at least {LEAST_TRACKS} training tracks of {min(sizes)}, and leaves {min(used)}"
        least = math.ceil(1e4 * (LEAST_TRACKS - 0.5) / min(sizes)) / 1e4
        yield Misfit("data.fraction", rule, recipe.data.fraction, f"At least {min(least, 1.0):g}.")


def _mix(recipe: Recipe, contents: Contents) -> Iterator[Misfit]:
    """Yield data sets to mix of which the fraction leaves no track."""
    if not recipe.data.mix:
        return
    names = contents.census.names
    left = dict(zip(names, contents.census.counts(recipe.data).sum(axis=0).tolist(), strict=True))
    for name, weight in recipe.data.mix.items():
        if left.get(name) == 0 and _ever(weight):
            rule = f"weighs a data set of which data.fraction {recipe.data.fraction:g} leaves no track"
            yield Misfit(f"data.mix.{name}", rule, weight.extremes[1], "Raise data.fraction, or leave it out.")


def _swaps(recipe: Recipe, contents: Contents) -> Iterator[Misfit]:
    """Yield what the bank cannot serve of the hard negatives asked for."""
    swap = recipe.text.swap
    most = swap.probability.extremes[1]
    if not contents.swaps:
        rule = "must be 0 on this store, which holds no swapped texts"
        yield Misfit("text.swap.probability", rule, most, "Set text.swap.probability=0.", idle=True)
        return
    if not contents.counts_terms:
        rule = "cannot be met on this store, which does not say how many terms of a text can be replaced"
        yield Misfit("text.swap.probability", rule, most, f"{_PREPARE}. Or set text.swap.probability=0.")
    if contents.bank_terms is not None and swap.max_terms > contents.bank_terms:
        rule = f"must be at most {contents.bank_terms}, the most terms that the store's swaps replace"
        fix = "Lower it, or prepare a store with more swap_max_terms."
        yield Misfit("text.swap.max_terms", rule, swap.max_terms, fix)
    if swap.negatives > contents.most_swaps:
        rule = f"must be at most {contents.most_swaps}, the most swaps that the store holds of a text"
        yield Misfit("text.swap.negatives", rule, swap.negatives, "Lower it, or prepare a store with more swaps.")
