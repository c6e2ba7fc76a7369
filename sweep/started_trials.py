"""What trials under way are, from the files that were published before they started."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class StartedTrials:
    """Reads each file of a run's ``started`` folder once: what a trial is does not change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[int, Mapping[str, Any]] = {}

    def __call__(self, number: int) -> Mapping[str, Any]:
        """The document of a trial; empty where it cannot be read, which only costs the view a name."""
        if number not in self._known:
            try:
                self._known[number] = json.loads((self._folder / f"{number:04d}.json").read_bytes())
            except (OSError, ValueError):
                return {}
        return self._known[number]
