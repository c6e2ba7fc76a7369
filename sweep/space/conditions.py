"""When parameters are active: the order in which they are decided, and cycles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweep.space.distributions import same
from sweep.space.parameter import Parameter


def decision_order(parameters: Mapping[str, Parameter]) -> list[str]:
    """Names such that each stands after all it depends on, otherwise in the order given.

    Raises:
        ValueError: there is a cycle (`find_cycle` tells which).
    """
    order: list[str] = []
    left = dict(parameters)
    while left:
        ready = [name for name, parameter in left.items() if not any(other in left for other in parameter.when)]
        if not ready:
            raise ValueError("conditions form a cycle")
        order.append(ready[0])
        del left[ready[0]]
    return order


def find_cycle(parameters: Mapping[str, Parameter]) -> list[str] | None:
    """A cycle of conditions, its first name repeated at its end; None where there is none."""
    done: set[str] = set()
    for start in parameters:
        path: list[str] = []
        found = _walk(start, parameters, path, done)
        if found:
            return found
    return None


def _walk(name: str, parameters: Mapping[str, Parameter], path: list[str], done: set[str]) -> list[str] | None:
    if name in path:
        return [*path[path.index(name) :], name]
    if name in done or name not in parameters:
        return None
    path.append(name)
    for other in parameters[name].when:
        found = _walk(other, parameters, path, done)
        if found:
            return found
    path.pop()
    done.add(name)
    return None


def is_active(parameter: Parameter, values: Mapping[str, Any]) -> bool:
    """Whether a parameter takes part, given the values of the active parameters decided before it."""
    return all(
        name in values and any(same(values[name], wanted) for wanted in allowed)
        for name, allowed in parameter.when.items()
    )
