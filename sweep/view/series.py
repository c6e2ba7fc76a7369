"""What the figures draw, as plain numbers: learning curves, schedules, slices through the space."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adsw.align.recipe import SCHEDULED, Recipe, resolve
from adsw.align.schedules import AnySchedule
from adsw.errors import InputError
from sweep.space.distributions import Choices, Distribution, Floats, Integers
from sweep.state import TrialRecord, TrialState
from sweep.view.leaderboard import DEFAULT_ARM, Leaderboard
from sweep.view.run_data import RunData
from sweep.view.wording import short

ALWAYS_DRAWN = "text.swap.probability"
"""Its schedules are drawn even where all trials share one."""


SCHEDULE_POINTS = 192
"""Points at which a schedule is drawn."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One trial's line: y against epochs."""

    number: int
    part: str
    """``best``, ``default``, ``completed``, ``stopped`` or ``failed``."""
    epochs: tuple[float, ...]
    values: tuple[float, ...]
    objective: float | None
    """The trial's objective at its last epoch."""
    words: str = ""
    """A schedule's trace: the schedule in words."""


@dataclass(frozen=True, slots=True)
class SchedulePanel:
    """One scheduled quantity over the epochs, of every trial."""

    name: str
    traces: tuple[Trace, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One trial on a slice."""

    number: int
    part: str
    x: Any
    objective: float
    epochs: int


@dataclass(frozen=True, slots=True)
class Slice:
    """One searched parameter against the objective."""

    name: str
    distribution: Distribution
    points: tuple[Point, ...]

    @property
    def is_log(self) -> bool:
        """Whether the parameter was searched evenly in its logarithm."""
        return isinstance(self.distribution, Floats | Integers) and self.distribution.log

    @property
    def is_category(self) -> bool:
        """Whether the values are choices and no range."""
        return isinstance(self.distribution, Choices)


def searched(run: RunData) -> dict[str, Distribution]:
    """The distributions of the parameters that were searched."""
    return {name: one.distribution for name, one in run.space.space.items() if one.searched}


def part_of(record: TrialRecord, board: Leaderboard) -> str:
    """What a trial is shown as."""
    if board.best is not None and record.number == board.best.number:
        return "best"
    if record.arm == DEFAULT_ARM and record.state is not TrialState.FAILED:
        return "default"
    return str(record.state)


def curves(run: RunData, board: Leaderboard) -> tuple[Trace, ...]:
    """The objective at each epoch of every trial that has one, failed ones up to their end."""
    found = []
    for record in run.records:
        if record.state is TrialState.DUPLICATE:
            continue
        points = [
            (float(point["epoch"]), float(point[board.metric]))
            for point in record.curve
            if point.get(board.metric) is not None
        ]
        if points:
            epochs, values = zip(*points, strict=True)
            found.append(Trace(record.number, part_of(record, board), epochs, values, record.value(board.metric)))
    return tuple(found)


def common_epoch(run: RunData) -> int | None:
    """The last epoch that every completed and stopped trial has seen; None without such trials."""
    seen = [record.epochs for record in _measured(run)]
    return min(seen) if seen else None


def at_epoch(record: TrialRecord, metric: str, epoch: int) -> float | None:
    """A trial's metric at an epoch, if it got there."""
    return next((point.get(metric) for point in record.curve if point.get("epoch") == epoch), None)


def schedules(run: RunData, board: Leaderboard) -> tuple[SchedulePanel, ...]:
    """The swap probability, and every other scheduled quantity that moves and differs between trials."""
    recipes = {record.number: _recipe(record) for record in run.records}
    panels = []
    for name in SCHEDULED:
        owned = {number: _get(recipe, name) for number, recipe in recipes.items() if recipe is not None}
        differ = len({schedule.model_dump_json() for schedule in owned.values()}) > 1
        move = any(schedule.kind != "constant" for schedule in owned.values())
        if owned and (name == ALWAYS_DRAWN or (differ and move)):
            traces = [
                _schedule_trace(record, owned[record.number], recipe.epochs, board)
                for record in run.records
                if (recipe := recipes[record.number]) is not None
            ]
            panels.append(SchedulePanel(name, tuple(traces)))
    return tuple(panels)


def slices(run: RunData, board: Leaderboard) -> tuple[Slice, ...]:
    """Every searched parameter against the objective at each trial's last epoch."""
    found = []
    for name, distribution in searched(run).items():
        points = tuple(
            Point(record.number, part_of(record, board), record.params[name], value, record.epochs)
            for record in _measured(run)
            if name in record.params and (value := record.value(board.metric)) is not None
        )
        if points:
            found.append(Slice(name, distribution, points))
    return tuple(found)


def rank_correlation(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Spearman's rank correlation; None for fewer than four points or where one side is constant."""
    if len(xs) < 4 or len(set(xs)) < 2 or len(set(ys)) < 2:
        return None
    from scipy.stats import spearmanr

    found = float(spearmanr(xs, ys).statistic)
    return found if math.isfinite(found) else None


def _measured(run: RunData) -> list[TrialRecord]:
    return [record for record in run.records if record.state in (TrialState.COMPLETED, TrialState.STOPPED)]


def _recipe(record: TrialRecord) -> Recipe | None:
    """The trial's recipe, if this version can read it."""
    try:
        return resolve(record.recipe) if record.recipe else None
    except InputError:
        return None


def _get(recipe: Recipe, name: str) -> AnySchedule:
    owner: Any = recipe
    for part in name.split("."):
        owner = getattr(owner, part)
    schedule: AnySchedule = owner
    return schedule


def _schedule_trace(record: TrialRecord, schedule: AnySchedule, epochs: int, board: Leaderboard) -> Trace:
    """The schedule from 0 to the epochs the trial has seen, finely enough for steps to look like steps."""
    end = float(record.epochs or epochs)
    grid = [end * index / SCHEDULE_POINTS for index in range(SCHEDULE_POINTS + 1)]
    corners = _corners([(epoch, round(schedule.at(epoch), 7)) for epoch in grid])
    return Trace(
        record.number,
        part_of(record, board),
        tuple(epoch for epoch, _ in corners),
        tuple(value for _, value in corners),
        record.value(board.metric),
        schedule_words(schedule),
    )


def _corners(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points of an evenly spaced line without those that lie on the straight between their neighbours."""
    kept = [
        point
        for before, point, after in zip(points, points[1:], points[2:], strict=False)
        if abs(before[1] - 2 * point[1] + after[1]) > 1e-6
    ]
    return [points[0], *kept, points[-1]]


def schedule_words(schedule: AnySchedule) -> str:
    """A schedule as people say it.

    >>> from adsw.align.schedules import Linear
    >>> schedule_words(Linear(start=0.0, end=0.15, epochs=20.0))
    'linear from 0 to 0.15 over 20 epochs'
    """
    fields = schedule.model_dump()
    kind = str(fields.pop("kind"))
    if kind == "constant":
        return f"constant {short(fields['value'])}"
    if {"start", "end", "epochs"} <= fields.keys():
        start, end, epochs = (short(fields.pop(name)) for name in ("start", "end", "epochs"))
        delay = fields.pop("delay", 0.0)
        extra = [f"{name} {short(value)}" for name, value in fields.items()]
        after = [f"after {short(delay)}"] if delay else []
        return ", ".join([f"{kind} from {start} to {end} over {epochs} epochs", *after, *extra])
    points = [f"{short(value)} at {short(epoch)}" for epoch, value in fields["points"]]
    return f"{kind}: {', '.join(points)}"
