"""The kinds of schedule as one type: read from plain data by `kind`, and within `adaptive` by `signal`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Tag

from adsw.align.schedules.adaptive import Adaptive, OnAccuracy, OnPlateau
from adsw.align.schedules.base import ScheduleBase
from adsw.align.schedules.fixed import Constant, Cosine, Exponential, Linear, Piecewise, Step

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
