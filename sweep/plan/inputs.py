"""Opens the space and the stores of a sweep, and reports the faults of all at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from adsw.errors import Fault, InputError, together, unknown
from adsw.fit import read_contents
from adsw.metrics import is_by_tags, set_of
from adsw.retrieval.queries import read_queries
from adsw.spelling import one_text
from adsw.store.store import Store
from adsw.train.recipe import Recipe, mixed_dataset, resolve
from sweep.plan.fit import unfit
from sweep.space.configurations import base_recipe
from sweep.space.load import space_of
from sweep.space.model import Space

CATEGORIES = "text.swap.categories"


def require_fit(space: Space, store: Store, name: str = "", first: bool = True) -> None:
    """Check that a store can serve a space: every data set and swap category that it names, and its values.

    Args:
        space: a checked space.
        store: the store.
        name: its name in the space.
        first: whether it is the first of the run's stores, on which all is trained that names none.

    Raises:
        InputError: every fault, each with the place that names it.
    """
    contents = read_contents(store)
    faults = [
        *_unknown_datasets(space, contents.census.names),
        *_unknown_categories(space, contents.categories),
        *unfit(space, contents, name, first),
    ]
    if faults:
        raise InputError("The space does not fit the store", faults)


def _unknown_datasets(space: Space, known: Collection[str]) -> Iterator[Fault]:
    """Yield a fault for every data set to mix that is not among the store's."""
    named = [(place, name) for place, recipe in _recipes(space) for name in recipe.data.mix]
    for place, name in _searched_names(space):
        dataset = mixed_dataset(name)
        if dataset is not None:
            named.append((place, dataset))
    # Arms inherit the recipe's names: reversed, so that the first place of a name is the one reported.
    first = {name: f"{place}.data.mix" for place, name in reversed(named) if name not in known}
    yield from (unknown(place, name, known, "data set of the store") for name, place in first.items())


def _unknown_categories(space: Space, known: Collection[str]) -> Iterator[Fault]:
    """Yield a fault for every category to swap that is not among those of the store's swaps."""
    named = [(place, name) for place, recipe in _recipes(space) for name in recipe.text.swap.categories or ()]
    parameter = space.space.get(CATEGORIES)
    for values in parameter.distribution.ends() if parameter else ():
        named += [("space", one_text(str(name))) for name in values or ()]
    first = {name: f"{place}.{CATEGORIES}" for place, name in reversed(named) if name not in known}
    yield from (unknown(place, name, known, "category of the store's swaps") for name, place in first.items())


def _recipes(space: Space) -> Iterator[tuple[str, Recipe]]:
    """Yield the recipe and those of included configurations and arms, each with its place in the space."""
    base = base_recipe(space)
    yield "recipe", base
    written: tuple[tuple[str, Mapping[str, Any]], ...] = (("include", space.include), ("arms", space.arms))
    for kind, named in written:
        for name, overrides in named.items():
            yield f"{kind}.{name}", resolve(overrides, base, where=f"{kind}.{name}")


def _searched_names(space: Space) -> Iterator[tuple[str, str]]:
    """Yield every field of the recipe that a parameter sets, with its place in the space."""
    for name, parameter in space.space.items():
        for target in parameter.targets(name):
            yield "space", target


def open_inputs(space: Path | Mapping[str, Any] | Space, stores: Mapping[str, Path]) -> tuple[Space, dict[str, Store]]:
    """Read the space and open the stores, and check that the space fits each of them.

    Args:
        space: the space, its file or its content.
        stores: folders by name; a single store has the name "".

    Returns:
        The checked space with its stores' names, and the open stores by name.

    Raises:
        InputError: with the faults of space and stores, or else with every name of the space that a store lacks.
    """
    openers: list[Callable[[], Any]] = [partial(Store.open, path) for path in stores.values()]
    loaded, *opened = together(lambda: space_of(space), *openers)
    named = dict(zip(stores, opened, strict=True))
    filled = _at_home_anywhere(loaded.with_stores(tuple(named)))
    require_all(filled, named)
    return filled, named


def _at_home_anywhere(space: Space) -> Space:
    """Return the space with absolute paths of evaluation sets, so that a resume finds them from any folder."""
    evaluation_sets = [
        evaluation_set
        if evaluation_set.store is None
        else evaluation_set.model_copy(update={"store": str(Path(evaluation_set.store).resolve())})
        for evaluation_set in space.evaluate
    ]
    return space.model_copy(update={"evaluate": tuple(evaluation_sets)})


def require_all(space: Space, stores: Mapping[str, Store]) -> None:
    """Check that the space fits every store, and that every evaluation set can be read with every store's heads.

    Raises:
        InputError: every fault.
    """
    together(
        *(partial(require_fit, space, store, name, not place) for place, (name, store) in enumerate(stores.items())),
        *(partial(_require_set, space, stores, index) for index in range(len(space.evaluate))),
        *(partial(_require_truth, space, store) for store in stores.values()),
    )


def _require_truth(space: Space, store: Store) -> None:
    """Check that objectives with truth by tags can be measured on their sets."""
    sets = {one.name: one for one in space.evaluate}
    for metric in {objective.metric: None for objective in space.objectives if is_by_tags(objective.metric)}:
        one = sets.get(set_of(metric))
        held_out = store if one is None or one.store is None else Store.open(Path(one.store))
        part = ("valid",) if one is None else (one.split, one.dataset, one.source)
        if read_queries(held_out, *part).truth is None:
            rule = f"{metric} needs to know what texts claim and what is true of tracks, which {held_out.path} does not"
            fix = f"Prepare the store again (embeddings are reused), or take {metric.removesuffix('.tags')}."
            raise InputError("The space does not fit the store", [Fault("objective.metric", rule, None, fix)])


def _require_set(space: Space, stores: Mapping[str, Store], index: int) -> None:
    """Check that an evaluation set has queries, and comes from the encoders of every store."""
    evaluation_set = space.evaluate[index]
    if evaluation_set.store is None:
        for store in stores.values():
            read_queries(store, evaluation_set.split, evaluation_set.dataset, evaluation_set.source)
        return
    held_out = Store.open(Path(evaluation_set.store))
    faults = [
        fault
        for store in stores.values()
        for fault in _other_encoders(f"evaluate.{evaluation_set.name}", held_out, store)
    ]
    if faults:
        raise InputError("The evaluation set cannot be used", faults)
    read_queries(held_out, evaluation_set.split, evaluation_set.dataset, evaluation_set.source)


def _other_encoders(where: str, held_out: Store, store: Store) -> Iterator[Fault]:
    """Yield a fault for each encoder in which an evaluation set's store differs from the training store."""
    for kind in ("audio_encoder", "text_encoder"):
        offered, needed = (getattr(each.info, kind) for each in (held_out, store))
        if not offered.is_same(needed):
            rule = f"must have the {kind.replace('_', ' ')} of {store.path}, {needed.identity}"
            yield Fault(where, rule, offered.identity, "Prepare that set with the same encoders.")
