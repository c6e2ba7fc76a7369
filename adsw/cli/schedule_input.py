"""One schedule, as people give it: written out, or by its name in a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from adsw.errors import Fault, Faults, InputError, unknown
from adsw.json_text import JsonError, json_lines, parse_json
from adsw.text_file import read_text
from adsw.train.overrides import Overrides
from adsw.train.recipe import Recipe, faults_at_names, mixed_dataset, read_recipe, resolve, schedules_of
from adsw.train.schedules import KINDS, MODELS, AnySchedule, Schedule
from adsw.train.schedules.adaptive import Signals
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
    if isinstance(value, str) and value in KINDS:
        rule = "is the name of a kind, and a schedule needs its values"
        raise InputError(faults.title, [Fault(WHERE, rule, value, f"For one: adsw schedule '{example(value)}'")])
    tree = Overrides(frozenset({_ARGUMENT}), frozenset({_ARGUMENT}), "", WHERE, faults).onto({}, {_ARGUMENT: value})
    try:
        schedule = TypeAdapter(dict[str, Schedule]).validate_python(tree)[_ARGUMENT]
    except ValidationError as error:
        raise InputError(faults.title, [*faults.found, *faults_at_names(error, WHERE)]) from error
    faults.raise_if_any()
    return schedule


_EXAMPLES = {"start": "0", "end": "0.3", "epochs": "10", "value": "0.2", "points": "[[0, 0.3], [10, 0.1]]"}


def example(kind: str) -> str:
    """Return a schedule of a kind as one writes it, with values to be changed.

    >>> example("cosine"), example("adaptive")
    ('{kind: cosine, start: 0, end: 0.3, epochs: 10}', '{kind: adaptive, start: 0, end: 0.3}')
    """
    model = next(model for name, model in MODELS.items() if name.partition(" ")[0] == kind)
    fields = [name for name, field in model.model_fields.items() if field.is_required()]
    return "{" + ", ".join([f"kind: {kind}", *(f"{name}: {_EXAMPLES[name]}" for name in fields)]) + "}"


def _named(name: str, recipe: Recipe) -> AnySchedule:
    """Return the recipe's schedule of that name.

    Raises:
        InputError: the recipe has none.
    """
    schedules = schedules_of(recipe)
    if name not in schedules:
        raise InputError("There is nothing to draw", [unknown("--name", name, schedules, "schedule of the recipe")])
    return schedules[name]


FILES = ("trials.jsonl", "metrics.json")
"""Files with a training's curve, in the order in which they are looked for in a folder."""

RECIPE_FILE = "recipe.json"
"""The recipe trained, beside metrics.json."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The signals of a training's epochs, and where they are from."""

    signals: tuple[Signals, ...]
    words: str
    recipe: Mapping[str, Any] | None = None
    """The recipe trained, as plain data; None if it was not recorded."""


def read_recording(path: Path, trial: int | None = None) -> Recording:
    """Read the curve of a training.

    Args:
        path: ``trials.jsonl`` of a run folder, ``metrics.json`` of a checkpoint, or a folder with one of them.
        trial: which of several trials.

    Raises:
        InputError: no such file, no curve in it, or it is not said which of several trials.
    """
    file = next((path / name for name in FILES if (path / name).is_file()), path) if path.is_dir() else path
    trainings = _trainings(file)
    if trial is None and len(trainings) == 1:
        (trial,) = trainings
    if trial not in trainings:
        rule = "must be one of its trials" if trial is not None else "has several trials, and one must be named"
        fix = f"Give --trial with one of {', '.join(map(str, list(trainings)[:20]))}." if trainings else "It has none."
        raise _unusable(file, rule, trial, fix)
    curve, recipe = trainings[trial]
    try:
        signals = tuple(_signals(point) for point in curve)
    except (KeyError, TypeError, ValueError) as error:
        raise _unusable(file, f"has no curve with accuracies and metrics of every epoch ({error!r})") from error
    if not signals:
        raise _unusable(file, "has no epoch")
    named = f", trial {trial}" if file.suffix == ".jsonl" else ""
    return Recording(signals, f"signals recorded in {file}{named}", recipe)


def _trainings(file: Path) -> dict[int, tuple[Any, Any]]:
    """Read curve and recipe by trial; a single training counts as trial 0."""
    try:
        text = read_text(file)
        if file.suffix != ".jsonl":
            beside = file.with_name(RECIPE_FILE)
            recipe = parse_json(read_text(beside))["recipe"] if beside.is_file() else None
            return {0: (parse_json(text)["curve"], recipe)}
        trainings = {}
        for number, line in json_lines(text):
            try:
                record = parse_json(line)
            except JsonError as error:
                raise _unusable(file, f"cannot be read: line {number} {error}") from error
            if record.get("curve"):
                trainings[int(record["number"])] = (record["curve"], record.get("recipe"))
        return trainings
    except FileNotFoundError:
        raise _unusable(file, "there is no such file", None, f"Give a folder with {' or '.join(FILES)}.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unusable(
            file, f"cannot be read: {error}" if isinstance(error, JsonError) else f"cannot be read: {error!r}"
        ) from error


def _signals(point: Mapping[str, Any]) -> Signals:
    """Return the signals of one recorded epoch."""
    figures = {**point, **(point.get("metrics") or {})}
    metrics = {name: float(value) for name, value in figures.items() if name.startswith("valid/")}
    return Signals((float(point["audio_accuracy"]) + float(point["text_accuracy"])) / 2, metrics)


def _unusable(file: Path, rule: str, value: object = None, fix: str = "") -> InputError:
    """Return the error for a curve that cannot be used."""
    fix = fix or "Give trials.jsonl of a sweep's run folder, or metrics.json of adsw train."
    return InputError("The curve cannot be used", [Fault(str(file), rule, value, fix)])
