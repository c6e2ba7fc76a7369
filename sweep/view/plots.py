"""The figures, as Plotly's JSON. Colours are names of the page's own (`var(--best)`), filled in by the page.

So one figure serves the light, the dark and the printed page. Every figure is drawn from `Report`, and none
carries anything that its caption or table does not also say in words or numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from adsw.report.format import short, short_names
from adsw.report.shades import Shades
from sweep.statistics.importance import Importance
from sweep.view.ablation.figures import ablation_figures
from sweep.view.captioner_plots import captioner_figures
from sweep.view.contour_plots import contour_figures
from sweep.view.drawing import (
    LABELS,
    LINES,
    PARTS,
    SIZES,
    SYMBOLS,
    Figure,
    colour,
    in_order,
    interval_marks,
    layout,
    legend_line,
    row_axis,
)
from sweep.view.evidence_plots import evidence_figures
from sweep.view.front_plots import front_figures
from sweep.view.held_out import Comparison, TestResults
from sweep.view.parallel import parallel_lines
from sweep.view.report import Report
from sweep.view.schedule_series import SchedulePanel
from sweep.view.series import Slice
from sweep.view.set_plots import set_figures


def all_figures(report: Report) -> dict[str, Figure]:
    """Every figure of the page by the id of its place; figures without data are left out."""
    figures: dict[str, Figure] = {}
    if report.results is not None:
        figures["test"] = test_scores(report.results)
        if any(row.difference for row in report.results.by_source or (report.results.objective,)):
            figures["difference"] = test_differences(report.results)
    if report.curves:
        figures["curves"] = learning_curves(report)
    shades = Shades.of([trace.objective for trace in report.curves], report.board.mode)
    for index, panel in enumerate(report.schedules):
        figures[f"schedule-{index}"] = schedule_lines(panel, shades)
    if any(basis.found for basis in report.influence.bases):
        figures["importance"] = importance_dots(report)
    for index, cut in enumerate(report.slices):
        figures[f"slice-{index}"] = slice_points(cut, report)
    if len(report.slices) > 1:
        figures["parallel"] = parallel_lines(report, shades)
    figures |= ablation_figures(report.ablation) | evidence_figures(report)
    figures |= contour_figures(report.contours, report.board.mode) | front_figures(report.front)
    return figures | set_figures(report.sets) | captioner_figures(report.captioners)


def test_scores(results: TestResults) -> Figure:
    """The objective on test by kind of query: a dot with its interval per system, chance as a tick."""
    rows = [results.objective, *results.by_source]
    data = []
    count = len(results.systems)
    for index, system in enumerate(results.systems):
        offset = 0.22 * ((count - 1) / 2 - index)
        data.append(_interval_dots(rows, system.key, system.label, offset))
    data.append(
        {
            "type": "scatter",
            "mode": "markers",
            "name": "chance",
            "x": [row.chance for row in rows],
            "y": list(range(len(rows))),
            "marker": {
                "symbol": "line-ns-open",
                "size": 22,
                "color": colour("muted"),
                "line": {"width": 1.5},
            },
            "hovertemplate": "chance %{x:.4f}<extra></extra>",
        }
    )
    height = 120 + 52 * len(rows)
    plot = layout(height, x=results.objective.metric.full)
    plot["yaxis"] |= row_axis([row.label for row in rows])
    plot["xaxis"]["rangemode"] = "tozero"
    return {"data": data, "layout": plot}


def test_differences(results: TestResults) -> Figure:
    """Best minus default by kind of query, paired, with intervals and the line of no difference."""
    rows = [row for row in (results.objective, *results.by_source) if row.difference is not None]
    gaps = [row.difference for row in rows if row.difference is not None]
    triples = [(gap.value, gap.low, gap.high) for gap in gaps]
    trace = {**interval_marks(triples, range(len(gaps)), "best minus default", "best", "+.4f"), "showlegend": False}
    plot = layout(120 + 52 * len(rows), x=f"best minus default, {results.objective.metric.name}")
    plot["yaxis"] |= row_axis([row.label for row in rows])
    plot["xaxis"] |= {
        "zeroline": True,
        "zerolinecolor": colour("ink"),
        "zerolinewidth": 1.5,
        "rangemode": "tozero",
    }
    return {"data": [trace], "layout": plot}


def learning_curves(report: Report) -> Figure:
    """The objective at every epoch of every trial; stopped ones end in a cross."""
    data = []
    told: set[str] = set()
    for trace in in_order(report.curves):
        ends_early = trace.part in ("stopped", "failed")
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": LABELS[trace.part],
                "legendgroup": trace.part,
                "showlegend": trace.part not in told,
                "legendrank": 1000 - PARTS.index(trace.part),
                "x": list(trace.epochs),
                "y": [round(value, 5) for value in trace.values],
                "line": LINES[trace.part] | {"color": colour(trace.part)},
                "marker": {
                    "color": colour(trace.part),
                    "symbol": "x-thin-open" if ends_early else "circle",
                    "size": [0] * (len(trace.epochs) - 1) + [8 if ends_early else 6],
                    "line": {"width": 1.5},
                },
                "hovertemplate": f"trial {trace.number}, epoch %{{x}}: %{{y:.4f}}<extra></extra>",
            }
        )
        told.add(trace.part)
    return {"data": data, "layout": layout(440, x="epoch", y=report.board.metric)}


def schedule_lines(panel: SchedulePanel, shades: Shades) -> Figure:
    """One scheduled quantity against epochs, a line per trial, shaded by the trial's objective."""
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


