"""What the live screen shows, as plain data: a sweep's driver fills it in, the screen draws it, a file carries it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ENDED = frozenset({"completed", "stopped", "failed", "duplicate"})
"""States of a trial that will not change any more."""
OPEN = "open"
"""Verdict on an arm that may get more replicates."""
DECIDED = "decided"
"""Verdict on an arm that differs from the reference."""
UNDECIDED = "undecided"
"""Verdict on an arm that has had all its replicates and shows no difference."""


@dataclass(frozen=True, slots=True)
class LiveObjective:
    """One metric the trials are compared by, and how far it has come."""

    metric: str
    """Such as ``valid/t2m/mAP@10``."""
    mode: str = "max"
    """``max`` or ``min``."""
    best_number: int | None = None
    """The completed trial with the best value; trials that tune or confirm are never the best."""
    best_value: float | None = None
    default_value: float | None = None
    """Of the default configuration's trial; None until it has one."""


@dataclass(frozen=True, slots=True)
class LiveTrial:
    """One trial as it is now."""

    number: int
    state: str
    """``waiting``, ``running`` or one of `ENDED`."""
    epochs: int = 0
    max_epochs: int = 0
    values: tuple[float | None, ...] = ()
    """Every objective at the last epoch; None where it was not measured."""
    curve: Sequence[float | None] = ()
    """The first objective at each epoch so far."""
    arm: str | None = None
    """``default`` for that included configuration."""
    purpose: str = ""
    """``tune`` or ``confirm`` where the trial is not one to be compared."""
    settings: str = ""
    """Its searched values in words."""
    cell: str | None = None
    why: str | None = None
    """Why a failed trial failed."""

    @property
    def value(self) -> float | None:
        """The first objective at the last epoch; None before the first."""
        return self.values[0] if self.values else None


@dataclass(frozen=True, slots=True)
class LiveArm:
    """One arm of an ablation as it is now; all figures are of its ended replicates."""

    name: str
    done: int = 0
    planned: int = 0
    """Replicates at most."""
    running: int = 0
    failed: int = 0
    mean: float | None = None
    spread: float | None = None
    """Standard deviation over replicates; None below two of them."""
    difference: float | None = None
    """Mean of the differences to the reference arm on the seeds both have; None for the reference itself."""
    curve: Sequence[float | None] = ()
    """The mean over replicates of the first objective at each epoch."""
    verdict: str = ""
    """`OPEN`, `DECIDED` or `UNDECIDED` where replicates are added until that is clear."""
    reference: bool = False


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
    objectives: tuple[LiveObjective, ...]
    phase: str = ""
    """What is being done: ``search``, ``tuning``, ``confirming``, or how it ended."""
    trials: Sequence[LiveTrial] = ()
    """Those under way, the first of the ended ones in the screen's order, and those that ended last."""
    more: Mapping[str, int] = field(default_factory=dict)
    """How many ended trials are not among `trials`, by state."""
    trials_planned: int = 0
    arms: Sequence[LiveArm] = ()
    """The arms of an ablation; none where a search is for the best of many."""
    cells: Sequence[LiveCell] = ()
    epochs_done: int = 0
    epochs_planned: int = 0
    """At most so many: stopped trials need fewer."""
    epochs_per_second: float | None = None
    elapsed: float = 0.0
    eta_seconds: float | None = None
    front: int | None = None
    """Completed trials that no other beats on all objectives; None for a single objective."""
    over: bool = False
    """Whether nothing runs any more."""
    message: str = ""

    @property
    def objective(self) -> LiveObjective:
        """The first objective."""
        return self.objectives[0]

    @property
    def trials_begun(self) -> int:
        """Trials that are under way or have ended."""
        return len(self.trials) + sum(self.more.values())

    @property
    def counts(self) -> Counter[str]:
        """Trials per state, trials not started yet among the waiting."""
        counts = Counter(trial.state for trial in self.trials) + Counter(self.more)
        unseen = self.trials_planned - self.trials_begun
        if unseen > 0:
            counts["waiting"] += unseen
        return counts


def clock(seconds: float) -> str:
    """A duration as a clock shows it.

    >>> clock(75), clock(4000)
    ('1:15', '1:06:40')
    """
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, remainder = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{remainder:02}" if hours else f"{minutes}:{remainder:02}"
