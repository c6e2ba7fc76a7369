"""The path of a schedule over the epochs: known beforehand, or what an adaptive one makes of given signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from adsw.train.schedules.adaptive import Adaptive, AdaptiveState, OnAccuracy, OnPlateau, Signals
from adsw.train.schedules.fixed import Constant, Piecewise
from adsw.train.schedules.kinds import AnySchedule


@dataclass(frozen=True, slots=True)
class Path:
    """A schedule's values after 0, 1, 2, ... epochs.

    Attributes:
        schedule: whose path it is.
        values: after so many epochs as their place says.
        under: the signals that an adaptive schedule followed, in words; None for a schedule that follows none.
    """

    schedule: AnySchedule
    values: tuple[float, ...]
    under: str | None = None

    @property
    def epochs(self) -> int:
        """How many epochs it spans."""
        return len(self.values) - 1

    def at(self, epoch: float) -> float:
        """Return the value at an epoch within it, fractions allowed; an adaptive schedule's holds for a whole epoch."""
        if isinstance(self.schedule, Adaptive):
            return self.values[min(int(epoch), self.epochs)]
        return self.schedule.at(epoch)

    def line(self, points: int) -> list[tuple[float, float]]:
        """Return the path as a line through (epoch, value): at an adaptive schedule's jumps, else at so many points."""
        if isinstance(self.schedule, Adaptive):
            corners = [(float(first), value) for first, _, value in self.runs()]
            jumps = [(later[0], earlier[1]) for earlier, later in pairwise(corners)]
            between = [corner for pair in zip(jumps, corners[1:], strict=True) for corner in pair]
            return [corners[0], *between, (float(self.epochs), self.values[-1])]
        spots = [self.epochs * index / (points - 1) for index in range(points)]
        return [(epoch, self.at(epoch)) for epoch in spots]

    def runs(self) -> list[tuple[int, int, float]]:
        """Return first and last epoch of every run of equal values, with the value."""
        stretches: list[tuple[int, int, float]] = []
        for epoch, value in enumerate(self.values):
            if stretches and stretches[-1][2] == value:
                stretches[-1] = (stretches[-1][0], epoch, value)
            else:
                stretches.append((epoch, epoch, value))
        return stretches


def known_path(schedule: AnySchedule, epochs: int) -> Path:
    """Return the path of a schedule that is a function of the epoch."""
    return Path(schedule, tuple(schedule.at(epoch) for epoch in range(epochs + 1)))


def followed_path(schedule: Adaptive, signals: Sequence[Signals], under: str) -> Path:
    """Return the path of an adaptive schedule under signals, one per epoch.

    Raises:
        ValueError: a watched value is missing, or is NaN or infinite.
    """
    state = AdaptiveState()
    values = [schedule.value(state)]
    for epoch in signals:
        state = schedule.advance(state, epoch)
        values.append(schedule.value(state))
    return Path(schedule, tuple(values), under)


def simulated(schedule: Adaptive, figures: Sequence[float], epochs: int) -> list[Signals]:
    """Return signals in which the watched value takes these figures, epoch after epoch; the last one stays."""
    whole = [figures[min(epoch, len(figures) - 1)] for epoch in range(epochs)]
    return [Signals(figure, {schedule.watches: figure}) for figure in whole]


def fastest(schedule: Adaptive, epochs: int) -> list[Signals]:
    """Return signals that call for a raise at every epoch: a perfect accuracy, or a metric that never gets better."""
    return simulated(schedule, [1.0 if isinstance(schedule, OnAccuracy) else 0.0], epochs)


def schedule_words(schedule: AnySchedule) -> str:
    """Return a schedule in a line of words.

    >>> from adsw.train.schedules import Linear
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
