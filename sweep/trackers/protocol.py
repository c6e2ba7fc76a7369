"""Interface of trackers, which keep another tool's record of a sweep, and what they are given."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from adsw.fingerprint import fingerprint
from sweep.space.model import Space
from sweep.space.objective import Objective
from sweep.state import TrialRecord
from sweep.sweep_record import SweepRecord

RUNNING = "running"


@dataclass(frozen=True, slots=True)
class TrackedTrial:
    """State of a trial at one moment."""

    number: int
    state: str
    """``running``, or how it ended."""
    arm: str | None = None
    purpose: str = ""
    store: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Searched values by dotted name."""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    """The whole recipe, nested."""
    seed: int = 0
    curve: Sequence[Mapping[str, Any]] = ()
    """One mapping per epoch so far, each with ``epoch``."""
    seconds: float = 0.0
    why: str = ""

    @property
    def ended(self) -> bool:
        """Whether the trial has ended, in whatever way."""
        return self.state != RUNNING

    @property
    def label(self) -> str:
        """Name for people and folders, with the number first: ``0003-tune-wide``."""
        return "-".join(part for part in (f"{self.number:04d}", self.purpose, self.arm) if part)

    @classmethod
    def of(cls, record: TrialRecord) -> TrackedTrial:
        """Make it from the record of a trial that has ended."""
        return cls(
            number=record.number,
            state=record.state.value,
            arm=record.arm,
            purpose=record.purpose,
            store=record.store,
            params=record.params,
            recipe=record.recipe,
            seed=record.seed,
            curve=record.curve,
            seconds=record.seconds,
            why=record.why,
        )

    @classmethod
    def running(cls, number: int, started: Mapping[str, Any], curve: Sequence[Mapping[str, Any]]) -> TrackedTrial:
        """Make it for a trial under way.

        Args:
            number: number of the trial.
            started: its ``started/NNNN.json``.
            curve: its epochs so far.
        """
        return cls(
            number=number,
            state=RUNNING,
            arm=started.get("arm"),
            purpose=started.get("purpose", ""),
            store=started.get("store", ""),
            params=started.get("params", {}),
            recipe=started.get("recipe", {}),
            seed=started.get("seed", 0),
            curve=curve,
            seconds=sum(point.get("seconds", 0.0) for point in curve),
        )


@dataclass(frozen=True, slots=True)
class TrackedSweep:
    """A sweep as trackers describe it."""

    name: str
    document: SweepRecord
    """Its sweep.json."""
    space: Space
    objectives: tuple[Objective, ...]
    compared: bool
    """Whether arms are compared; then trials of one arm belong together."""

    @property
    def identity(self) -> str:
        """Identifier that differs from other sweeps of the same name and stays when the sweep is resumed or moved."""
        return fingerprint([self.name, self.document.created, self.store_fingerprint("")])[:32]

    def store_fingerprint(self, store: str) -> str:
        """Return the fingerprint of one of the run's stores, or of the first if the name is not known."""
        return self.document.stores.get(store, self.document.store).fingerprint or ""

    @property
    def revision(self) -> str:
        """Revision of the code, marked if files were changed since; empty if there is none."""
        code = self.document.code
        return f"{code.revision or ''}{'+changed' if code.dirty else ''}"


class Tracker(Protocol):
    """Keeps another tool's record of one sweep.

    Every call may be repeated, on this object or on another one after a resume: what was kept before stays as it was.
    A tracker may raise any exception: `sweep.trackers.relay` keeps it from the sweep.
    """

    def write(self, trial: TrackedTrial) -> None:
        """Take in the state of a trial that began, has more epochs, or has ended."""
        ...

    def finish(self, files: Sequence[Path]) -> None:
        """Complete the record of a sweep that is done.

        Args:
            files: report and leaderboard, for trackers that keep files.
        """
        ...

    def close(self) -> None:
        """Close files and connections; trials that still run go on when the sweep is resumed."""
        ...


def finite_metrics(point: Mapping[str, Any]) -> dict[str, float]:
    """Return the finite numbers of one epoch by name, without the epoch itself.

    Figures of the training, whose names have no evaluation set in front, get ``train/``: tools group by that part.

    >>> finite_metrics({"epoch": 1.0, "loss": 2.5, "valid/t2m/R@1": 0.1})
    {'train/loss': 2.5, 'valid/t2m/R@1': 0.1}
    """
    return {
        name if "/" in name else f"train/{name}": float(value)
        for name, value in point.items()
        if name != "epoch" and isinstance(value, int | float) and math.isfinite(value)
    }
