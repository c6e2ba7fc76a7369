"""Descriptions of a plan's parameters, one for each entry of the space file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adsw.align.recipe import Recipe, dotted, schedules_of
from adsw.align.schedules.words import schedule_words
from sweep.space.entries import SimplexEntry
from sweep.space.model import Space
from sweep.space.parameter import Parameter
from sweep.space.schedule_entry import ScheduleEntry


@dataclass(frozen=True, slots=True)
class PlannedParameter:
    """One line of the plan's table."""

    name: str
    role: str
    values: str
    default: Any
    """Value in the included `default`; None if the parameter does not exist there."""
    when: str


def planned_parameters(space: Space, base: Recipe) -> tuple[PlannedParameter, ...]:
    """Return a line for each parameter, simplex and schedule of the space file.

    Args:
        space: a checked space.
        base: the space's base recipe, that of the included `default`.
    """
    return tuple(_line(name, entry, base) for name, entry in space.written.items())


def _line(name: str, entry: Parameter | SimplexEntry | ScheduleEntry, base: Recipe) -> PlannedParameter:
    """Return the line of one entry."""
    when = _condition(entry.when)
    if isinstance(entry, SimplexEntry):
        values = f"weights of {', '.join(entry.simplex[:-1])} and {entry.simplex[-1]}, even over all that sum to 1"
        return PlannedParameter(name, entry.role, values, _weights(name, entry, base), when)
    if isinstance(entry, ScheduleEntry):
        schedule = schedules_of(base).get(name)
        return PlannedParameter(
            name, entry.role, entry.words(), None if schedule is None else schedule_words(schedule), when
        )
    values = entry.words()
    if entry.complement:
        values += f" ({entry.complement} gets the rest)"
    return PlannedParameter(name, entry.role if entry.searched else "fixed", values, dotted(base).get(name), when)


def _weights(name: str, entry: SimplexEntry, base: Recipe) -> str | None:
    """Return the base's weights of the parts, ``0 : 0.5 : 0.5``, or None if one of them is no number."""
    flat = dotted(base)
    weights = [flat.get(f"{name}.{part}") for part in entry.simplex]
    if None in weights:
        return None
    return " : ".join(f"{weight:g}" for weight in weights)


def _condition(when: Mapping[str, list[Any]]) -> str:
    """Return a condition as text, empty without one."""
    return " and ".join(f"{other} is {' or '.join(map(str, values))}" for other, values in when.items())


def method_words(space: Space) -> str:
    """Return method, sampler and scheduler as text."""
    stop = space.scheduler
    if stop.kind == "asha":
        return f"{_proposes(space)}; ASHA from epoch {stop.grace_epochs}, keeping 1 of {stop.reduction_factor:g}"
    return f"{_proposes(space)}; no early stopping"


def _proposes(space: Space) -> str:
    """Return as text what proposes the trials."""
    if space.method == "grid":
        arms = f" of {len(space.arms)} arms" if space.arms else ""
        if space.until_decided is not None:
            return f"grid{arms}, {space.until_decided.words()}, until decided"
        return f"grid{arms}" + (f", {len(space.replicates)} replicates" if space.replicates else "")
    searcher = space.searcher
    label, seed = searcher.ability.label, f"seed {searcher.seed}"
    if space.method == "random" or searcher.sampler == "random":
        return f"random search, {seed}"
    if "startup" in searcher.ability.settings:
        return f"{label} after {searcher.startup} random trials, {seed}"
    return f"{label}, {seed}"
