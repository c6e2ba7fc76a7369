"""The functions of `adsw` and `sweep` take what their commands take: the same names, the same defaults."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, get_args, get_type_hints

import pytest

from adsw.api.arguments import pairs_of
from adsw.errors import Fault, InputError, Interrupted

OWN = {"progress"}
"""Arguments of functions that no command has."""
NO_OPTION = {"as_json"}


def options(command: Callable[..., Any]) -> dict[str, Any]:
    """The arguments of a command by the names that its functions give them, with their defaults."""
    found = {}
    hints = get_type_hints(command, include_extras=True)
    for name, parameter in inspect.signature(command).parameters.items():
        told = get_args(hints[name])[-1]
        # Of --baselines/--no-baselines the first is the name; without a declared one the argument is the option.
        words = (getattr(told, "default", None), *(getattr(told, "param_decls", None) or ()))
        long = [word for word in words if isinstance(word, str) and word.startswith("--")]
        called = long[0].partition("/")[0].removeprefix("--").replace("-", "_") if long else name
        if name not in NO_OPTION:
            found["not_" if called == "not" else called] = parameter.default
    return found


@pytest.mark.parametrize(
    ("package", "name"),
    [("adsw", "prepare"), ("adsw", "train"), ("adsw", "evaluate"), ("adsw", "search"), ("sweep", "run")],
)
def test_functions_take_what_their_commands_take(package: str, name: str) -> None:
    command = getattr(import_module(f"{package}.cli.{name}"), name)
    function = getattr(import_module(f"{package}.api.{name}"), name)
    given = {key: value.default for key, value in inspect.signature(function).parameters.items() if key not in OWN}
    wanted = options(command)
    if package == "sweep":
        wanted["runs"] = None  # of $ADSW_RUNS or `runs`, which typer fills in for the command
    assert given == wanted


def test_packages_are_functions_whatever_was_imported_before() -> None:
    script = """
import sys, adsw, sweep, inspect
assert not {"torch", "ray", "numpy", "pandas", "typer"} & set(sys.modules)
import adsw.train.recipe, sweep.run.folder
from adsw.train.recipe import Recipe
assert "recipe" in inspect.signature(adsw.train).parameters
assert callable(sweep.run) and callable(adsw.evaluate) and callable(adsw.search) and callable(adsw.prepare)
import pickle
assert pickle.loads(pickle.dumps(adsw.train)) is adsw.train
assert sweep.Space.__name__ == "Space" and issubclass(sweep.InputError, Exception)
try:
    adsw.nothing
except AttributeError:
    print("fine")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=dict(os.environ))
    assert done.stdout == "fine\n", done.stderr


def test_notebooks_show_the_words_of_an_error() -> None:
    error = InputError("It cannot be used", [Fault("a", "is wrong"), Fault("b", "is missing", None, "Add it.")])
    assert error._render_traceback_() == ["It cannot be used", "  - a: is wrong", "  - b: is missing. Add it."]
    assert Interrupted()._render_traceback_() == ["Interrupted."]
    assert isinstance(Interrupted(), KeyboardInterrupt)


def test_settings_are_written_as_a_command_line_writes_them() -> None:
    assert pairs_of({"layer": 7, "greedy": True, "language": "en"}) == ["layer=7", "greedy=true", "language=en"]
    assert pairs_of(["a=b"]) == ["a=b"]
