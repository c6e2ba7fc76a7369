"""The kinds of schedule as one type: read from plain data by `kind`, and within `adaptive` by `signal`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Tag,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from adsw.train.schedules.adaptive import Adaptive, OnAccuracy, OnPlateau
from adsw.train.schedules.fixed import Constant, Cosine, Exponential, Linear, Piecewise, ScheduleBase, Step

ADAPTIVE = "adaptive"

KINDS = ("constant", "linear", "cosine", "exponential", "step", "piecewise", ADAPTIVE)

SIGNALS = ("accuracy", "plateau")
"""What an adaptive schedule follows; the first is the default."""

MODELS: dict[str, type[ScheduleBase]] = {
    "constant": Constant,
    "linear": Linear,
    "cosine": Cosine,
    "exponential": Exponential,
    "step": Step,
    "piecewise": Piecewise,
    "adaptive on accuracy": OnAccuracy,
    "adaptive on plateau": OnPlateau,
}
"""Every model by what people call it."""

FIELDS: frozenset[str] = frozenset(name for model in MODELS.values() for name in model.model_fields)
"""Every field name that any kind of schedule has."""

_TAG = "<schedule> "
"""Begins every tag of the union: pydantic puts tags into the paths of its errors, from where `is_tag` removes them."""


def called(kind: object, signal: object = None) -> str:
    """Return what people call a kind.

    >>> called("linear"), called("adaptive"), called("adaptive", "plateau")
    ('linear', 'adaptive on accuracy', 'adaptive on plateau')
    """
    return f"{ADAPTIVE} on {signal or SIGNALS[0]}" if kind == ADAPTIVE else str(kind)


def kinds_with(field: str) -> list[str]:
    """Return what people call the kinds that have a field.

    >>> kinds_with("steps")
    ['step', 'adaptive on accuracy', 'adaptive on plateau']
    """
    return [name for name, model in MODELS.items() if field in model.model_fields]


def is_tag(part: object) -> bool:
    """Return whether a part of an error's path only names the kind of the schedule."""
    return str(part).startswith(_TAG)


def _tag_of(value: Any) -> str | None:
    """Return the tag of the union's member that a value describes, or None if it describes none."""
    fields = value if isinstance(value, Mapping) else vars(value) if isinstance(value, ScheduleBase) else {}
    name = called(fields.get("kind"), fields.get("signal"))
    return _TAG + name if name in MODELS else None


def _from_plain(value: Any) -> Any:
    """Return a plain number as a constant schedule, anything else as it is."""
    # A bool is an int to Python, but `rate: true` is a mistake.
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"kind": "constant", "value": value}
    return value


AnySchedule = Constant | Linear | Cosine | Exponential | Step | Piecewise | Adaptive
"""Any of the kinds."""

_SIGNALS = " or ".join(SIGNALS)

Schedule = Annotated[
    Annotated[Constant, Tag(_TAG + "constant")]
    | Annotated[Linear, Tag(_TAG + "linear")]
    | Annotated[Cosine, Tag(_TAG + "cosine")]
    | Annotated[Exponential, Tag(_TAG + "exponential")]
    | Annotated[Step, Tag(_TAG + "step")]
    | Annotated[Piecewise, Tag(_TAG + "piecewise")]
    | Annotated[OnAccuracy, Tag(_TAG + "adaptive on accuracy")]
    | Annotated[OnPlateau, Tag(_TAG + "adaptive on plateau")],
    Discriminator(
        _tag_of,
        custom_error_type="schedule",
        custom_error_message=(
            f"must be a number or a schedule, whose kind is one of {', '.join(KINDS)}, and the signal of an adaptive "
            f"one {_SIGNALS}"
        ),
    ),
    BeforeValidator(_from_plain),
]
"""A schedule or a plain number, any value."""

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
