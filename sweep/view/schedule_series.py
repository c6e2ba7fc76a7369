"""The schedules that trials trained by, as plain numbers: what was drawn up, or what an adaptive one came to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adsw.align.recipe import Recipe, resolve, schedules_of
from adsw.align.schedules import Adaptive, AnySchedule
from adsw.align.schedules.words import schedule_words
from adsw.errors import InputError
from adsw.report.format import plural, short
from sweep.state import TrialRecord
from sweep.view.leaderboard import Leaderboard
from sweep.view.run_data import RunData
from sweep.view.series import Trace, part_of

ALWAYS_DRAWN = "text.swap.probability"
"""Its schedules are drawn even where all trials share one."""
SCHEDULE_POINTS = 192
"""Points at which a schedule is drawn."""


@dataclass(frozen=True, slots=True)
class SchedulePanel:
    """One scheduled quantity over the epochs, of every trial."""

    name: str
    traces: tuple[Trace, ...]


def schedules(run: RunData, board: Leaderboard) -> tuple[SchedulePanel, ...]:
    """The swap probability, and every other scheduled quantity that moves and differs between trials."""
    recipes = {record.number: _recipe(record) for record in run.records}
    owned = {number: schedules_of(recipe) for number, recipe in recipes.items() if recipe is not None}
    panels = []
    for name in dict.fromkeys([ALWAYS_DRAWN, *(name for found in owned.values() for name in found)]):
        having = {number: found[name] for number, found in owned.items() if name in found}
        differ = len({schedule.model_dump_json() for schedule in having.values()}) > 1
        move = any(schedule.kind != "constant" for schedule in having.values())
        if having and (name == ALWAYS_DRAWN or (differ and move)):
            traces = [
                _schedule_trace(record, name, having[record.number], recipe.epochs, board)
                for record in run.records
                if record.number in having and (recipe := recipes[record.number]) is not None
            ]
            panels.append(SchedulePanel(name, tuple(traces)))
    return tuple(panels)


def _recipe(record: TrialRecord) -> Recipe | None:
    """The trial's recipe, if this version can read it."""
    try:
        return resolve(record.recipe) if record.recipe else None
    except InputError:
        return None


def _schedule_trace(record: TrialRecord, name: str, schedule: AnySchedule, epochs: int, board: Leaderboard) -> Trace:
    """The schedule from 0 to the epochs the trial has seen; an adaptive one by its recorded path."""
    end = float(record.epochs or epochs)
    path = recorded_path(record, name, schedule) if isinstance(schedule, Adaptive) else _drawn(schedule, end)
    words = schedule_words(schedule)
    if isinstance(schedule, Adaptive):
        words += f"; came to {short(path[-1][1])} in {plural(record.epochs, 'epoch')}"
    return Trace(
        record.number,
        part_of(record, board),
        tuple(epoch for epoch, _ in path),
        tuple(value for _, value in path),
        record.value(board.metric),
        words,
    )


def _drawn(schedule: AnySchedule, end: float) -> list[tuple[float, float]]:
    """A schedule's points from 0 on, finely enough for steps to look like steps."""
    grid = [end * index / SCHEDULE_POINTS for index in range(SCHEDULE_POINTS + 1)]
    return _corners([(epoch, round(schedule.at(epoch), 7)) for epoch in grid])


def recorded_path(record: TrialRecord, name: str, schedule: Adaptive) -> list[tuple[float, float]]:
    """What an adaptive schedule came to be: its value over each epoch of the curve, as a line of steps.

    A curve keeps the learning rate as it was at the epoch's beginning, warm-up included.
    """
    held = [(float(point["epoch"]), float(point[name])) for point in record.curve if point.get(name) is not None]
    path = [(0.0, held[0][1] if held else schedule.start)]
    for epoch, value in held:
        if value != path[-1][1]:
            path += [(epoch - 1, path[-1][1]), (epoch - 1, value)]
    return [*path, (held[-1][0], held[-1][1])] if held else path


def _corners(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points of an evenly spaced line without those that lie on the straight between their neighbours."""
    kept = [
        point
        for before, point, after in zip(points, points[1:], points[2:], strict=False)
        if abs(before[1] - 2 * point[1] + after[1]) > 1e-6
    ]
    return [points[0], *kept, points[-1]]
