"""Documents of running trials, from the files that are published before they start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class StartedTrials:
    """Reads each file of a run's ``started`` folder once, as the files do not change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[int, Mapping[str, Any]] = {}

    def __call__(self, number: int) -> Mapping[str, Any]:
        """Return the document of a trial, empty if it cannot be read: the view then lacks its name."""
        if number not in self._known:
            try:
                self._known[number] = json.loads((self._folder / f"{number:04d}.json").read_bytes())
            except (OSError, ValueError):
                return {}
        return self._known[number]
