"""Trial resolution of a space's values through the recipe before anything runs: types, ranges, fields of schedules."""

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
"""Combinations of conditions under which one value is tried, at most."""
DRAWS = 32
"""Points drawn at random over bounds and choices that are tried as well, for faults of combinations."""


def tried(parameters: Mapping[str, Parameter], base: Recipe) -> list[Fault]:
    """Return the faults that the recipe finds in the parameters' values, each once.

    Every bound and choice of every parameter is tried under the values of its conditions, all else at typical
    values.

    Args:
        parameters: their conditions refer to each other only and form no cycle.
        base: the recipe that the values override.
    """
    order = decision_order(parameters)
    faults: dict[tuple[str, str], Fault] = {}
    for point, name in [*_points(parameters, order), *((point, None) for point in _drawn(parameters, order))]:
        for fault in _refusals(parameters, point, base, name):
            faults.setdefault((fault.where, fault.rule), fault)
    return list(faults.values())


def _points(parameters: Mapping[str, Parameter], order: list[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield whole points, each with the name of the parameter it tries."""
    for name in order:
        for forced in islice(_conditions(parameters, name), MOST_CONDITIONS):
            for value in parameters[name].distribution.ends():
                point = _filled(parameters, order, forced | {name: value})
                if name in point:
                    yield point, name


def _conditions(parameters: Mapping[str, Parameter], name: str) -> Iterator[dict[str, Any]]:
    """Yield values that make a parameter active: every combination for its conditions, one way to meet theirs."""
    when = parameters[name].when
    for values in product(*when.values()):
        forced: dict[str, Any] = {}
        for other in when:
            forced |= next(_conditions(parameters, other))
        yield forced | dict(zip(when, values, strict=True))


def _filled(parameters: Mapping[str, Parameter], order: list[str], forced: Mapping[str, Any]) -> dict[str, Any]:
    """Return a whole point: forced values where given, typical ones elsewhere, of active parameters only."""
    point: dict[str, Any] = {}
    for name in order:
        if is_active(parameters[name], point):
            point[name] = forced.get(name, parameters[name].distribution.typical())
    return point


def _drawn(parameters: Mapping[str, Parameter], order: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the same random points for the same parameters, so that a check is repeatable."""
    for index in range(DRAWS):
        rng = generator("trying a space", index)
        ends = {name: parameters[name].distribution.ends() for name in order}
        yield _filled(parameters, order, {name: values[rng.integers(len(values))] for name, values in ends.items()})


def _refusals(
    parameters: Mapping[str, Parameter], point: Mapping[str, Any], base: Recipe, name: str | None
) -> Iterator[Fault]:
    """Yield the faults that the recipe finds in a point, at the parameters they concern."""
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
    """Return the parameter that sets a faulty name, or its schedule's kind, or a name within or around it, or None."""
    # Reversed, so that of several parameters that set a name the first decided is kept.
    sets = {target: name for name in reversed([*point]) for target in parameters[name].targets(name)}
    if at in sets:
        return sets[at]
    kind = at.rpartition(".")[0] + ".kind"
    if kind in sets:
        return sets[kind]
    return next((sets[name] for name in sets if at.startswith(name + ".") or name.startswith(at + ".")), None)


def impossible(parameter: Parameter, value: Any) -> bool:
    """Return whether a parameter has a value never, or with probability 0, as any one number of a continuum."""
    distribution = parameter.distribution
    return distribution.points(None) is None or not distribution.holds(value)
