"""The way from a space to its trials: suggestions of a sampler, points of a grid, and the recipe of a set of values.

*Values* hold every active parameter, fixed ones too; *params* hold the searched ones only, and are recorded with a
trial.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from adsw.train.recipe import Recipe, dotted, identity, resolve
from sweep.space.distributions import Suggester, is_number, same
from sweep.space.model import Space
from sweep.space.parameter import Parameter
from sweep.space.part import Purpose
from sweep.space.trial_spec import TrialSpec


def decision_order(parameters: Mapping[str, Parameter]) -> list[str]:
    """Return the names so ordered that each comes after all it depends on, otherwise as given.

    Raises:
        ValueError: there is a cycle (`find_cycle` returns it).
    """
    order: list[str] = []
    left = dict(parameters)
    while left:
        ready = [name for name, parameter in left.items() if not any(other in left for other in parameter.when)]
        if not ready:
            raise ValueError("conditions form a cycle")
        order.append(ready[0])  # one at a time, so that the order given is kept as far as it can be
        del left[ready[0]]
    return order


def find_cycle(parameters: Mapping[str, Parameter]) -> list[str] | None:
    """Return a cycle of conditions, its first name repeated at its end, or None if there is none."""
    done: set[str] = set()
    for start in parameters:
        path: list[str] = []
        cycle = _walk(start, parameters, path, done)
        if cycle:
            return cycle
    return None


def _walk(name: str, parameters: Mapping[str, Parameter], path: list[str], done: set[str]) -> list[str] | None:
    """Return the cycle that a depth-first walk from a name meets; `done` holds names known to lead to none."""
    if name in path:
        return [*path[path.index(name) :], name]
    if name in done or name not in parameters:
        return None
    path.append(name)
    for other in parameters[name].when:
        cycle = _walk(other, parameters, path, done)
        if cycle:
            return cycle
    path.pop()
    done.add(name)
    return None


def is_active(parameter: Parameter, values: Mapping[str, Any]) -> bool:
    """Return whether a parameter is active, given the values of the active parameters decided before it."""
    return all(
        name in values and any(same(values[name], wanted) for wanted in allowed)
        for name, allowed in parameter.when.items()
    )


def base_recipe(space: Space) -> Recipe:
    """Return the recipe's defaults with the space's fixed overrides, which is what the included `default` trains."""
    return resolve(space.recipe, where="recipe")


def suggest(space: Space, suggester: Suggester) -> dict[str, Any]:
    """Return params chosen by a sampler, active ones only, in the order of decision."""
    values: dict[str, Any] = {}
    for name in decision_order(space.space):
        parameter = space.space[name]
        # Asked of active parameters only: what is asked becomes part of the sampler's record of the trial.
        if is_active(parameter, values):
            distribution = parameter.distribution
            searched = parameter.searched
            values[name] = distribution.suggest(suggester, name) if searched else distribution.typical()
    return searched_only(space, values)


def searched_only(space: Space, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return params: values without the fixed ones."""
    return {name: value for name, value in values.items() if space.space[name].searched}


