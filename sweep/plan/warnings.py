"""Warnings about parts of a space that have no effect or are probably not intended, before a sweep starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from adsw.parquet_file import read_parquet
from adsw.store.store import Store, StoreInfo
from adsw.train.recipe import Recipe
from sweep.plan.hard_negatives import Terms
from sweep.space.check import most_epochs
from sweep.space.distributions import is_number
from sweep.space.long_schedules import too_long
from sweep.space.model import Space
from sweep.space.sections import NSGA2_POPULATION, Asha, drawn_at_random

MOST_TRACKS = 5_000
"""Tracks of the training split that are read."""


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """Facts of the training split's first tracks, which are a random sample: tracks are ordered by a hash."""

    human_captions: int
    swaps: int
    even_views: bool
    """Whether both rules of view dropout (`balance: none` and `category`) weight every view equally."""
    knows_claims: bool = True
    """Whether it is known what texts claim, which masks by tags need."""
    terms: Terms = field(default_factory=dict)
    """The categories of the replaceable terms of texts that are no swap; empty if not known."""


def read_facts(store: Store) -> StoreFacts:
    """Read the facts from the store's first shards."""
    shards = store.shards("train")
    pieces: list[pa.Table] = []
    for shard in shards:
        # No partitioning: a folder named key=value on the path would become a column.
        pieces.append(read_parquet(shard, columns=["texts"]))
        if sum(map(len, pieces)) >= MOST_TRACKS:
            break
    texts = pc.list_flatten(pa.concat_tables(pieces)["texts"]).combine_chunks()
    column = {name: pc.struct_field(texts, name) for name in ("source", "swap_of", "weight_none", "weight_category")}
    apart = pc.abs(pc.subtract(column["weight_none"], column["weight_category"]))
    is_swap = pc.greater_equal(column["swap_of"], 0)
    knows_claims = store.info.schema_version >= 4
    held = pc.struct_field(texts, "swappable").filter(pc.invert(is_swap)).to_pylist() if knows_claims else []
    return StoreFacts(
        human_captions=pc.sum(pc.equal(column["source"], "human")).as_py() or 0,
        swaps=pc.sum(is_swap).as_py() or 0,
        # The weights are float32: equal ones may differ by rounding.
        even_views=(pc.max(apart).as_py() or 0.0) < 1e-6,
        knows_claims=knows_claims,
        terms=Counter(tuple(sorted(names)) for names in held if names is not None),
    )


def together(facts: Sequence[StoreFacts]) -> StoreFacts:
    """Combine the facts of several stores: a parameter has an effect if it has one on any of them."""
    return StoreFacts(
        human_captions=sum(each.human_captions for each in facts),
        swaps=sum(each.swaps for each in facts),
        even_views=all(each.even_views for each in facts),
        knows_claims=any(each.knows_claims for each in facts),
        terms=sum((Counter(each.terms) for each in facts), Counter()),
    )


SHAPE = ("head.", "data.batch_size", "data.fraction", "text.swap.negatives", "precision")
"""Prefixes of parameters whose values decide which trials can be computed together in a cell."""


def warnings_of(
    space: Space,
    base: Recipe,
    train_tracks: int,
    cells: int,
    trials: int | None,
    facts: StoreFacts | None,
    stores: Sequence[str] = ("",),
) -> Iterator[str]:
    """Yield the warnings about a space, one sentence each.

    Args:
        space: a checked space.
        base: the space's base recipe.
        train_tracks: tracks of the training split.
        cells: training cells.
        trials: number of trials; None if unknown.
        facts: contents of the stores; without them there are no warnings about parameters without effect.
        stores: names of the stores; trials without a store's name use the first.
    """
    yield from _sizes(space, base, train_tracks, cells, trials)
    yield from _sampling(space)
    yield from _grace(space, base)
    yield from too_long(space, base)
    yield from _judged(space)
    yield from _best_epoch(space, most_epochs(space, base))
    yield from _idle(space, stores)
    if facts is not None:
        yield from _void(space, base, facts)


def held_out(stores: Mapping[str, StoreInfo]) -> Iterator[str]:
    """Yield a warning for every store without a test split, by its name; ``""`` for the only one."""
    for name, info in stores.items():
        if "test" not in info.splits or not info.splits["test"].tracks:
            where = f"Store {name} has" if name else "The store has"
            yield f"{where} no test split: the winner is judged by validation alone, which chose it."


def twice(stores: Mapping[str, StoreInfo]) -> Iterator[str]:
    """Yield warnings about recordings that stand more than once in a store.

    Args:
        stores: stores by name; ``""`` for the only one.
    """
    for name, info in stores.items():
        for sentence in [] if info.duplicates is None else info.duplicates.sentences():
            yield f"Store {name}: {sentence}" if name else sentence


