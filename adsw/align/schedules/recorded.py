"""The signals of a training that was recorded: a run folder's trials, or what `adsw train` wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adsw.align.schedules.adaptive import Signals
from adsw.errors import Fault, InputError

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
        text = file.read_text("utf-8")
        if file.suffix != ".jsonl":
            beside = file.with_name(RECIPE_FILE)
            recipe = json.loads(beside.read_text("utf-8"))["recipe"] if beside.is_file() else None
            return {0: (json.loads(text)["curve"], recipe)}
        records = [json.loads(line) for line in text.splitlines() if line.strip()]
        ran = (record for record in records if record.get("curve"))
        return {int(record["number"]): (record["curve"], record.get("recipe")) for record in ran}
    except FileNotFoundError:
        raise _unusable(file, "there is no such file", None, f"Give a folder with {' or '.join(FILES)}.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unusable(file, f"cannot be read: {error!r}") from error


def _signals(point: Mapping[str, Any]) -> Signals:
    """Return the signals of one recorded epoch."""
    figures = {**point, **(point.get("metrics") or {})}
    metrics = {name: float(value) for name, value in figures.items() if name.startswith("valid/")}
    return Signals((float(point["audio_accuracy"]) + float(point["text_accuracy"])) / 2, metrics)


def _unusable(file: Path, rule: str, value: object = None, fix: str = "") -> InputError:
    """Return the error for a curve that cannot be used."""
    fix = fix or "Give trials.jsonl of a sweep's run folder, or metrics.json of adsw train."
    return InputError("The curve cannot be used", [Fault(str(file), rule, value, fix)])
