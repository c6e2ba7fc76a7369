"""Checks that a space names data sets and swap categories of the store: training ignores unknown ones silently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from adsw.align.recipe import Recipe, mixed_dataset, resolve
from adsw.encode.store import Store
from adsw.errors import Fault, InputError, unknown
from sweep.space.compile import base_recipe
from sweep.space.model import Space
from sweep.store_facts import read_datasets, read_swap_categories

CATEGORIES = "text.swap.categories"


def require_fit(space: Space, store: Store) -> None:
    """Check that the training split has every data set and swap category that a space names.

    Raises:
        InputError: some are unknown; each is listed with the place that names it.
    """
    faults = [*_unknown_datasets(space, store), *_unknown_categories(space, store)]
    if faults:
        raise InputError("The space does not fit the store", faults)


def _unknown_datasets(space: Space, store: Store) -> Iterator[Fault]:
    """Yield a fault for every data set to mix that the store lacks."""
    named = [(place, name) for place, recipe in _recipes(space) for name in recipe.data.mix]
    for place, name in _searched_names(space):
        dataset = mixed_dataset(name)
        if dataset is not None:
            named.append((place, dataset))
    if named:
        known = read_datasets(store)
        # Arms inherit the recipe's names: reversed, so that the first place of a name is the one reported.
        first = {name: f"{place}.data.mix" for place, name in reversed(named) if name not in known}
        yield from (unknown(place, name, known, "data set of the store") for name, place in first.items())


def _unknown_categories(space: Space, store: Store) -> Iterator[Fault]:
    """Yield a fault for every category to swap that the store lacks."""
    named = [(place, name) for place, recipe in _recipes(space) for name in recipe.text.swap.categories or ()]
    parameter = space.space.get(CATEGORIES)
    for values in parameter.distribution.ends() if parameter else ():
        named += [("space", str(name)) for name in values or ()]
    if named:
        known = read_swap_categories(store)
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
