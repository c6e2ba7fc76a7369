"""Recipes as people give them: a YAML file, and settings on the command line over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adsw.align.recipe import Recipe, resolve
from adsw.errors import Fault, Faults, InputError
from adsw.yaml_file import read_value, read_yaml


def read_recipe(file: Path | None, settings: Sequence[str]) -> Recipe:
    """Read a recipe from a file of overrides and settings over it; the default recipe if neither is given.

    Args:
        file: YAML, dotted or nested names.
        settings: ``name=value`` each, the value as in YAML.

    Raises:
        InputError: every fault of the file; else every fault of the settings.
    """
    recipe = Recipe()
    if file is not None:
        content = read_yaml(file).content
        if not isinstance(content, Mapping):
            fault = Fault(str(file), "must be a mapping of names to values", content, "Write name: value.")
            raise InputError(f"{file} cannot be used", [fault])
        recipe = resolve(content, where=str(file))
    return resolve(_parsed(settings), base=recipe, where="--set") if settings else recipe


def _parsed(settings: Sequence[str]) -> dict[str, Any]:
    """Return the settings ``name=value`` as names with their YAML values."""
    faults = Faults("--set cannot be used")
    parsed: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        name = name.strip()
        if not equals or not name:
            faults.add("--set", "must be name=value", setting, "For one: --set optim.lr=1e-3")
            continue
        try:
            value = read_value(text)
        except ValueError as error:
            faults.add(f"--set {name}", str(error), text)
            continue
        if name in parsed and parsed[name] != value:
            faults.add(f"--set {name}", "is given twice", value, "Keep one.")
        parsed[name] = value
    faults.raise_if_any()
    return parsed