def _sizes(space: Space, base: Recipe, train_tracks: int, cells: int, trials: int | None) -> Iterator[str]:
    """Yield warnings about the batch size, idle cells and shapes."""
    batch = base.data.batch_size
    if batch > train_tracks:
        yield f"data.batch_size {batch} exceeds the {train_tracks} training tracks: a batch holds them all."
    searched = space.space.get("data.batch_size")
    sizes = [size for size in searched.distribution.ends() if is_number(size)] if searched else []
    if len(sizes) > 1 and min(sizes) >= train_tracks:
        yield f"data.batch_size has no effect: all its values reach the {train_tracks} training tracks."
    if trials is not None and trials < cells:
        yield f"{cells} cells for {trials} trials: {cells - trials} will stand idle."
    shaping = [name for name in space.space if name.startswith(SHAPE) and name != "head.dropout"]
    if shaping:
        names = " and ".join(shaping)
        yield f"{names} decide a training's shape: trials of several shapes share no computation."


def _sampling(space: Space) -> Iterator[str]:
    """Yield warnings about trials and parameters that the sampler draws at random or cannot learn from."""
    searcher, ability, trials = space.searcher, space.searcher.ability, space.trials
    if space.method != "optuna":
        return
    if "startup" in ability.settings and trials is not None and trials <= searcher.startup:
        yield (
            f"{ability.label} begins after {searcher.startup} ended trials, and there are {trials}: "
            "all are drawn at random."
        )
    population = searcher.population or NSGA2_POPULATION
    if searcher.sampler == "nsga2" and trials is not None and trials <= population:
        yield f"NSGA-II selects after {population} completed trials, and there are {trials}: all are drawn at random."
    left = [*dict.fromkeys(space.entries[name] for name in drawn_at_random(searcher, space.space))]
    if left:
        what = "parameters with conditions" if ability.choices else "choices"
        yield f"{ability.label} leaves {what} to random draws: {', '.join(left)}. Sampler tpe models them."
    if isinstance(space.scheduler, Asha) and not ability.stopped:
        yield f"{ability.label} learns from completed trials only: those that ASHA stops tell it nothing."


def _judged(space: Space) -> Iterator[str]:
    """Yield warnings about objectives measured on the training or the test split."""
    sets = {entry.name: entry for entry in space.evaluate}
    for objective in space.objectives:
        source = sets.get(objective.evaluation_set)
        if source is not None and source.split == "train" and source.store is None:
            yield f"{objective.metric} is measured on what is trained: it says nothing of new tracks."
        if source is not None and source.split == "test":
            yield f"{objective.metric} chooses trials by the test split of {source.store}, which so is no held-out set."


def _best_epoch(space: Space, epochs: int) -> Iterator[str]:
    """Yield warnings about what it means to judge trials at their best epoch, and to end them by patience."""
    if space.judge == "best":
        metric = space.objective.metric
        yield f"Trials are judged at the epoch of their best {metric}, whose value there is optimistic; test is not."
    if space.patience is not None and space.patience >= epochs:
        yield f"patience {space.patience} has no effect: the trials have {epochs} epochs."
    elif space.patience is not None:
        yield (
            f"A trial that patience ends has not come to the end of its schedules: the learning rate's and others' are "
            f"those of all {epochs} epochs."
        )


def _idle(space: Space, stores: Sequence[str]) -> Iterator[str]:
    """Yield warnings about stores that no trial uses."""
    on = {space.arm_stores.get(arm, "") for arm in space.arms}
    first = bool(space.include) or not space.arms or "" in on
    for index, name in enumerate(stores):
        if name not in on and not (index == 0 and first):
            yield f"No arm is on store {name}."


def _grace(space: Space, base: Recipe) -> Iterator[str]:
    """Yield a warning about a grace period as long as a trial."""
    if "epochs" in space.space:  # trials then differ in length
        return
    stop = space.scheduler
    if isinstance(stop, Asha) and stop.grace_epochs >= base.epochs:
        yield f"scheduler.grace_epochs {stop.grace_epochs} leaves nothing to stop of {base.epochs} epochs."


def _void(space: Space, base: Recipe, facts: StoreFacts) -> Iterator[str]:
    """Yield warnings about searched parameters without effect on these stores."""
    searched = {
        space.entries[name]: parameter for name, parameter in space.space.items() if parameter.searched
    }  # by entry: one warning for a schedule or a simplex
    swapping = (
        bool(space.arms)
        or base.text.swap.probability.extremes[1] > 0
        or any(name.startswith("text.swap.probability") for name in space.space)
    )
    for name, parameter in searched.items():
        if name.startswith("text.mix.human") and not facts.human_captions:
            yield f"{name} has no effect: the store holds no human captions."
        if parameter.simplex and "text.mix.human" in parameter.simplex.targets and not facts.human_captions:
            yield f"{name} has a share for human captions, and the store holds none: the others share it."
        if name == "text.view_dropout.balance" and facts.even_views:
            yield f"{name} has no effect: both laws weigh every view of this store alike."
        if name.startswith("text.swap.") and not facts.swaps:
            yield f"{name} has no effect: the store holds no swapped texts."
        elif name.startswith("text.swap.") and not swapping:
            yield f"{name} has no effect: text.swap.probability is 0."
        if name == "loss.mask" and not facts.knows_claims:
            yield f"{name} has no effect: the store does not say what its texts claim."
