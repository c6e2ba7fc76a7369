"""Whether a store can serve the recipes of a space: the fixed ones, and those at the bounds of what is searched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from adsw.errors import Fault
from adsw.fit import Contents, Misfit, misfits
from adsw.train.recipe import Recipe, resolve
from sweep.space.check import tried_recipes
from sweep.space.configurations import base_recipe
from sweep.space.model import Space


def unfit(space: Space, contents: Contents, name: str = "", first: bool = True) -> list[Fault]:
    """Return every fault of the values that the space gives to trials on a store, each at the place that gives it.

    A searched value that merely does nothing there is none: where a whole range does nothing, the plan warns of it.

    Args:
        space: a checked space, whose names of data sets and categories the store has.
        contents: what the store offers.
        name: its name in the space.
        first: whether it is the first of the run's stores, on which all is trained that names none.
    """
    found: dict[tuple[str, str], Fault] = {}
    for place, given, recipe in trained_recipes(space, name, first):
        for misfit in misfits(recipe, contents):
            own = _gives(given, misfit.name.split("."))
            searched = None if own else _searcher(space, misfit)
            # Where there are arms, the recipe is trained with an arm's values only.
            if misfit.idle if searched else bool(space.arms) and place.startswith("space."):
                continue
            if searched is None:
                fault = misfit.fault(place if own else "recipe")
            else:
                rule = misfit.rule if searched == misfit.name else f"{misfit.name} {misfit.rule}"
                fault = Fault(f"space.{searched}", rule, misfit.value, misfit.fix)
            found.setdefault((fault.where, fault.rule), fault)
    return list(found.values())


def trained_recipes(space: Space, name: str, first: bool) -> Iterator[tuple[str, Mapping[str, Any], Recipe]]:
    """Yield the recipes that trials on a store may train, with the place of their own values and these."""
    base = base_recipe(space)
    if first and space.space:
        for parameter, recipe in tried_recipes(space.space, base):
            yield f"space.{parameter}", {}, recipe
    elif first and not space.arms:
        yield "recipe", {}, base
    for label, overrides in space.include.items() if first else ():
        yield f"include.{label}", overrides, resolve(overrides, base, where=f"include.{label}")
    for label, overrides in space.arms.items():
        if space.arm_stores.get(label) == name or (first and label not in space.arm_stores):
            yield f"arms.{label}", overrides, resolve(overrides, base, where=f"arms.{label}")


def _searcher(space: Space, misfit: Misfit) -> str | None:
    """Return the parameter that sets a value, wholly or in one field; None if none does."""
    for name, parameter in space.space.items():
        for target in parameter.targets(name):
            if f"{target}.".startswith(f"{misfit.name}.") or f"{misfit.name}.".startswith(f"{target}."):
                return name
    return None


def _gives(given: Mapping[str, Any], parts: list[str]) -> bool:
    """Return whether nested or dotted overrides give a name, or a field of it."""
    for key, value in given.items():
        names = key.split(".")
        common = min(len(names), len(parts))
        if names[:common] == parts[:common]:
            deeper = len(names) < len(parts) and isinstance(value, dict)
            if not deeper or _gives(value, parts[common:]):
                return True
    return False
