"""What callers may give in several ways: a place as text or path, settings as a mapping or as KEY=VALUE."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

Place: TypeAlias = str | Path
Settings: TypeAlias = Mapping[str, Any] | Iterable[str] | None


def path_of(place: Place | None) -> Path | None:
    """Return a place as a path; None stays None."""
    return None if place is None else Path(place)


def pairs_of(settings: Settings) -> list[str]:
    """Return settings as a command line writes them.

    >>> pairs_of({"layer": 7, "language": "en"}), pairs_of(["layer=7"]), pairs_of(None)
    (['layer=7', 'language=en'], ['layer=7'], [])
    """
    if settings is None:
        return []
    if isinstance(settings, Mapping):
        return [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in settings.items()]
    return list(settings)


def listed(given: str | Path | Iterable[str | Path] | None) -> list[str]:
    """Return what may be one or several as a list of texts.

    >>> listed("a.wav"), listed(["a.wav", "b.wav"]), listed(None)
    (['a.wav'], ['a.wav', 'b.wav'], [])
    """
    if given is None:
        return []
    return [str(given)] if isinstance(given, str | Path) else [str(each) for each in given]
