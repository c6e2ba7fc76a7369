"""Schedules that follow the training: a small state machine per schedule, pure and saved with the trial.

``state' = schedule.advance(state, signals)`` after every epoch, and ``value = schedule.value(state)`` for the next
one. The value goes from `start` to `end` in `steps` equal raises and never back; at `end` the machine rests.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from adsw.errors import nearest
from adsw.metrics import mode_of, validation_metrics
from adsw.train.schedules.fixed import ScheduleBase


@dataclass(frozen=True, slots=True)
class Signals:
    """Results of an epoch that schedules follow."""

    accuracy: float
    """Share of the training batch's audios and texts whose partner came first among the in-batch negatives: the mean
    of both directions. Hard negatives take no part, so that raising them does not by itself lower it."""
    metrics: Mapping[str, float]
    """Figures on validation by full name, ``valid/t2m/mAP@10``."""


@dataclass(frozen=True, slots=True)
class AdaptiveState:
    """State of a schedule; the first epoch has the default one."""

    raises: int = 0
    """Raises so far."""
    waited: int = 0
    """Epochs in a row that spoke for the next raise."""
    best: float | None = None
    """Best value of the watched metric since the last raise."""


class Adaptive(ScheduleBase):
    """Raised from `start` to `end` in `steps` equal raises, each when the signal has spoken for it."""

    kind: Literal["adaptive"] = "adaptive"
    start: float
    end: float
    steps: Annotated[int, Field(ge=1, le=100_000)] = 5
    """Raises from start to end."""

    patience: int
    signal: str

    @property
    @abstractmethod
    def watches(self) -> str:
        """Name of the signal: ``accuracy`` or a validation metric."""

    @property
    @abstractmethod
    def fastest(self) -> int:
        """The fewest epochs after which it can be at `end`."""

    @abstractmethod
    def observe(self, state: AdaptiveState, signals: Signals) -> AdaptiveState:
        """Return the state with the epoch's signals counted, before any raise.

        Raises:
            ValueError: what it watches is missing, or is NaN or infinite.
        """

    def advance(self, state: AdaptiveState, signals: Signals) -> AdaptiveState:
        """Return the state after an epoch: the same one once `end` is reached.

        Raises:
            ValueError: what it watches is missing, or is NaN or infinite.
        """
        if state.raises >= self.steps:
            return state
        seen = self.observe(state, signals)
        # A raise forgets the wait and the best value: both are counted anew at the new level.
        return AdaptiveState(raises=state.raises + 1) if seen.waited >= self.patience else seen

    def value(self, state: AdaptiveState) -> float:
        """Return the value in a state: `start` before the first raise and `end` after the last, exactly."""
        if state.raises >= self.steps:
            return self.end
        low, high = self.extremes
        return min(max(self.start + (self.end - self.start) * (state.raises / self.steps), low), high)

    def at(self, epoch: float) -> float:
        """Refuse: the value is not known beforehand (see `adsw.train.adaptation.Adaptation.held`).

        Raises:
            TypeError: always.
        """
        raise TypeError(f"an adaptive schedule has a value in a state, and none at epoch {epoch:g}")

    @property
    def extremes(self) -> tuple[float, float]:
        """Smallest and largest value ever taken."""
        return min(self.start, self.end), max(self.start, self.end)

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """The beginning, when the first raise may come, and when the last may."""
        return 0.0, 1.0, float(self.fastest)

    def may_be_zero(self, epoch: float) -> bool:
        """Return whether the value can be 0 at an epoch, however the training goes."""
        if self.start == 0:
            return True
        # Between its ends it passes through 0 only if they have different signs, which no weight has.
        return self.end == 0 and epoch >= self.fastest


class OnAccuracy(Adaptive):
    """Raised after `patience` epochs in a row with a training accuracy (`Signals.accuracy`) of `threshold` or more."""

    signal: Literal["accuracy"] = "accuracy"
    threshold: Annotated[float, Field(gt=0, le=1)] = 0.3
    patience: Annotated[int, Field(ge=1)] = 1

    @property
    def watches(self) -> str:
        """The training accuracy."""
        return self.signal

    @property
    def fastest(self) -> int:
        """Fewest epochs to `end`: every epoch reaches the threshold."""
        return self.steps * self.patience

    def observe(self, state: AdaptiveState, signals: Signals) -> AdaptiveState:
        """Count an epoch that reached the threshold; begin the count anew after one that did not."""
        accuracy = _finite(self.watches, signals.accuracy)
        return replace(state, waited=state.waited + 1 if accuracy >= self.threshold else 0)


def _measured(metric: str) -> str:
    """Check that a metric is one that is measured on validation."""
    known = validation_metrics()
    if metric not in known:
        near = nearest(metric, known)
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(known)}"
        raise ValueError(f"must be a metric on validation; {hint}")
    return metric


class OnPlateau(Adaptive):
    """Raised after `patience` epochs in a row that did not better the best of `metric` by more than `gain`.

    The best is counted anew from the first epoch after each raise: what is awaited is a plateau at the new level.
    """

    signal: Literal["plateau"]
    metric: Annotated[str, AfterValidator(_measured)] = "valid/t2m/mAP@10"
    gain: Annotated[float, Field(ge=0)] = 0.0
    patience: Annotated[int, Field(ge=1)] = 2

    @property
    def watches(self) -> str:
        """The metric."""
        return self.metric

    @property
    def fastest(self) -> int:
        """Fewest epochs to `end`: at every level one epoch sets the best, and all others fail to better it."""
        return self.steps * (self.patience + 1)

    def observe(self, state: AdaptiveState, signals: Signals) -> AdaptiveState:
        """Take a better value as the best; count an epoch without one."""
        if self.metric not in signals.metrics:
            raise ValueError(f"{self.metric} is watched and was not measured")
        figure = _finite(self.metric, signals.metrics[self.metric])
        if state.best is None:
            return replace(state, waited=0, best=figure)
        gained = state.best - figure if mode_of(self.metric) == "min" else figure - state.best
        return replace(state, waited=0, best=figure) if gained > self.gain else replace(state, waited=state.waited + 1)


def _finite(name: str, value: float) -> float:
    """Check that a watched value is finite."""
    if not math.isfinite(value):
        raise ValueError(f"{name} is watched and is {value}")
    return value
