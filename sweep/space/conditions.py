"""Conditions of parameters: when each is active, in which order they are decided, and cycles among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweep.space.distributions import same
from sweep.space.parameter import Parameter


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
