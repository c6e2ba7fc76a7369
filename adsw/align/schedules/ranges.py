"""Schedules whose values must lie in a range at every epoch: probabilities, weights, learning rates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import InitErrorDetails, PydanticCustomError

from adsw.align.schedules.adaptive import Adaptive
from adsw.align.schedules.kinds import AnySchedule, Schedule

_Place = tuple[str | int, ...]


def _every(rule: str, holds: Callable[[float], bool]) -> WrapValidator:
    """Return a validator that every value a schedule names must pass; no kind leaves the span of its values.

    It runs beside the schedule's own rules and not after them, so that all faults of a schedule are reported at once.
    """

    def check(value: Any, handler: ValidatorFunctionWrapHandler) -> AnySchedule:
        errors: list[InitErrorDetails] = []
        try:
            schedule: AnySchedule | None = handler(value)
        except ValidationError as error:
            schedule = None
            errors += [_again(item) for item in error.errors(include_url=False)]
        plain = value.model_dump() if isinstance(value, AnySchedule) else value
        errors += [
            InitErrorDetails(type=PydanticCustomError("range", "{rule}", {"rule": rule}), loc=place, input=number)
            for place, number in _values(plain)
            if not holds(number)
        ]
        if errors or schedule is None:
            raise ValidationError.from_exception_data("schedule", errors)
        return schedule

    return WrapValidator(check)


def _again(item: Any) -> InitErrorDetails:
    """Return an error that was raised before, to be raised among others."""
    message = PydanticCustomError(item["type"], "{message}", {"message": item["msg"]})
    return InitErrorDetails(type=message, loc=item["loc"], input=item["input"])


def _values(given: Any) -> Iterator[tuple[_Place, float]]:
    """Yield the finite numbers that a schedule given as plain data names as its values, each with its place."""
    if not isinstance(given, Mapping):
        candidates: list[tuple[_Place, Any]] = [((), given)]
    else:
        # A constant and its value are one thing to those who write a number.
        candidates = [(() if field == "value" else (field,), given.get(field)) for field in ("value", "start", "end")]
        points = given.get("points")
        for index, point in enumerate(points if isinstance(points, Sequence) and not isinstance(points, str) else ()):
            if isinstance(point, Sequence) and len(point) == 2:
                candidates.append((("points", index, 1), point[1]))
    for place, number in candidates:
        if isinstance(number, int | float) and not isinstance(number, bool) and abs(number) < float("inf"):
            yield place, number


def _some_learning(schedule: AnySchedule) -> AnySchedule:
    """Refuse a learning rate that is 0 throughout, or one that is adaptive and starts at 0."""
    if schedule.extremes == (0, 0):
        raise ValueError("must be above 0 at some epoch")
    if isinstance(schedule, Adaptive) and schedule.start == 0:
        raise ValueError("must start above 0: nothing would be learnt, and so it would never be raised")
    return schedule


Probability = Annotated[Schedule, _every("must lie in [0, 1] at every epoch", lambda value: 0 <= value <= 1)]
"""A schedule whose values are probabilities."""

Weight = Annotated[Schedule, _every("must be at least 0 at every epoch", lambda value: value >= 0)]
"""A schedule of a relative weight."""

Rate = Annotated[
    Schedule, AfterValidator(_some_learning), _every("must be at least 0 at every epoch", lambda value: value >= 0)
]
"""A schedule of a learning rate: it may begin or end at 0 and may not be 0 throughout."""


def zero_together(schedules: Sequence[AnySchedule]) -> float | None:
    """Return the first epoch found at which all of these non-negative schedules can be 0, or None.

    Each is 0 on pieces that begin at one of its breakpoints, so what all share begins at one too.
    """
    epochs = sorted({epoch for schedule in schedules for epoch in schedule.breakpoints})
    return next((epoch for epoch in epochs if all(schedule.may_be_zero(epoch) for schedule in schedules)), None)
