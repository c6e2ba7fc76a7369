"""Schedules: pure functions from the epoch to a value, as plain data.

Epochs are counted from 0. Rules of sampling take the value at the whole epoch; the learning rate takes it at
the fractional epoch of every step. Ramps hold their start before `delay` and their end after
`delay + epochs`, exactly, and stay between the two. A plain number means `constant`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    model_validator,
)

Epochs = Annotated[float, Field(gt=0)]
Delay = Annotated[float, Field(ge=0)]


class _Schedule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Constant(_Schedule):
    """The same value at every epoch."""

    kind: Literal["constant"] = "constant"
    value: float

    def at(self, epoch: float) -> float:
        """The value, whatever the epoch."""
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


class _Ramp(_Schedule):
    """From `start` to `end` over `epochs`, after `delay` epochs."""

    start: float
    end: float
    epochs: Epochs
    delay: Delay = 0.0

    def at(self, epoch: float) -> float:
        """The value at an epoch, fractions allowed."""
        progress = (epoch - self.delay) / self.epochs
        if progress <= 0:
            return self.start
        if progress >= 1:
            return self.end
        value = self.start + (self.end - self.start) * self._shape(progress)
        low, high = self.extremes
        return min(max(value, low), high)

    def _shape(self, progress: float) -> float:
        """Monotone from 0 to 1 for a progress inside (0, 1)."""
        return progress

    @property
    def extremes(self) -> tuple[float, float]:
        """Smallest and largest value ever taken."""
        return min(self.start, self.end), max(self.start, self.end)

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Epochs where the shape changes, 0 among them."""
        return 0.0, self.delay, self.delay + self.epochs


class Linear(_Ramp):
    """A straight ramp: the paper's schedule of hard negatives."""

    kind: Literal["linear"] = "linear"


class Cosine(_Ramp):
    """Half a cosine: slow at both ends."""

    kind: Literal["cosine"] = "cosine"

    def _shape(self, progress: float) -> float:
        return (1 - math.cos(math.pi * progress)) / 2


class Exponential(_Ramp):
    """Growth by a factor of e^sharpness over the ramp, or decay mirrored in time; either end may be 0.

    value = start + (end - start) * (e^(k p) - 1) / (e^k - 1) at progress p, with k = sharpness when rising
    and -sharpness when falling. Sharpness |ln(end / start)| is the geometric path between positive ends.
    """

    kind: Literal["exponential"] = "exponential"
    sharpness: Annotated[float, Field(gt=0, le=50)] = 5.0

    def _shape(self, progress: float) -> float:
        k = self.sharpness if self.end > self.start else -self.sharpness
        return math.expm1(k * progress) / math.expm1(k)


class Step(_Ramp):
    """`steps` equal jumps, one at the end of each `epochs / steps`."""

    kind: Literal["step"] = "step"
    steps: Annotated[int, Field(ge=1)] = 1

    def _shape(self, progress: float) -> float:
        return math.floor(progress * self.steps) / self.steps


class Piecewise(_Schedule):
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
        """The value at an epoch, fractions allowed."""
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


def _from_number(value: Any) -> Any:
    """A plain number means a constant."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"kind": "constant", "value": value}
    return value


def _within(rule: str, holds: Callable[[float, float], bool]) -> AfterValidator:
    def check(schedule: AnySchedule) -> AnySchedule:
        if not holds(*schedule.extremes):
            raise ValueError(rule)
        return schedule

    return AfterValidator(check)


AnySchedule = Constant | Linear | Cosine | Exponential | Step | Piecewise
"""Any of the kinds."""

Schedule = Annotated[
    Annotated[AnySchedule, Discriminator("kind")],
    BeforeValidator(_from_number),
]
"""A schedule or a plain number, any value."""

Probability = Annotated[
    Schedule, _within("must lie in [0, 1] at every epoch", lambda low, high: low >= 0 and high <= 1)
]
"""A schedule whose values are probabilities."""

Weight = Annotated[Schedule, _within("must be at least 0 at every epoch", lambda low, _: low >= 0)]
"""A schedule of a relative weight."""

Rate = Annotated[
    Schedule,
    _within("must be above 0, but for a schedule's ends, which may be 0", lambda low, high: low >= 0 and high > 0),
]
"""A schedule of a learning rate: it may end at 0 and may not be 0 throughout."""

KINDS: dict[str, type[BaseModel]] = {
    model.model_fields["kind"].default: model for model in (Constant, Linear, Cosine, Exponential, Step, Piecewise)
}
"""Each kind's model, by its name."""

FIELDS: frozenset[str] = frozenset(name for model in KINDS.values() for name in model.model_fields)
"""Every field name that any kind of schedule has."""


def kinds_with(field: str) -> list[str]:
    """Names of the kinds that have a field.

    >>> kinds_with("steps")
    ['step']
    """
    return [kind for kind, model in KINDS.items() if field in model.model_fields]


def zero_together(schedules: list[AnySchedule]) -> float | None:
    """The first epoch found at which all of these non-negative schedules are 0, or None.

    Each is 0 on pieces that begin at one of its breakpoints, so what all share begins at one too.
    """
    epochs = sorted({epoch for schedule in schedules for epoch in schedule.breakpoints})
    return next((epoch for epoch in epochs if not any(schedule.at(epoch) for schedule in schedules)), None)
