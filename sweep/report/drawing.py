"""Parts that all figures share: colours by name, marks for kinds of trial, one layout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adsw.stats.interval import Interval
from sweep.report.leaderboard import Trace

Figure = dict[str, Any]
"""A figure, a trace or a part of one, as Plotly's JSON."""

PARTS = ("stopped", "failed", "completed", "default", "best")
"""Kinds of trial in drawing order: the later lie on top of the earlier."""
LABELS = {
    "best": "best trial",
    "default": "default configuration",
    "completed": "other completed trials",
    "stopped": "stopped early",
    "failed": "failed",
    "untrained": "untrained heads",
}
SYMBOLS = {
    "best": "star",
    "default": "diamond",
    "completed": "circle",
    "stopped": "circle-open",
    "failed": "x",
    "untrained": "square-open",
}
SIZES: Mapping[str, int] = {"best": 15, "default": 12}
LINES: Mapping[str, Figure] = {
    "best": {"width": 3.5},
    "default": {"width": 3.5, "dash": "dash"},
    "completed": {"width": 1.5},
    "stopped": {"width": 1.2, "dash": "dot"},
    "failed": {"width": 1.2, "dash": "dot"},
}


def colour(part: str) -> str:
    """Return the page's colour of a kind of trial, as CSS."""
    return f"var(--{part})"


def note(x: float, y: float, text: str) -> Figure:
    """Return an annotation: text at a place of the plot, in its coordinates."""
    return {"x": x, "y": y, "text": text, "showarrow": False, "font": {"size": 11, "color": colour("ink")}}


def in_order(traces: Iterable[Trace]) -> list[Trace]:
    """Sort traces in drawing order, by `PARTS`: those that matter come last and lie on top."""
    return sorted(traces, key=lambda trace: PARTS.index(trace.part))


def legend_line(part: str) -> Figure:
    """Return a trace that draws nothing and only gives a kind of trial its entry in the legend."""
    line = LINES[part] | {"color": colour(part)}
    return {"type": "scatter", "mode": "lines", "name": LABELS[part], "x": [None], "y": [None], "line": line}


def triple(value: float, interval: Interval | None) -> tuple[float, float, float]:
    """Return a value with the ends of its interval; the value three times if it has none."""
    return (value, value, value) if interval is None else (value, interval.low, interval.high)


def error_bars(triples: Sequence[tuple[float, float, float]], ink: str) -> Figure:
    """Return Plotly's error bars of (value, low, high); `ink` is their colour as CSS."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - value for value, _, high in triples],
        "arrayminus": [value - low for value, low, _ in triples],
        "color": ink,
        "thickness": 2,
        "width": 5,
    }


def interval_marks(
    triples: Sequence[tuple[float, float, float]],
    rows: Sequence[float],
    name: str,
    ink: str,
    number: str,
    size: int = 11,
    symbol: str = "circle",
) -> Figure:
    """Return a trace of marks with intervals on rows.

    Args:
        triples: value, low and high of each.
        rows: the vertical place of each.
        name: of the trace.
        ink: name of its colour.
        number: how figures are written when pointed at, such as ``.4f``.
        size: of the marks, in pixels.
        symbol: Plotly's name of the mark.
    """
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [value for value, _, _ in triples],
        "y": list(rows),
        "error_x": error_bars(triples, colour(ink)),
        "marker": {"size": size, "color": colour(ink), "symbol": symbol},
        "customdata": [[low, high] for _, low, high in triples],
        "hovertemplate": f"%{{x:{number}}} (%{{customdata[0]:{number}}} to %{{customdata[1]:{number}}})<extra></extra>",
    }


def row_axis(labels: Sequence[str]) -> Figure:
    """Return a vertical axis of named rows, the first on top."""
    return {
        "tickvals": list(range(len(labels))),
        "ticktext": list(labels),
        "range": [len(labels) - 0.5, -0.5],  # From high to low, which turns the axis upside down.
        "showgrid": False,
        "zeroline": False,
        "title": None,
    }


def zero_axis(spans: Iterable[Interval]) -> Figure:
    """Return an axis of differences: a line at 0, and room for the marks on either side of it."""
    ends = [0.0, *(end for span in spans for end in (span.low, span.high))]
    room = 0.06 * (max(ends) - min(ends)) or 0.01
    line = {"zeroline": True, "zerolinecolor": colour("ink"), "zerolinewidth": 1.5}
    return {**line, "range": [min(ends) - room, max(ends) + room]}


def layout(height: int, x: str | None = None, y: str | None = None) -> Figure:
    """Return the layout that all figures share.

    Args:
        height: of the figure, in pixels.
        x: title of the horizontal axis; None for no title.
        y: title of the vertical axis; None for no title.
    """
    axis = {
        "gridcolor": colour("line"),
        "linecolor": colour("line"),
        "zeroline": False,
        "automargin": True,
        "tickfont": {"size": 12},
        "fixedrange": True,
    }
    return {
        "height": height,
        "autosize": True,
        "margin": {"l": 8, "r": 12, "t": 44, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "inherit", "size": 13, "color": colour("ink")},
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": colour("paper"),
            "bordercolor": colour("muted"),
            "font": {"color": colour("ink")},
        },
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
        "xaxis": {**axis, "title": {"text": x, "standoff": 8, "font": {"size": 12}} if x else None},
        "yaxis": {**axis, "title": {"text": y, "standoff": 8, "font": {"size": 12}} if y else None},
    }
