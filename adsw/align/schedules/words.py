"""Schedules as people say them."""

from __future__ import annotations

from adsw.align.schedules.adaptive import Adaptive, OnAccuracy, OnPlateau
from adsw.align.schedules.fixed import Constant, Piecewise
from adsw.align.schedules.kinds import AnySchedule


def schedule_words(schedule: AnySchedule) -> str:
    """Return a schedule in a line of words.

    >>> from adsw.align.schedules import Linear
    >>> schedule_words(Linear(start=0.0, end=0.15, epochs=20.0))
    'linear from 0 to 0.15 over 20 epochs'
    """
    if isinstance(schedule, Constant):
        return f"constant {_short(schedule.value)}"
    if isinstance(schedule, Piecewise):
        points = [f"{_short(value)} at {_short(epoch)}" for epoch, value in schedule.points]
        return f"piecewise: {', '.join(points)}"
    if isinstance(schedule, Adaptive):
        return _adaptive_words(schedule)
    fields = schedule.model_dump(exclude={"kind", "start", "end", "epochs", "delay"})
    extra = [f"{name} {_short(value)}" for name, value in fields.items()]
    after = [f"after {_short(schedule.delay)}"] if schedule.delay else []
    span = f"from {_short(schedule.start)} to {_short(schedule.end)} over {_short(schedule.epochs)} epochs"
    return ", ".join([f"{schedule.kind} {span}", *after, *extra])


def _adaptive_words(schedule: Adaptive) -> str:
    raises = f"adaptive from {_short(schedule.start)} to {_short(schedule.end)} in {_plural(schedule.steps, 'raise')}"
    awaited = _plural(schedule.patience, "epoch")
    if isinstance(schedule, OnAccuracy):
        return f"{raises}, each after {awaited} with a training accuracy of {_short(schedule.threshold)} or more"
    gain = f" by more than {_short(schedule.gain)}" if isinstance(schedule, OnPlateau) and schedule.gain else ""
    return f"{raises}, each after {awaited} in which {schedule.watches} did not get better{gain}"


def _short(value: float) -> str:
    return f"{value:.4g}".replace("-", "\N{MINUS SIGN}") if value < 0 else f"{value:.4g}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
