"""What the live screen shows, as plain data: a sweep's driver fills it in, the screen draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

ENDED = frozenset({"completed", "stopped", "failed", "duplicate"})
"""States of a trial that will not change any more."""


@dataclass(frozen=True, slots=True)
class LiveTrial:
    """One trial as it is now."""

    number: int
    state: str
    """``waiting``, ``running`` or one of `ENDED`."""
    epochs: int = 0
    max_epochs: int = 0
    value: float | None = None
    """The objective at the last epoch; None before the first."""
    curve: Sequence[float] = ()
    """The objective at each epoch so far."""
    arm: str | None = None
    """``default`` for that included configuration."""
    cell: str | None = None
    why: str | None = None
    """Why a failed trial failed."""


@dataclass(frozen=True, slots=True)
class LiveCell:
    """One training cell as it is now."""

    name: str
    epochs_per_second: float | None = None
    trials: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveState:
    """A whole sweep at one moment. Times in seconds, rates in trial-epochs per second."""

    name: str
    objective: str
    """The metric's name, such as ``valid/t2m/mAP@10``."""
    mode: str = "max"
    """``max`` or ``min``."""
    trials: Sequence[LiveTrial] = ()
    trials_planned: int = 0
    cells: Sequence[LiveCell] = ()
    epochs_done: int = 0
    epochs_planned: int = 0
    """At most so many: stopped trials need fewer."""
    epochs_per_second: float | None = None
    elapsed: float = 0.0
    eta_seconds: float | None = None
    default_value: float | None = None
    """The objective of the default configuration's trial; None until it has one."""
    best_number: int | None = None
    best_value: float | None = None
    failures: int = 0
    message: str = ""
    counts: dict[str, int] = field(init=False, compare=False, repr=False)
    """Trials per state, trials not started yet among the waiting."""

    def __post_init__(self) -> None:
        counts: dict[str, int] = {}
        for trial in self.trials:
            counts[trial.state] = counts.get(trial.state, 0) + 1
        unseen = self.trials_planned - len(self.trials)
        if unseen > 0:
            counts["waiting"] = counts.get("waiting", 0) + unseen
        object.__setattr__(self, "counts", counts)


def clock(seconds: float) -> str:
    """A duration as a clock shows it.

    >>> clock(75), clock(4000)
    ('1:15', '1:06:40')
    """
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, remainder = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{remainder:02}" if hours else f"{minutes}:{remainder:02}"
