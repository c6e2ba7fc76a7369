"""Descriptions of a plan's parameters, one for each entry of the space file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from adsw.train.recipe import Recipe, dotted, schedules_of
from adsw.train.schedules.describe import schedule_words
from sweep.space.configurations import grid
from sweep.space.entries import SimplexEntry
from sweep.space.model import DEFAULT, Space
from sweep.space.parameter import Parameter
from sweep.space.rules import MOST_GRID_TRIALS
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
    judged = f"; {space.judging.words()}" if space.judge == "best" else ""
    if stop.kind == "asha":
        asha = f"ASHA from epoch {stop.grace_epochs}, keeping 1 of {stop.reduction_factor:g}"
        return f"{_proposes(space)}; {asha}{judged}"
    return (
        f"{_proposes(space)}{judged or '; no early stopping'}"
        if space.patience
        else (f"{_proposes(space)}; no early stopping{judged}")
    )


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


@dataclass(frozen=True, slots=True)
class TrialStage:
    """Trials of one purpose, which run together."""

    words: str
    """Description for people: ``48 tuning trials: 8 arms x 3 points x 2 seeds``."""
    least: int
    most: int | None
    """None if only a budget of epochs ends the stage."""
    purpose: str = ""
    """``tune`` or ``confirm``; see `TrialRecord`."""


def stages_of(space: Space) -> tuple[TrialStage, ...]:
    """Return the stages of a sweep, in order."""
    return _grid_stages(space) if space.method == "grid" else _search_stages(space)


def trials_of(space: Space) -> int | None:
    """Return the most trials of a sweep, or None if only a budget of epochs ends it."""
    most = [stage.most for stage in stages_of(space)]
    return sum(count for count in most if count is not None) if None not in most else None


def _search_stages(space: Space) -> tuple[TrialStage, ...]:
    """Return the search, and the confirmation of its winner if there is one."""
    trials = space.trials
    words = f"{counted(trials, 'trial')} of the search" if trials is not None else "as many trials as the budget allows"
    search = TrialStage(words, 0 if trials is None else trials, trials)
    if not space.confirm:
        return (search,)
    again = ("the winner", "the default") if DEFAULT in space.include else ("the winner",)
    count, seeds = space.confirm * len(again), counted(space.confirm, "fresh seed")
    confirm = "confirms" if count == 1 else "confirm"
    words = f"{counted(count, 'trial')} that {confirm}: {' and '.join(again)} on {seeds}"
    return search, TrialStage(words, count, count, "confirm")


def _grid_stages(space: Space) -> tuple[TrialStage, ...]:
    """Return the tuning of nuisance values, if there is one, and the comparison of arms."""
    # Counted up to the largest grid allowed: one far beyond it would take for ever.
    points = sum(1 for _ in islice(grid(space), MOST_GRID_TRIALS))
    arms = max(len(space.arms), 1)
    arm_words = [counted(len(space.arms), "arm")] if space.arms else []
    point_words = [counted(points, "point")] if any(parameter.searched for parameter in space.space.values()) else []
    stages = []
    if space.tune is not None:
        count = arms * points * space.tune.replicates
        words = " x ".join([*arm_words, *point_words, counted(space.tune.replicates, "seed")])
        stages.append(TrialStage(f"{counted(count, 'tuning trial')}: {words}", count, count, "tune"))
        points, point_words = 1, []  # each arm is compared with its best point only
    listed = " x ".join([*arm_words, *point_words]) or counted(1, "configuration")
    compared = f"({' and '.join([listed, *space.include])})" if space.include else listed
    least, most = replicates_of(space)
    fewest, all_of_them = (count * (arms * points + len(space.include)) for count in (least, most))
    trials, seeds = counted(all_of_them, "trial"), counted(most, "replicate")
    if least < most:
        trials, seeds = f"{fewest} to {trials}", f"{least} to {seeds}"
    return *stages, TrialStage(f"{trials}: {compared} x {seeds}", fewest, all_of_them)


def replicates_of(space: Space) -> tuple[int, int]:
    """Return the fewest and the most replicates that every arm gets if nothing fails."""
    return space.replication.counts


def counted(count: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "arm"), counted(3, "arm")
    ('1 arm', '3 arms')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
