"""Tries the values of a space through the recipe before anything runs: types, ranges, fields of schedules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

from adsw.align.recipe import Recipe, resolve
from adsw.draws import generator
from adsw.errors import Fault, InputError
from sweep.space.compile import overrides_of
from sweep.space.conditions import decision_order, is_active
from sweep.space.parameter import Parameter

MOST_CONDITIONS = 64
"""Combinations of conditions under which one value is tried."""
DRAWS = 32
"""Whole points tried on top, drawn over bounds and choices, to meet combinations."""


def tried(parameters: Mapping[str, Parameter], base: Recipe) -> list[Fault]:
    """What the recipe says against the parameters' values.

    Every bound and choice of every parameter is tried under the values of its conditions, all else at typical
    values.

    Args:
        parameters: with conditions that refer to each other only and form no cycle.
        base: the recipe that the values override.
    """
    order = decision_order(parameters)
    found: dict[tuple[str, str], Fault] = {}
    for point, name in [*_points(parameters, order), *((point, None) for point in _drawn(parameters, order))]:
        for fault in _refusals(parameters, point, base, name):
            found.setdefault((fault.where, fault.rule), fault)
    return list(found.values())


def _points(parameters: Mapping[str, Parameter], order: list[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Whole points, each with the name of the parameter it tries."""
    for name in order:
        for forced in islice(_conditions(parameters, name), MOST_CONDITIONS):
            for value in parameters[name].distribution.ends():
                point = _filled(parameters, order, forced | {name: value})
                if name in point:
                    yield point, name


def _conditions(parameters: Mapping[str, Parameter], name: str) -> Iterator[dict[str, Any]]:
    """Ways to make a parameter active: every value of its own conditions, one way for those of others."""
    when = parameters[name].when
    for values in product(*when.values()):
        forced: dict[str, Any] = {}
        for other in when:
            forced |= next(_conditions(parameters, other))
        yield forced | dict(zip(when, values, strict=True))


def _filled(parameters: Mapping[str, Parameter], order: list[str], forced: Mapping[str, Any]) -> dict[str, Any]:
    """A whole point: forced values where active, typical ones elsewhere."""
    point: dict[str, Any] = {}
    for name in order:
        if is_active(parameters[name], point):
            point[name] = forced.get(name, parameters[name].distribution.typical())
    return point


def _drawn(parameters: Mapping[str, Parameter], order: list[str]) -> Iterator[dict[str, Any]]:
    for index in range(DRAWS):
        rng = generator("trying a space", index)
        ends = {name: parameters[name].distribution.ends() for name in order}
        yield _filled(parameters, order, {name: values[rng.integers(len(values))] for name, values in ends.items()})


def _refusals(
    parameters: Mapping[str, Parameter], point: Mapping[str, Any], base: Recipe, name: str | None
) -> Iterator[Fault]:
    """The recipe's faults with a point, at the parameters they concern."""
    try:
        resolve(overrides_of(parameters, point), base, where="space")
    except InputError as error:
        for fault in error.faults:
            at = fault.where.removeprefix("space: ")
            owner = _owner(parameters, point, at)
            if owner == at:
                yield Fault(f"space.{at}", fault.rule, fault.value, fault.fix)
            else:
                blamed = owner or name
                given = f"with {blamed} = {point[blamed]}, " if blamed else ""
                place = f"space.{blamed}" if blamed else "space"
                yield Fault(place, f"{given}{at} {fault.rule}", fault.value, fault.fix)


def _owner(parameters: Mapping[str, Parameter], point: Mapping[str, Any], at: str) -> str | None:
    """The parameter a fault concerns: what sets that name, or the kind of its schedule, or one within or around it."""
    sets = {target: name for name in reversed([*point]) for target in parameters[name].targets(name)}
    if at in sets:
        return sets[at]
    kind = at.rpartition(".")[0] + ".kind"
    if kind in sets:
        return sets[kind]
    return next((sets[name] for name in sets if at.startswith(name + ".") or name.startswith(at + ".")), None)


def impossible(parameter: Parameter, value: Any) -> bool:
    """Whether a parameter never has a value, or only with probability 0, as one number of a continuum."""
    distribution = parameter.distribution
    return distribution.points(None) is None or not distribution.holds(value)
