"""State of the live screen as plain data, which the driver builds, a file carries and the screen draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ENDED = frozenset({"completed", "stopped", "failed", "duplicate"})
"""States of a trial that are final."""
OPEN = "open"
"""Verdict on an arm that may get more replicates."""
DECIDED = "decided"
"""Verdict on an arm that differs from the reference."""
UNDECIDED = "undecided"
"""Verdict on an arm that has all its replicates and shows no difference."""


@dataclass(frozen=True, slots=True)
class LiveObjective:
    """A metric by which trials are compared, with its best and default values so far."""

    metric: str
    """Such as ``valid/t2m/mAP@10``."""
    mode: str = "max"
    """``max`` or ``min``."""
    best_number: int | None = None
    """Number of the completed trial with the best value; trials that tune or confirm are never the best."""
    best_value: float | None = None
    default_value: float | None = None
    """Value of the default configuration's trial; None until it has one."""


@dataclass(frozen=True, slots=True)
class LiveTrial:
    """State of a trial."""

    number: int
    state: str
    """``waiting``, ``running`` or one of `ENDED`."""
    epochs: int = 0
    max_epochs: int = 0
    values: tuple[float | None, ...] = ()
    """Values of all objectives at the epoch that is judged, the last or the best so far; None if not measured."""
    curve: Sequence[float | None] = ()
    """Values of the first objective at each epoch so far."""
    arm: str | None = None
    """Name of its arm or included configuration, such as ``default``."""
    purpose: str = ""
    """``tune`` or ``confirm``; empty for trials that are compared."""
    settings: str = ""
    """Its searched values as text."""
    cell: str | None = None
    why: str | None = None
    """Why a failed trial failed."""

    @property
    def value(self) -> float | None:
        """The first objective at that epoch; None before the first."""
        return self.values[0] if self.values else None


@dataclass(frozen=True, slots=True)
class LiveArm:
    """State of an arm of an ablation; all figures are of its ended replicates."""

    name: str
    done: int = 0
    planned: int = 0
    """Most replicates."""
    running: int = 0
    failed: int = 0
    mean: float | None = None
    spread: float | None = None
    """Standard deviation over replicates; None with fewer than two."""
    difference: float | None = None
    """Mean difference from the reference arm on the seeds that both have; None for the reference itself."""
    curve: Sequence[float | None] = ()
    """Mean of the first objective over replicates, at each epoch."""
    verdict: str = ""
    """`OPEN`, `DECIDED` or `UNDECIDED` if replicates are added until decided; otherwise empty."""
    reference: bool = False


@dataclass(frozen=True, slots=True)
class LiveCell:
    """State of a training cell."""

    name: str
    epochs_per_second: float | None = None
    trials: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveState:
    """State of a sweep at one moment. Times are in seconds, rates in trial-epochs per second."""

    name: str
    objectives: tuple[LiveObjective, ...]
    phase: str = ""
    """The present phase, such as ``search``, ``tuning`` or ``confirming``, or how the sweep ended."""
    trials: Sequence[LiveTrial] = ()
    """Running trials, the first of the ended ones in the screen's order, and the latest that ended."""
    more: Mapping[str, int] = field(default_factory=dict)
    """Numbers of ended trials that are not among `trials`, by state."""
    trials_planned: int = 0
    arms: Sequence[LiveArm] = ()
    """The arms of an ablation; empty for a search."""
    cells: Sequence[LiveCell] = ()
    epochs_done: int = 0
    epochs_planned: int = 0
    """Most epochs: stopped trials need fewer."""
    epochs_per_second: float | None = None
    elapsed: float = 0.0
    eta_seconds: float | None = None
    front: int | None = None
    """Number of completed trials on the Pareto front; None for a single objective."""
    over: bool = False
    """Whether the sweep no longer runs."""
    message: str = ""

    @property
    def objective(self) -> LiveObjective:
        """The first objective."""
        return self.objectives[0]

    @property
    def trials_begun(self) -> int:
        """Number of trials that are running or have ended."""
        return len(self.trials) + sum(self.more.values())

    @property
    def counts(self) -> Counter[str]:
        """Numbers of trials by state; those that are not started count as waiting."""
        counts = Counter(trial.state for trial in self.trials) + Counter(self.more)
        unseen = self.trials_planned - self.trials_begun
        if unseen > 0:
            counts["waiting"] += unseen
        return counts


def clock(seconds: float) -> str:
    """Return a duration as a clock shows it.

    >>> clock(75), clock(4000)
    ('1:15', '1:06:40')
    """
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, remainder = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{remainder:02}" if hours else f"{minutes}:{remainder:02}"
