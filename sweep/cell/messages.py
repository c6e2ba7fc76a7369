"""Messages between trials, broker and cells: plain data, picklable, without torch or Ray."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from adsw.judging import Judging


@dataclass(frozen=True, slots=True)
class TrialRequest:
    """A trial's request for a slot.

    `token` tells this incarnation of the client from an older one of the same trial, whose messages are ignored.
    """

    number: int
    token: str
    trial: dict[str, Any]
    """Specification of the trial (`sweep.space.trial_spec.TrialSpec.document`)."""
    epochs: int
    epoch: int = 0
    """Epochs the trial has already seen: above 0 where it is resumed from its saved state."""
    curve: tuple[dict[str, float], ...] = ()
    """Metrics of those epochs."""
    judging: Judging | None = None
    """May end it before its last epoch; None if nothing does."""


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
    """Answer to a cell that asks for work."""

    jobs: tuple[Job, ...] = ()
    forget: tuple[int, ...] = ()
    """Trials whose state the cell may drop: ended, or gone to another cell."""
    attach: bool = False
    """Whether the broker does not know the cell, as after the broker's restart: it must attach again."""
    close: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """What a cell has counted for its broker, which it tells a broker that was started again."""

    incarnation: int = 0
    """Its incarnation so far; 0 for a loop that has never attached."""
    epochs: int = 0
    busy_s: float = 0.0


@dataclass(frozen=True, slots=True)
class RefusedHost:
    """A host on which a cell found that it cannot train."""

    cell: str
    host: str
    node: str
    """Its identity in the cluster."""
    why: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Epochs and curve of a trial so far."""

    epoch: int
    curve: tuple[dict[str, float], ...]
    why: str | None = None
    """Reason why the trial failed; None if it has not."""
    over: bool = False
    """Whether it ended before its last epoch, because it got no better."""


@dataclass(frozen=True, slots=True)
class CellView:
    """State of a cell, for display."""

    cell: str
    incarnation: int
    trials: tuple[int, ...]
    epochs: int
    """Trial-epochs trained since the start."""
    busy_s: float
    """Seconds of those epochs."""


@dataclass(frozen=True, slots=True)
class TrialView:
    """State of a trial in a slot or waiting for one, for display."""

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
    refused: tuple[RefusedHost, ...] = ()
    life: str = ""
    """Identity of the broker, another one after its restart."""


@dataclass(slots=True)
class TrialEntry:
    """The broker's record of one trial."""

    request: TrialRequest
    epoch: int
    curve: list[dict[str, float]]
    granted: int = 0
    """Epochs the trial may train to; after them it waits for the scheduler's decision."""
    cell: str | None = None
    """Cell that holds its state; None for a new trial and after the cell's death."""
    incarnation: int = 0
    """Incarnation of that cell."""
    training: bool = False
    why: str | None = None

    @property
    def over(self) -> bool:
        """Whether it got no better for as long as it may, and so has ended before its last epoch."""
        judging = self.request.judging
        return judging is not None and self.epoch < self.request.epochs and judging.is_over(self.curve)


@dataclass(slots=True)
class CellEntry:
    """The broker's record of one cell."""

    cell: str
    incarnation: int = 0
    capacity: int = 1
    epochs: int = 0
    busy_s: float = 0.0
    forget: list[int] = field(default_factory=list)
    """Trials whose state the cell is to drop, in its next `Work`."""
