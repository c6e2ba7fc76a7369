"""Parallel coordinates: every trial as a line through its searched values, as plain lines that print well."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from adsw.report.format import metric_number, short, short_names
from adsw.report.shades import Shades
from sweep.view.drawing import LINES, PARTS, Figure, colour, layout, legend_line, note
from sweep.view.report import Report
from sweep.view.series import Point, Slice

CLEAR_LINES = 24
"""With more lines than these, each is drawn fainter."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Where the values of one parameter stand between 0 and 1."""

    label: str
    ends: tuple[str, str]
    """What stands at its foot and head; empty for choices."""
    heights: dict[int, float]
    """By trial; a trial in which the parameter was not active is missing."""
    ticks: dict[str, float]
    """Choices and where they stand."""


def parallel_lines(report: Report, shades: Shades) -> Figure:
    """Every trial as a line through its searched values; each axis runs over what was searched."""
    names = short_names(row.name for row in report.influence.parameters)
    axes = [_axis(cut, names[cut.name]) for cut in report.slices]
    axes.append(_objective_axis(report, shades))
    trials = {point.number: point for cut in report.slices for point in cut.points}
    ordered = sorted(trials.values(), key=lambda point: PARTS.index(point.part))
    faint = min(1.0, max(0.3, CLEAR_LINES / max(1, len(ordered))))
    data = [_line(point, axes, shades, faint) for point in ordered]
    data += [legend_line(part) for part in ("best", "default") if any(p.part == part for p in ordered)]
    return {"data": data, "layout": _frame(axes)}


def _axis(cut: Slice, label: str) -> Axis:
    """The axis of a slice: its range (in logarithms where it was searched so), or its choices in turn."""
    bounds = cut.distribution.ends()
    if cut.is_category:
        choices = [short(value) for value in bounds]
        ticks = {choice: index / max(1, len(choices) - 1) for index, choice in enumerate(choices)}
        heights = {point.number: ticks.get(short(point.x), 0.5) for point in cut.points}
        return Axis(label, ("", ""), heights, ticks)
    scale = math.log if cut.is_log else float
    xs = [*bounds, *(point.x for point in cut.points)]
    low, span = scale(min(xs)), scale(max(xs)) - scale(min(xs))
    heights = {point.number: (scale(point.x) - low) / span if span else 0.5 for point in cut.points}
    return Axis(label, (short(min(xs)), short(max(xs))), heights, {})


def _objective_axis(report: Report, shades: Shades) -> Axis:
    span = shades.high - shades.low
    values = {point.number: point.objective for cut in report.slices for point in cut.points}
    heights = {number: (value - shades.low) / span if span else 0.5 for number, value in values.items()}
    metric = report.board.metric
    return Axis("objective", (metric_number(metric, shades.low), metric_number(metric, shades.high)), heights, {})


def _line(point: Point, axes: Sequence[Axis], shades: Shades, faint: float) -> Figure:
    special = point.part in ("best", "default")
    ink = colour(point.part) if special else shades.of_value(point.objective)
    return {
        "type": "scatter",
        "mode": "lines",
        "showlegend": False,
        "connectgaps": True,
        "opacity": 1.0 if special else faint,
        "x": list(range(len(axes))),
        "y": [axis.heights.get(point.number) for axis in axes],
        "line": LINES[point.part] | {"color": ink, "width": 4 if special else 1.8},
        "hovertemplate": f"trial {point.number}: {point.objective:.4f}<extra></extra>",
    }


def _frame(axes: Sequence[Axis]) -> Figure:
    """Axes, names, ends and choices around the lines."""
    plot = layout(430)
    plot["xaxis"] |= {"visible": False, "range": [-0.4, len(axes) - 0.55]}
    plot["yaxis"] |= {"visible": False, "range": [-0.12, 1.26]}
    plot["margin"] = {"l": 8, "r": 8, "t": 36, "b": 8}
    plot["shapes"] = [
        {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "line": {"color": colour("muted"), "width": 1}}
        for x in range(len(axes))
    ]
    notes = []
    for x, axis in enumerate(axes):
        notes.append({**note(x, 1.1, f"<b>{axis.label.replace('.', '.<br>')}</b>"), "yanchor": "bottom"})
        notes += [note(x, -0.06, axis.ends[0]), note(x, 1.05, axis.ends[1])]
        notes += [
            {**note(x, place, choice), "xanchor": "left", "xshift": 5, "bgcolor": colour("veil")}
            for choice, place in axis.ticks.items()
        ]
    plot["annotations"] = [one for one in notes if one["text"]]
    return plot
