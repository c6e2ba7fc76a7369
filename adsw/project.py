"""The project file: ``adsw.toml``, nearest upward from the folder one is in, holds defaults of both command lines.

    store = "stores/mine"     # of adsw train, evaluate and index, sweep plan and run
    runs = "runs"             # of every command of sweep
    cells = 2                 # of sweep plan and run

Paths are relative to the file. What the command line gives wins, then the environment, then this file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

NAME = "adsw.toml"
KEYS = {"store": "a path, or a table of paths by name", "runs": "a path", "cells": "a whole number of at least 1"}


@dataclass(frozen=True, slots=True)
class File:
    """A project file; without a path where there is none."""

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    """Defaults by argument: ``store`` as text, or as NAME=PATH texts; ``runs``; ``cells``."""


def project() -> File:
    """Return the project file of the folder one is in.

    Raises:
        InputError: with every fault of it.
    """
    return _read(Path.cwd())


@lru_cache(maxsize=8)
def _read(folder: Path) -> File:
    for place in (folder, *folder.parents):
        path = place / NAME
        if path.is_file():
            return File(path, dict(_values(path)))
    return File()


def _values(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the defaults that a file gives."""
    import tomllib

    from adsw.errors import Fault, Faults, InputError, unknown

    faults = Faults(f"{path} cannot be used")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        fix = 'Write lines such as: store = "stores/mine"'
        raise InputError(faults.title, [Fault(NAME, f"is no TOML: {error}", None, fix)]) from None
    for key, value in content.items():
        if key not in KEYS:
            faults.extend([unknown(NAME, key, KEYS)])
        elif not _fits(key, value):
            faults.add(f"{NAME}: {key}", f"must be {KEYS[key]}", value)
    faults.raise_if_any()
    for key, value in content.items():
        if isinstance(value, dict):
            yield key, [f"{name}={_place(path, each)}" for name, each in value.items()]
        else:
            yield key, _place(path, value) if isinstance(value, str) else value


def _fits(key: str, value: Any) -> bool:
    """Check that a key may have a value."""
    if key == "cells":
        return isinstance(value, int) and not isinstance(value, bool) and value >= 1
    named = value.values() if key == "store" and isinstance(value, dict) else [value]
    return bool(named) and all(isinstance(each, str) and each for each in named)


def _place(file: Path, given: str) -> str:
    """Return a path of the file as seen from the folder one is in, which is it or below it."""
    place = file.parent / given
    return os.path.relpath(place) if place.is_relative_to(Path.cwd()) else str(place)
