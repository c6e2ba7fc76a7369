"""`live.json`: the state that the driver of a sweep shows, for other terminals and machines to show too."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from adsw.files import publish_bytes
from sweep.live.state import LiveState, LiveTrial
from sweep.live.tables import by_place, thinned

CURVES_KEPT = 100
"""Trials whose curves are written, in the order of the screen: no terminal has more lines than this."""

POINTS_KEPT = 160
"""Points of a written curve."""


@dataclass(frozen=True, slots=True)
class Published:
    """The content of the file."""

    state: LiveState
    events: tuple[str, ...]
    """The latest events."""
    taken: float
    """Time of the state, in seconds since 1970 by the driver's clock."""
    written: float
    """Time of writing: later than `taken` while the driver is busy with other things than trials."""
    host: str
    pid: int
    """Process id of the driver."""


class LiveFile:
    """The file `live.json` of a run folder, published atomically by the one process that drives the sweep."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "live.json"

    def write(self, state: LiveState, events: Sequence[str], taken: float, written: float) -> None:
        """Publish a state.

        Raises:
            OSError: the folder cannot be written.
        """
        published = Published(slim(state), tuple(events), taken, written, socket.gethostname(), os.getpid())
        publish_bytes(self.path, _adapter().dump_json(published))

    def read(self) -> Published | None:
        """Return what was published last, or None if there is no file that this version can read."""
        try:
            published: Published = _adapter().validate_json(self.path.read_bytes())
        except (OSError, ValueError):
            return None
        return published

    def remove(self) -> None:
        """Remove the file, if there is one: the sweep no longer runs."""
        self.path.unlink(missing_ok=True)


def slim(state: LiveState) -> LiveState:
    """Return a state with the curves that a screen can show, thinned, and no others."""
    kept = {trial.number for trial in by_place(state)[:CURVES_KEPT]}

    def short(trial: LiveTrial) -> LiveTrial:
        return replace(trial, curve=list(thinned(trial.curve, POINTS_KEPT)) if trial.number in kept else ())

    arms = [replace(arm, curve=list(thinned(arm.curve, POINTS_KEPT))) for arm in state.arms]
    return replace(state, trials=[short(trial) for trial in state.trials], arms=arms)


@cache
def _adapter() -> Any:
    """Return pydantic's reader and writer of `Published`, whose schema takes time to build."""

    return TypeAdapter(Published)


HEARTBEAT_SECONDS = 5.0
"""Most seconds between two writes, with or without news: the file's age says whether the driver lives."""
