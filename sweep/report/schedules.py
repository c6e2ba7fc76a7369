"""The schedules that trials trained by, as planned, or as recorded for adaptive ones; their section."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adsw.errors import InputError
from adsw.metrics import sign_of
from adsw.report.format import plural, short
from adsw.report.plots import Shades
from adsw.report.section import Fold, Paragraph, Part, Plot, Section
from adsw.report.table import PAGE, Cell, Column, TableModel, figure
from adsw.train.recipe import Recipe, resolve, schedules_of
from adsw.train.schedules import Adaptive, AnySchedule
from adsw.train.schedules.describe import schedule_words
from sweep.report.data import RunData
from sweep.report.drawing import Figure, colour, in_order, layout, legend_line
from sweep.report.leaderboard import Leaderboard, Trace, part_of
from sweep.run.records import TrialRecord, TrialState

ALWAYS_DRAWN = "text.swap.probability"
"""The quantity whose schedules are drawn even if all trials share one."""
SCHEDULE_POINTS = 192
"""Points at which a schedule is drawn."""


@dataclass(frozen=True, slots=True)
class SchedulePanel:
    """One scheduled quantity over the epochs, of every trial."""

    name: str
    traces: tuple[Trace, ...]


def schedules(run: RunData, board: Leaderboard) -> tuple[SchedulePanel, ...]:
    """Return the swap probability, and every other scheduled quantity that moves and differs between trials."""
    # A duplicate's line is that of the trial it repeats.
    trained = [record for record in run.records if record.state is not TrialState.DUPLICATE]
    recipes = {record.number: _recipe(record) for record in trained}
    owned = {number: schedules_of(recipe) for number, recipe in recipes.items() if recipe is not None}
    panels = []
    for name in dict.fromkeys([ALWAYS_DRAWN, *(name for by_name in owned.values() for name in by_name)]):
        having = {number: by_name[name] for number, by_name in owned.items() if name in by_name}
        differ = len({schedule.model_dump_json() for schedule in having.values()}) > 1
        move = any(schedule.kind != "constant" for schedule in having.values())
        if having and (name == ALWAYS_DRAWN or (differ and move)):
            traces = [
                _schedule_trace(record, name, having[record.number], recipe.epochs, board)
                for record in trained
                if record.number in having and (recipe := recipes[record.number]) is not None
            ]
            panels.append(SchedulePanel(name, tuple(traces)))
    return tuple(panels)


def _recipe(record: TrialRecord) -> Recipe | None:
    """Read the trial's recipe; return None if this version cannot."""
    try:
        return resolve(record.recipe) if record.recipe else None
    except InputError:
        return None


def _schedule_trace(record: TrialRecord, name: str, schedule: AnySchedule, epochs: int, board: Leaderboard) -> Trace:
    """Return the schedule from 0 to the epochs the trial has seen; an adaptive one by its recorded path."""
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
    """Return a schedule's points from 0 to `end`, finely enough for steps to look like steps."""
    grid = [end * index / SCHEDULE_POINTS for index in range(SCHEDULE_POINTS + 1)]
    return _corners([(epoch, round(schedule.at(epoch), 7)) for epoch in grid])


def recorded_path(record: TrialRecord, name: str, schedule: Adaptive) -> list[tuple[float, float]]:
    """Return the recorded path of an adaptive schedule: its value over each epoch of the curve, as a line of steps.

    A curve keeps the learning rate as it was at the epoch's beginning, warm-up included.
    """
    held = [(float(point["epoch"]), float(point[name])) for point in record.curve if point.get(name) is not None]
    path = [(0.0, held[0][1] if held else schedule.start)]
    for epoch, value in held:
        if value != path[-1][1]:
            # A curve's epoch is its end: the value held from one epoch before.
            path += [(epoch - 1, path[-1][1]), (epoch - 1, value)]
    return [*path, (held[-1][0], held[-1][1])] if held else path


def _corners(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Drop the points of an evenly spaced line that lie on the straight between their neighbours."""
    kept = [
        point
        for before, point, after in zip(points, points[1:], points[2:], strict=False)
        if abs(before[1] - 2 * point[1] + after[1]) > 1e-6
    ]
    return [points[0], *kept, points[-1]]


def schedules_section(panels: Sequence[SchedulePanel], board: Leaderboard, shades: Shades) -> Section:
    """Return the section, a part for each quantity."""
    parts = tuple(
        Part(
            panel.name,
            (
                Plot(
                    f"schedule-{index}",
                    schedule_lines(panel, shades),
                    f"{panel.name} over the epochs of every trial",
                    f"{panel.name} over the epochs of {plural(len(panel.traces), 'trial')}, from the start as far as "
                    "each was trained, adaptive ones as recorded; shaded by the objective that the trial is judged by.",
                ),
                Fold("The schedules in words", (schedule_table(panel, index, board),)),
            ),
        )
        for index, panel in enumerate(panels)
    )
    blocks = parts or (Paragraph("No trial has ended yet."),)
    return Section("schedules", "Schedules tried", blocks, label="Schedules")


def schedule_table(panel: SchedulePanel, index: int, board: Leaderboard) -> TableModel:
    """Return the table of every trial's schedule in words, the best trial first; all quantities share one file."""
    sign = -sign_of(board.mode)
    ordered = sorted(panel.traces, key=lambda trace: (trace.objective is None, sign * (trace.objective or 0.0)))
    return TableModel(
        name=f"schedules-{index}",
        title=panel.name,
        caption=f"{panel.name} of every trial, the best first.",
        columns=(
            Column("quantity", only="file"),
            *(Column(head, left=True) for head in ("trial", "state")),
            Column("schedule", left=True, long=True),
            Column(board.metric),
        ),
        rows=tuple(
            (
                *map(Cell, (panel.name, str(trace.number), trace.part, trace.words)),
                figure(board.metric, trace.objective),
            )
            for trace in ordered
        ),
        place=PAGE,
        file="schedules",
        link="all schedules as CSV",
    )


def schedule_lines(panel: SchedulePanel, shades: Shades) -> Figure:
    """Draw one scheduled quantity against epochs, a line per trial, shaded by the trial's objective."""
    data = []
    for trace in in_order(panel.traces):
        special = trace.part in ("best", "default")
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": f"trial {trace.number}",
                "showlegend": False,
                "x": list(trace.epochs),
                "y": list(trace.values),
                "line": {
                    "color": colour(trace.part) if special else shades.of_value(trace.objective),
                    "width": 4 if special else 2,
                    "dash": "dash" if trace.part == "default" else "dot" if trace.part == "stopped" else "solid",
                },
                "hovertemplate": f"trial {trace.number}, %{{x:.1f}} epochs: %{{y:.3g}}<extra></extra>",
            }
        )
    data += [legend_line(part) for part in ("best", "default") if any(t.part == part for t in panel.traces)]
    data.append(shades.colour_bar("objective"))
    plot = layout(360, x="epochs done", y=panel.name)
    plot["yaxis"]["rangemode"] = "tozero"
    plot["xaxis"]["rangemode"] = "normal"
    return {"data": data, "layout": plot}
