"""Messages between trials, broker and cells: plain data, picklable, without torch or Ray."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class TrialRequest:
    """A trial's request for a slot.

    `token` tells this incarnation of the client from an older one of the same trial: words of an old token are ignored.
    """

    number: int
    token: str
    trial: dict[str, Any]
    """What it trains (`sweep.space.trial_spec.TrialSpec.document`)."""
    epochs: int
    epoch: int = 0
    """Epochs the trial has already seen: above 0 where it is resumed from its saved state."""
    curve: tuple[dict[str, float], ...] = ()
    """Metrics of those epochs."""


@dataclass(frozen=True, slots=True)
class Job:
    """One epoch of one trial, given to a cell."""

    number: int
    trial: dict[str, Any]
    """As in its `TrialRequest`."""
    epoch: int
    """Epochs done before this one: the job is to train epoch `epoch + 1`."""
    epochs: int
    curve: tuple[dict[str, float], ...]


@dataclass(frozen=True, slots=True)
class Work:
    """What a cell shall do next."""

    jobs: tuple[Job, ...] = ()
    forget: tuple[int, ...] = ()
    """Trials whose state the cell may drop: ended, or gone to another cell."""
    close: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a trial has come."""

    epoch: int
    curve: tuple[dict[str, float], ...]
    why: str | None = None
    """Why the trial failed; None while it has not."""


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell as a person sees it."""

    cell: str
    incarnation: int
    trials: tuple[int, ...]
    epochs: int
    """Trial-epochs trained since the start."""
    busy_s: float
    """Seconds of those epochs."""


@dataclass(frozen=True, slots=True)
class TrialView:
    """A trial in a slot or waiting for one, as a person sees it."""

    number: int
    epoch: int
    epochs: int
    cell: str | None
    curve: tuple[dict[str, float], ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The broker's whole state at one moment, for display."""

    cells: tuple[CellView, ...] = ()
    trials: tuple[TrialView, ...] = ()


@dataclass(slots=True)
class TrialEntry:
    """The broker's record of one trial."""

    request: TrialRequest
    epoch: int
    curve: list[dict[str, float]]
    granted: int = 0
    """The trial may train up to this many epochs; past it a decision is awaited."""
    cell: str | None = None
    incarnation: int = 0
    training: bool = False
    why: str | None = None


@dataclass(slots=True)
class CellEntry:
    """The broker's record of one cell."""

    cell: str
    incarnation: int = 0
    capacity: int = 1
    epochs: int = 0
    busy_s: float = 0.0
    forget: list[int] = field(default_factory=list)
