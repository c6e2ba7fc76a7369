"""One schedule, as people give it: written out, or by its name in a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from adsw.align.overrides import Overrides
from adsw.align.recipe import Recipe, faults_at_names, mixed_dataset, resolve, schedules_of
from adsw.align.recipe_file import read_recipe
from adsw.align.schedules import AnySchedule, Schedule
from adsw.errors import Fault, Faults, InputError, unknown
from adsw.yaml_file import read_value

WHERE = "adsw schedule"
_ARGUMENT = "SCHEDULE"


@dataclass(frozen=True, slots=True)
class NamedSchedule:
    """A schedule and the quantity it schedules."""

    schedule: AnySchedule
    name: str | None
    """Dotted name of the quantity; None if there is none."""
    epochs: int | None
    """Epochs of the recipe it is part of; None if there is none."""


def read_schedule(
    text: str | None, recipe: Path | None = None, name: str | None = None, trained: Mapping[str, Any] | None = None
) -> NamedSchedule:
    """Return the schedule of a text, or of a recipe by its name; of both, what the text makes of the recipe's.

    Args:
        text: a number, or a mapping in YAML's or JSON's flow style, such as ``{kind: linear, start: 0, ...}``.
        recipe: YAML file of changes to the default recipe.
        name: a scheduled name, ``text.swap.probability`` for one, whose range then holds.
        trained: the recipe of a recorded training, used if `recipe` is None.

    Raises:
        InputError: every fault of the text or the file; neither a text nor a name; a name without a schedule.
    """
    if name is None and (text is None or recipe is not None):
        fix = "Give a schedule such as '{kind: linear, start: 0, end: 0.15, epochs: 20}', or --name, with --recipe."
        rule = "needs a schedule or a name" if recipe is None else "needs the name of one of the recipe's schedules"
        raise InputError("There is nothing to draw", [Fault(WHERE, rule, None, fix)])
    value = None if text is None else _parsed(text)
    if name is None:
        return NamedSchedule(_alone(value), None, None)
    base = read_recipe(recipe, []) if recipe is not None or trained is None else resolve(trained)
    if text is not None:
        # A weight of a data set may be new to the recipe; any other name must be one of its schedules.
        if mixed_dataset(name) is None:
            _named(name, base)
        base = resolve({name: value}, base, where=WHERE)
    return NamedSchedule(_named(name, base), name, base.epochs)


def _parsed(text: str) -> Any:
    try:
        return read_value(text)
    except ValueError as error:
        raise InputError("The schedule cannot be used", [Fault(f"{WHERE}: {_ARGUMENT}", str(error), text)]) from error


def _alone(value: Any) -> AnySchedule:
    """Return a schedule that belongs to no quantity, and so has no range."""
    faults = Faults("The schedule cannot be used")
    tree = Overrides(frozenset({_ARGUMENT}), frozenset({_ARGUMENT}), "", WHERE, faults).onto({}, {_ARGUMENT: value})
    try:
        schedule = TypeAdapter(dict[str, Schedule]).validate_python(tree)[_ARGUMENT]
    except ValidationError as error:
        raise InputError(faults.title, [*faults.found, *faults_at_names(error, WHERE)]) from error
    faults.raise_if_any()
    return schedule


def _named(name: str, recipe: Recipe) -> AnySchedule:
    """Return the recipe's schedule of that name.

    Raises:
        InputError: the recipe has none.
    """
    schedules = schedules_of(recipe)
    if name not in schedules:
        raise InputError("There is nothing to draw", [unknown("--name", name, schedules, "schedule of the recipe")])
    return schedules[name]