def importance_dots(report: Report) -> Figure:
    """Shares with intervals, one row per parameter and basis; what shuffled values give as a tick."""
    names = short_names(row.name for row in report.influence.parameters)
    bases = [basis for basis in report.influence.bases if basis.found is not None]
    order = [row.name for row in bases[0].found.rows] if bases[0].found else []
    order += [row.name for row in report.influence.parameters if row.name not in order]
    data = []
    for index, basis in enumerate(bases):
        found = {row.name: row for row in basis.found.rows} if basis.found else {}
        offset = 0.18 * ((len(bases) - 1) / 2 - index)
        shown = [(place, found[name]) for place, name in enumerate(order) if name in found]
        data += _importance_traces(shown, basis.label, offset, "default" if index == 0 else "completed")
    plot = layout(110 + 46 * len(order), x="share of importance (PED-ANOVA)")
    plot["yaxis"] |= row_axis([names[name] for name in order])
    plot["xaxis"] |= {"range": [-0.02, 1.02], "tickformat": ".0%"}
    return {"data": data, "layout": plot}


def _interval_dots(rows: Sequence[Comparison], key: str, label: str, offset: float) -> Figure:
    shown = [(place, row.scores[key]) for place, row in enumerate(rows) if key in row.scores]
    triples = [(score.value, score.low, score.high) for _, score in shown]
    places = [place - offset for place, _ in shown]
    return interval_marks(triples, places, label, key, ".4f", SIZES.get(key, 9), SYMBOLS[key])


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


def slice_points(cut: Slice, report: Report) -> Figure:
    """One parameter against the objective, a mark per trial."""
    name = short_names(row.name for row in report.influence.parameters).get(cut.name, cut.name)
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
    plot["yaxis"]["range"] = _shared_range(report)
    if cut.is_category:
        plot["xaxis"] |= {"type": "category", "categoryorder": "array"}
        plot["xaxis"]["categoryarray"] = [short(value) for value in cut.distribution.ends()]
    elif cut.is_log:
        plot["xaxis"] |= {"type": "log", "dtick": 1, "exponentformat": "power"}
        plot["xaxis"]["range"] = _padded([math.log10(x) for x in _reach(cut)])
    else:
        plot["xaxis"]["range"] = _padded(_reach(cut))
    return {"data": data, "layout": plot}


def _reach(cut: Slice) -> list[float]:
    """What was searched, and the values of included configurations outside it."""
    values = [*cut.distribution.ends(), *(point.x for point in cut.points)]
    return [float(min(values)), float(max(values))]


def _shared_range(report: Report) -> list[float]:
    """One range of the objective for all slices, so that they can be compared."""
    values = [point.objective for cut in report.slices for point in cut.points]
    return _padded([min(values), max(values)])


def _padded(ends: Sequence[float]) -> list[float]:
    low, high = ends
    room = 0.06 * (high - low) or 0.5
    return [low - room, high + room]