def with_fixed(space: Space, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return values: params together with the active fixed parameters."""
    values: dict[str, Any] = {}
    for name in decision_order(space.space):
        parameter = space.space[name]
        if is_active(parameter, values):
            if not parameter.searched:
                values[name] = parameter.distribution.typical()
            elif name in params:
                values[name] = params[name]
    return values


def overrides_of(parameters: Mapping[str, Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as overrides of a recipe, with complements, and with weights in place of shares."""
    overrides: dict[str, Any] = {}
    for name, value in values.items():
        parameter = parameters[name]
        if parameter.simplex is not None:
            overrides |= parameter.simplex.weights({share: values[share] for share in parameter.simplex.names})
            continue
        overrides[parameter.target(name)] = value
    complements = {name: parameters[name].complement for name in values}
    return overrides | {other: 1 - values[name] for name, other in complements.items() if other is not None}


def recipe_of(space: Space, params: Mapping[str, Any], seed: int | None = None, base: Recipe | None = None) -> Recipe:
    """Return the recipe that a trial with these params trains.

    Args:
        space: the space.
        params: searched values, active ones only.
        seed: training seed; None for the recipe's.
        base: what is overridden; None for the space's `base_recipe`.

    Raises:
        InputError: the values make no recipe.
    """
    overrides = overrides_of(space.space, with_fixed(space, params))
    if seed is not None:
        overrides["seed"] = seed
    return resolve(overrides, base or base_recipe(space), where="space")


def grid(space: Space) -> Iterator[dict[str, Any]]:
    """Yield the params of every point of the grid; one empty point if nothing is searched.

    Raises:
        ValueError: a parameter is continuous and has no `points`.
    """
    yield from _grid(space, decision_order(space.space), {})


def _grid(space: Space, order: list[str], values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if not order:
        yield searched_only(space, values)
        return
    name, rest = order[0], order[1:]
    parameter = space.space[name]
    # A share of a simplex is set together with the first one.
    if name in values or not is_active(parameter, values):
        yield from _grid(space, rest, values)
        return
    for chosen in _choices(name, parameter):
        yield from _grid(space, rest, {**values, **chosen})


def _choices(name: str, parameter: Parameter) -> Iterator[Mapping[str, Any]]:
    """Yield what a grid sets at a parameter: each of its values, or all shares of each point of its simplex."""
    if parameter.simplex is not None and parameter.points is not None:
        yield from parameter.simplex.lattice(parameter.points)
        return
    points = parameter.distribution.points(parameter.points)
    if points is None:
        raise ValueError(f"{name} is continuous: a grid needs its points")
    for value in points:
        yield {name: value}


def representable(space: Space, recipe: Recipe) -> dict[str, Any] | None:
    """Return the params that give a recipe, or None if no point of the space does.

    Weights of a simplex count by their proportions: 1 and 1 are what one half and one half are.
    """
    flat = dotted(recipe)
    values: dict[str, Any] = {}
    for name in decision_order(space.space):
        parameter = space.space[name]
        if not is_active(parameter, values):
            continue
        value = _value_in(flat, name, parameter)
        if value is None and parameter.target(name) not in flat:  # None may also be the recipe's value
            return None
        if not parameter.distribution.holds(value):
            return None
        values[name] = parameter.distribution.adopted(value)
    params = searched_only(space, values)
    return params if _same_recipe(space, recipe_of(space, params, recipe.seed), recipe) else None


def _value_in(flat: Mapping[str, Any], name: str, parameter: Parameter) -> Any:
    """Return the value that a recipe has for a parameter, or None if it has none."""
    if parameter.simplex is None:
        return flat.get(parameter.target(name))
    shares = parameter.simplex.shares([flat.get(target) for target in parameter.simplex.targets])
    return None if shares is None else shares[name]


def _same_recipe(space: Space, made: Recipe, recipe: Recipe) -> bool:
    """Return whether two recipes are the same, but for rounding and the scale of weights on a simplex."""
    flats = dotted(made), dotted(recipe)
    scaled: dict[str, Any] = {}
    for simplex in {parameter.simplex for parameter in space.space.values() if parameter.simplex}:
        weights, others = ([flat.get(target, math.nan) for target in simplex.targets] for flat in flats)
        if all(map(is_number, [*weights, *others])) and _proportional(weights, others):
            scaled |= dict(zip(simplex.targets, weights, strict=True))
    return identity(resolve(scaled, recipe) if scaled else recipe) == identity(made)


def _proportional(weights: Sequence[float], others: Sequence[float]) -> bool:
    scale = sum(weights) / sum(others) if sum(others) else 0.0
    return all(
        math.isclose(weight, scale * other, abs_tol=1e-12) for weight, other in zip(weights, others, strict=True)
    )


def replicate_seeds(space: Space) -> tuple[int, ...]:
    """Return the training seeds of all replicates that there may be, only the recipe's if none are asked for."""
    return space.replication.training_seeds(base_recipe(space).seed)


def included(space: Space, seeds: Sequence[int] | None = None) -> list[TrialSpec]:
    """List the included configurations, once per seed; None for the replicates' seeds."""
    base = base_recipe(space)
    trials = []
    for seed in replicate_seeds(space) if seeds is None else seeds:
        for name, overrides in space.include.items():
            recipe = resolve({**overrides, "seed": seed}, base, where=f"include.{name}")
            trials.append(TrialSpec(recipe, representable(space, recipe) or {}, name, "included"))
    return trials


def arms_of(space: Space) -> list[TrialSpec]:
    """List the arms in the order of the file, without the grid's values; if there are none, one without a name."""
    base = base_recipe(space)
    if not space.arms:
        return [TrialSpec(base, origin="grid")]
    return [
        TrialSpec(
            resolve(overrides, base, where=f"arms.{name}"), {}, name, "grid", store=space.arm_stores.get(name, "")
        )
        for name, overrides in space.arms.items()
    ]


def at_point(space: Space, arm: TrialSpec, params: Mapping[str, Any], seed: int, purpose: Purpose = "") -> TrialSpec:
    """Return the trial of an arm at a point of the grid, with a seed."""
    recipe = recipe_of(space, params, seed, arm.recipe)
    return replace(arm, recipe=recipe, params=dict(params), purpose=purpose)


def listed(space: Space) -> Iterator[TrialSpec]:
    """Yield all trials that a grid may run: arms x points x replicates, every arm of one replicate before the next.

    If nuisance parameters are tuned per arm, or replicates end once all is decided, `sweep.space.stages` lists what is
    run.
    """
    arms = arms_of(space)
    for seed in replicate_seeds(space):
        for arm in arms:
            for params in grid(space):
                yield at_point(space, arm, params, seed)
