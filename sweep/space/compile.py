"""From a space to trials: what a sampler suggests, what a grid lists, and the recipe of a set of values.

*Values* hold every active parameter, fixed ones too; *params* hold the searched ones only, and are what is
recorded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from adsw.align.recipe import Recipe, dotted, identity, resolve
from sweep.space.conditions import decision_order, is_active
from sweep.space.distributions import Suggester, is_number
from sweep.space.model import Space
from sweep.space.parameter import Parameter
from sweep.space.trial_spec import TrialSpec
from sweep.state import Purpose


def base_recipe(space: Space) -> Recipe:
    """The recipe's defaults under the space's fixed overrides: what the included `default` trains."""
    return resolve(space.recipe, where="recipe")


def suggest(space: Space, suggester: Suggester) -> dict[str, Any]:
    """Params chosen by a sampler, active ones only, in the order of decision."""
    values: dict[str, Any] = {}
    for name in decision_order(space.space):
        parameter = space.space[name]
        if is_active(parameter, values):
            distribution = parameter.distribution
            searched = parameter.searched
            values[name] = distribution.suggest(suggester, name) if searched else distribution.typical()
    return searched_only(space, values)


def searched_only(space: Space, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values without the fixed ones."""
    return {name: value for name, value in values.items() if space.space[name].searched}


def with_fixed(space: Space, params: Mapping[str, Any]) -> dict[str, Any]:
    """Params together with the active fixed values."""
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
    """Values as overrides of a recipe: complements included, shares as the weights they make."""
    overrides: dict[str, Any] = {}
    for name, value in values.items():
        parameter = parameters[name]
        if parameter.simplex is not None:
            overrides |= parameter.simplex.weights({one: values[one] for one in parameter.simplex.names})
            continue
        overrides[parameter.target(name)] = value
    complements = {name: parameters[name].complement for name in values}
    return overrides | {other: 1 - values[name] for name, other in complements.items() if other is not None}


def recipe_of(space: Space, params: Mapping[str, Any], seed: int | None = None, base: Recipe | None = None) -> Recipe:
    """The recipe that a trial with these params trains.

    Args:
        space: the space.
        params: searched values, active ones only.
        seed: training seed; the recipe's own where None.
        base: what is overridden; the space's `base_recipe` where None.

    Raises:
        InputError: the values make no recipe.
    """
    overrides = overrides_of(space.space, with_fixed(space, params))
    if seed is not None:
        overrides["seed"] = seed
    return resolve(overrides, base or base_recipe(space), where="space")


def grid(space: Space) -> Iterator[dict[str, Any]]:
    """Params of every point of the grid; one empty point where nothing is searched.

    Raises:
        ValueError: a parameter is continuous and says no `points`.
    """
    yield from _grid(space, decision_order(space.space), {})


def _grid(space: Space, order: list[str], values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if not order:
        yield searched_only(space, values)
        return
    name, rest = order[0], order[1:]
    parameter = space.space[name]
    if name in values or not is_active(parameter, values):
        yield from _grid(space, rest, values)
        return
    for chosen in _choices(name, parameter):
        yield from _grid(space, rest, {**values, **chosen})


def _choices(name: str, parameter: Parameter) -> Iterator[Mapping[str, Any]]:
    """What a grid sets at a parameter: each of its values, or every point of its whole simplex."""
    if parameter.simplex is not None and parameter.points is not None:
        yield from parameter.simplex.lattice(parameter.points)
        return
    points = parameter.distribution.points(parameter.points)
    if points is None:
        raise ValueError(f"{name} is continuous: a grid needs its points")
    for value in points:
        yield {name: value}


def representable(space: Space, recipe: Recipe) -> dict[str, Any] | None:
    """The params that give this recipe; None where no point of the space does.

    Weights of a simplex count by their proportions: 1 and 1 are what one half and one half are.
    """
    flat = dotted(recipe)
    values: dict[str, Any] = {}
    for name in decision_order(space.space):
        parameter = space.space[name]
        if not is_active(parameter, values):
            continue
        value = _value_in(flat, name, parameter)
        if value is None and parameter.target(name) not in flat:
            return None
        if not parameter.distribution.holds(value):
            return None
        values[name] = parameter.distribution.adopted(value)
    params = searched_only(space, values)
    return params if _same_recipe(space, recipe_of(space, params, recipe.seed), recipe) else None


def _value_in(flat: Mapping[str, Any], name: str, parameter: Parameter) -> Any:
    """The value that a recipe has for a parameter; None where it has none."""
    if parameter.simplex is None:
        return flat.get(parameter.target(name))
    shares = parameter.simplex.shares([flat.get(target) for target in parameter.simplex.targets])
    return None if shares is None else shares[name]


def _same_recipe(space: Space, made: Recipe, recipe: Recipe) -> bool:
    """Whether two recipes are one, but for rounding and scale of weights on a simplex."""
    one, other = dotted(made), dotted(recipe)
    scaled: dict[str, Any] = {}
    for simplex in {parameter.simplex for parameter in space.space.values() if parameter.simplex}:
        mine, theirs = ([flat.get(target, math.nan) for target in simplex.targets] for flat in (one, other))
        if all(map(is_number, [*mine, *theirs])) and _proportional(mine, theirs):
            scaled |= dict(zip(simplex.targets, mine, strict=True))
    return identity(resolve(scaled, recipe) if scaled else recipe) == identity(made)


def _proportional(one: Sequence[float], other: Sequence[float]) -> bool:
    scale = sum(one) / sum(other) if sum(other) else 0.0
    return all(math.isclose(mine, scale * theirs, abs_tol=1e-12) for mine, theirs in zip(one, other, strict=True))


def replicate_seeds(space: Space) -> tuple[int, ...]:
    """Training seeds of all replicates that there may be, the recipe's own where none are asked for."""
    return space.replication.training_seeds(base_recipe(space).seed)


def included(space: Space, seeds: Sequence[int] | None = None) -> list[TrialSpec]:
    """The configurations tried first, once per seed: the replicates' seeds where None."""
    base = base_recipe(space)
    found = []
    for seed in replicate_seeds(space) if seeds is None else seeds:
        for name, overrides in space.include.items():
            recipe = resolve({**overrides, "seed": seed}, base, where=f"include.{name}")
            found.append(TrialSpec(recipe, representable(space, recipe) or {}, name, "included"))
    return found


def arms_of(space: Space) -> list[TrialSpec]:
    """The arms in the order of the file, before the grid's values; one without a name where there are none."""
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
    """An arm at a point of the grid, with a seed."""
    recipe = recipe_of(space, params, seed, arm.recipe)
    return replace(arm, recipe=recipe, params=dict(params), purpose=purpose)


def listed(space: Space) -> Iterator[TrialSpec]:
    """All that a grid may run: arms x points x replicates, every arm of one replicate before the next.

    Where nuisance parameters are tuned per arm, or replicates end once all is decided, `sweep.space.stages` lists what
    is run.
    """
    arms = arms_of(space)
    for seed in replicate_seeds(space):
        for arm in arms:
            for params in grid(space):
                yield at_point(space, arm, params, seed)
