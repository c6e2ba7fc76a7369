"""Figures of the searched parameters: importances, slices through the space, all of them as parallel coordinates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adsw.report.format import metric_number, short, short_names
from adsw.report.plots import Shades
from sweep.report.drawing import (
    LABELS,
    LINES,
    PARTS,
    SIZES,
    SYMBOLS,
    Figure,
    colour,
    interval_marks,
    layout,
    legend_line,
    note,
    row_axis,
)
from sweep.report.hyperparameters import Influence, Point, Slice
from sweep.stats.importance import Importance

CLEAR_LINES = 24
"""With more lines than these, each is drawn fainter."""


def importance_dots(influence: Influence) -> Figure:
    """Draw the shares with intervals, a row per parameter and basis, with a tick at what shuffled values give."""
    names = short_names(row.name for row in influence.parameters)
    bases = [basis for basis in influence.bases if basis.shares is not None]
    order = [row.name for row in bases[0].shares.rows] if bases[0].shares else []
    order += [row.name for row in influence.parameters if row.name not in order]
    data = []
    for index, basis in enumerate(bases):
        rows = {row.name: row for row in basis.shares.rows} if basis.shares else {}
        offset = 0.18 * ((len(bases) - 1) / 2 - index)
        shown = [(place, rows[name]) for place, name in enumerate(order) if name in rows]
        data += _importance_traces(shown, basis.label, offset, "default" if index == 0 else "completed")
    plot = layout(110 + 46 * len(order), x="share of importance (PED-ANOVA)")
    plot["yaxis"] |= row_axis([names[name] for name in order])
    plot["xaxis"] |= {"range": [-0.02, 1.02], "tickformat": ".0%"}
    return {"data": data, "layout": plot}


def _importance_traces(shown: Sequence[tuple[int, Importance]], label: str, offset: float, part: str) -> list[Figure]:
    y = [place + offset for place, _ in shown]
    rows = [row for _, row in shown]
    triples = [(row.share, row.low, row.high) for row in rows]
    dots = interval_marks(triples, y, label, part, ".0%", symbol="circle" if part == "default" else "square")
    noise = {
        "type": "scatter",
        "mode": "markers",
        "name": "what shuffled results give",
        "showlegend": part == "default",
        "x": [row.noise for row in rows],
        "y": y,
        "marker": {"symbol": "line-ns-open", "size": 16, "color": colour("best"), "line": {"width": 2}},
        "hovertemplate": "shuffled: %{x:.0%}<extra></extra>",
    }
    return [dots, noise]


def slice_points(cut: Slice, name: str, reach: Sequence[float]) -> Figure:
    """Draw one parameter against the objective, a mark per trial.

    Args:
        cut: the parameter and its trials.
        name: the parameter's name as shown.
        reach: range of the objective, shared by all slices.
    """
    data = []
    for part in PARTS:
        points = [point for point in cut.points if point.part == part]
        if not points:
            continue
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": LABELS[part],
                "showlegend": False,
                "x": [short(point.x) if cut.is_category else point.x for point in points],
                "y": [point.objective for point in points],
                "customdata": [[point.number, point.epochs] for point in points],
                "marker": {
                    "symbol": SYMBOLS[part],
                    "size": SIZES.get(part, 9),
                    "color": colour(part),
                    "line": {"width": 1.5, "color": colour("paper" if part != "stopped" else part)},
                },
                "hovertemplate": "trial %{customdata[0]}: %{y:.4f} (epoch %{customdata[1]})<extra></extra>",
            }
        )
    plot = layout(250, x=name)
    plot["margin"] |= {"t": 8, "r": 8}
    plot["yaxis"]["range"] = list(reach)
    if cut.is_category:
        plot["xaxis"] |= {"type": "category", "categoryorder": "array"}
        plot["xaxis"]["categoryarray"] = [short(value) for value in cut.distribution.ends()]
    elif cut.is_log:
        plot["xaxis"] |= {"type": "log", "dtick": 1, "exponentformat": "power"}
        # Plotly takes the range of a logarithmic axis as exponents of ten.
        plot["xaxis"]["range"] = _padded([math.log10(x) for x in _reach(cut)])
    else:
        plot["xaxis"]["range"] = _padded(_reach(cut))
    return {"data": data, "layout": plot}


def _reach(cut: Slice) -> list[float]:
    """Return the range that was searched, widened to values of included configurations outside it."""
    values = [*cut.distribution.ends(), *(point.x for point in cut.points)]
    return [float(min(values)), float(max(values))]


def shared_range(slices: Sequence[Slice]) -> list[float]:
    """Return one range of the objective for all slices, so that they can be compared."""
    values = [point.objective for cut in slices for point in cut.points]
    return _padded([min(values), max(values)])


def _padded(ends: Sequence[float]) -> list[float]:
    low, high = ends
    room = 0.06 * (high - low) or 0.5
    return [low - room, high + room]


@dataclass(frozen=True, slots=True)
class Axis:
    """The values of one parameter on an axis from 0 to 1."""

    label: str
    ends: tuple[str, str]
    """Labels at its foot and head; empty for choices."""
    heights: dict[int, float]
    """By trial; a trial in which the parameter was not active is missing."""
    ticks: dict[str, float]
    """Choices and their heights."""


def parallel_lines(slices: Sequence[Slice], names: Mapping[str, str], metric: str, shades: Shades) -> Figure:
    """Draw every trial as a line through its searched values, on an axis for each parameter and the objective."""
    axes = [_slice_axis(cut, names[cut.name]) for cut in slices]
    axes.append(_objective_axis(slices, metric, shades))
    trials = {point.number: point for cut in slices for point in cut.points}
    ordered = sorted(trials.values(), key=lambda point: PARTS.index(point.part))
    # The more lines there are, the fainter each is, or those that lie on top of each other hide the rest.
    faint = min(1.0, max(0.3, CLEAR_LINES / max(1, len(ordered))))
    data = [_trial_line(point, axes, shades, faint) for point in ordered]
    data += [legend_line(part) for part in ("best", "default") if any(p.part == part for p in ordered)]
    return {"data": data, "layout": _frame(axes)}


def _slice_axis(cut: Slice, label: str) -> Axis:
    """Return the axis of a slice: its range (in logarithms if it was searched so), or its choices in turn."""
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


def _objective_axis(slices: Sequence[Slice], metric: str, shades: Shades) -> Axis:
    span = shades.high - shades.low
    values = {point.number: point.objective for cut in slices for point in cut.points}
    heights = {number: (value - shades.low) / span if span else 0.5 for number, value in values.items()}
    return Axis("objective", (metric_number(metric, shades.low), metric_number(metric, shades.high)), heights, {})


def _trial_line(point: Point, axes: Sequence[Axis], shades: Shades, faint: float) -> Figure:
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
    """Return the layout around the lines: axes, names, ends and choices."""
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
    plot["annotations"] = [annotation for annotation in notes if annotation["text"]]
    return plot
