"""Running totals over ended trials for the live view; adding a trial costs the same however many there are."""

from __future__ import annotations

import bisect
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from typing import Any

from adsw.report.format import short, short_names
from sweep.live.arms import ArmRows, Outline
from sweep.live.live_file import CURVES_KEPT
from sweep.live.state import LiveObjective, LiveTrial
from sweep.live.tables import order_of
from sweep.run.ranking import Place, front, measured_on, place_of
from sweep.run.records import TrialRecord, TrialState
from sweep.space.model import DEFAULT
from sweep.space.sections import Objective

LATEST_KEPT = 200
"""Latest trials that are always listed, so that who looks once a second misses none."""


class EndedTrials:
    """Totals over all ended trials, and those among them that a screen can show."""

    def __init__(self, outline: Outline) -> None:
        self.epochs = 0
        """Epochs of all ended trials."""
        self.arms = ArmRows(outline)
        self._outline = outline
        self._numbers: set[int] = set()
        self._states: Counter[str] = Counter()
        self._full_epochs = 0
        self._standings = [_Standing(objective) for objective in outline.objectives]
        self._front: list[TrialRecord] = []
        self._first: list[tuple[tuple[Any, ...], LiveTrial]] = []
        self._latest: deque[LiveTrial] = deque(maxlen=LATEST_KEPT)
        self._news: list[LiveTrial] = []

    def __contains__(self, number: int) -> bool:
        return number in self._numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, record: TrialRecord, news: bool = True) -> None:
        """Add a trial that is not known yet.

        Args:
            record: the ended trial.
            news: whether `listed` must return it at least once.
        """
        self._numbers.add(record.number)
        self._states[record.state.value] += 1
        self.epochs += record.epochs
        if record.state in (TrialState.COMPLETED, TrialState.STOPPED):
            self._full_epochs += record.epochs
        for standing in self._standings:
            standing.add(record)
        if measured_on([record], self._outline.objectives):
            # A trial that was dominated once is on no later front, so only the present front has to be compared.
            self._front = front([*self._front, record], self._outline.objectives)
        self.arms.add(record)
        shown = self._shown(record)
        bisect.insort(self._first, (order_of(shown, self._outline.objectives[0].mode), shown), key=lambda item: item[0])
        del self._first[CURVES_KEPT:]  # kept sorted, and never longer than a screen
        self._latest.append(shown)
        if news:
            self._news.append(shown)

    @property
    def typical_epochs(self) -> float:
        """Mean epochs of completed and stopped trials; before the first, the epochs of a whole trial."""
        count = self._states[TrialState.COMPLETED.value] + self._states[TrialState.STOPPED.value]
        return self._full_epochs / count if count else float(self._outline.epochs)

    @property
    def objectives(self) -> tuple[LiveObjective, ...]:
        """Best and default trial by each objective."""
        return tuple(standing.shown() for standing in self._standings)

    @property
    def front(self) -> int | None:
        """Number of trials on the Pareto front; None for a single objective."""
        return len(self._front) if len(self._outline.objectives) > 1 else None

    def listed(self) -> tuple[list[LiveTrial], dict[str, int]]:
        """Return the trials that a screen may show, and how many others there are.

        Returns:
            The first `CURVES_KEPT` trials in the screen's order, the latest and all since the last call, each once;
            numbers of the other trials by state.
        """
        shown = [*(trial for _, trial in self._first), *self._latest, *self._news]
        self._news.clear()
        # A trial can be among the first, the latest and the new ones.
        trials = list({trial.number: trial for trial in shown}.values())
        others = self._states - Counter(trial.state for trial in trials)
        return trials, dict(others)

    def _shown(self, record: TrialRecord) -> LiveTrial:
        """Return a trial as the screen shows it."""
        first = self._outline.objectives[0].metric
        return LiveTrial(
            number=record.number,
            state=record.state.value,
            epochs=record.epochs,
            max_epochs=record.recipe.get("epochs", self._outline.epochs),
            values=tuple(record.value(objective.metric) for objective in self._outline.objectives),
            curve=[point[first] for point in record.curve if point.get(first) is not None],
            arm=record.arm,
            purpose=record.purpose,
            settings=settings_of(record.params, record.curve),
            why=record.why or None,
        )


class _Standing:
    """The best trial and the default by one objective."""

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self._best: tuple[Place, TrialRecord] | None = None
        self._default: TrialRecord | None = None

    def add(self, record: TrialRecord) -> None:
        """Add an ended trial."""
        if self._default is None and record.arm == DEFAULT and not record.purpose:
            self._default = record
        if measured_on([record], [self._objective]):
            place = place_of(record.value(self._objective.metric), record.number, self._objective.mode)
            if self._best is None or place < self._best[0]:
                self._best = place, record

    def shown(self) -> LiveObjective:
        """Return the objective as the screen shows it."""
        metric = self._objective.metric
        best = self._best[1] if self._best else None
        return LiveObjective(
            metric=metric,
            mode=self._objective.mode,
            best_number=best.number if best else None,
            best_value=best.value(metric) if best else None,
            default_value=self._default.value(metric) if self._default else None,
        )


def settings_of(params: Mapping[str, Any], curve: Sequence[Mapping[str, Any]] = ()) -> str:
    """Return searched values as text, and the dose of the last epoch where a trial swaps.

    >>> settings_of({"optim.lr": 0.003}, [{"swap_asked": 0.15, "swap_share": 0.149}])
    'lr 0.003, swaps 14.9 % of 15.0 %'
    """
    names = short_names(params)
    parts = [f"{names[name]} {short(value)}" for name, value in params.items()]
    asked, share = (curve[-1].get(name) or 0.0 if curve else 0.0 for name in ("swap_asked", "swap_share"))
    if asked or share:
        parts.append(f"swaps {100 * share:.1f} % of {100 * asked:.1f} %")
    return ", ".join(parts)
