"""Schedules that are known before training: pure functions from the epoch to a value."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class ScheduleBase(BaseModel, ABC):
    """A schedule of one quantity over the epochs, counted from 0."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @abstractmethod
    def at(self, epoch: float) -> float:
        """Return the value at an epoch, fractions allowed."""

    @property
    @abstractmethod
    def extremes(self) -> tuple[float, float]:
        """Smallest and largest value ever taken."""

    @property
    @abstractmethod
    def breakpoints(self) -> tuple[float, ...]:
        """Epochs where the shape may change, 0 among them."""

    def may_be_zero(self, epoch: float) -> bool:
        """Return whether the value can be 0 at an epoch."""
        return self.at(epoch) == 0


Epochs = Annotated[float, Field(gt=0)]

Delay = Annotated[float, Field(ge=0)]


class Constant(ScheduleBase):
    """The same value at every epoch."""

    kind: Literal["constant"] = "constant"
    value: float

    def at(self, epoch: float) -> float:
        """Return the value, whatever the epoch."""
        del epoch
        return self.value

    @property
    def extremes(self) -> tuple[float, float]:
        """Smallest and largest value ever taken."""
        return self.value, self.value

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Epochs where the shape changes, 0 among them."""
        return (0.0,)


class Ramp(ScheduleBase):
    """From `start` to `end` over `epochs`, after `delay` epochs."""

    start: float
    end: float
    epochs: Epochs
    delay: Delay = 0.0

    def at(self, epoch: float) -> float:
        """Return the value at an epoch, fractions allowed."""
        progress = (epoch - self.delay) / self.epochs
        # The ends are returned and not computed: a ramp holds them exactly.
        if progress <= 0:
            return self.start
        if progress >= 1:
            return self.end
        value = self.start + (self.end - self.start) * self._shape(progress)
        # Rounding may carry the value past an end, and a probability past 1.
        low, high = self.extremes
        return min(max(value, low), high)

    def _shape(self, progress: float) -> float:
        """Return the share of the way made at a progress inside (0, 1): monotone from 0 to 1."""
        return progress

    @property
    def extremes(self) -> tuple[float, float]:
        """Smallest and largest value ever taken."""
        return min(self.start, self.end), max(self.start, self.end)

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Epochs where the shape changes, 0 among them."""
        return 0.0, self.delay, self.delay + self.epochs


class Linear(Ramp):
    """A straight ramp: the paper's schedule of hard negatives."""

    kind: Literal["linear"] = "linear"


class Cosine(Ramp):
    """Half a cosine: slow at both ends."""

    kind: Literal["cosine"] = "cosine"

    def _shape(self, progress: float) -> float:
        return (1 - math.cos(math.pi * progress)) / 2


class Exponential(Ramp):
    """Growth by a factor of e^sharpness over the ramp, or decay mirrored in time; either end may be 0.

    value = start + (end - start) * (e^(k p) - 1) / (e^k - 1) at progress p, with k = sharpness when rising
    and -sharpness when falling. Sharpness |ln(end / start)| is the geometric path between positive ends.
    """

    kind: Literal["exponential"] = "exponential"
    sharpness: Annotated[float, Field(gt=0, le=50)] = 5.0

    def _shape(self, progress: float) -> float:
        k = self.sharpness if self.end > self.start else -self.sharpness
        # expm1 keeps the digits that exp(x) - 1 loses for a small sharpness.
        return math.expm1(k * progress) / math.expm1(k)


class Step(Ramp):
    """`steps` equal jumps, one at the end of each `epochs / steps`."""

    kind: Literal["step"] = "step"
    steps: Annotated[int, Field(ge=1)] = 1

    def _shape(self, progress: float) -> float:
        return math.floor(progress * self.steps) / self.steps


class Piecewise(ScheduleBase):
    """Straight lines through the points [epoch, value]; the first value before them, the last after them."""

    kind: Literal["piecewise"] = "piecewise"
    points: Annotated[
        tuple[Annotated[tuple[Delay, float], Field(strict=False)], ...], Field(strict=False, min_length=1)
    ]

    @model_validator(mode="after")
    def _epochs_rise(self) -> Piecewise:
        if any(later[0] <= earlier[0] for earlier, later in pairwise(self.points)):
            raise ValueError("points must have rising epochs")
        return self

    def at(self, epoch: float) -> float:
        """Return the value at an epoch, fractions allowed."""
        first, last = self.points[0], self.points[-1]
        if epoch <= first[0]:
            return first[1]
        for (left, low), (right, high) in pairwise(self.points):
            if epoch < right:
                value = low + (high - low) * (epoch - left) / (right - left)
                return min(max(value, min(low, high)), max(low, high))
        return last[1]

    @property
    def extremes(self) -> tuple[float, float]:
        """Smallest and largest value ever taken."""
        values = [value for _, value in self.points]
        return min(values), max(values)

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Epochs where the shape changes, 0 among them."""
        return (0.0, *(epoch for epoch, _ in self.points))
