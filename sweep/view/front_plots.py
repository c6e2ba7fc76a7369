"""The front of several objectives, as Plotly's JSON (see `plots`)."""

from __future__ import annotations

from collections.abc import Sequence

from sweep.view.drawing import Figure, colour, error_bars, layout
from sweep.view.front import Front, FrontTrial

CLEAR_BARS = 12
"""With more trials than these, only those on the front and the default have bars."""


def front_figures(found: Front | None) -> dict[str, Figure]:
    """The first objective against each of the others."""
    if found is None:
        return {}
    return {f"front-{other}": front_scatter(found, 0, other) for other in range(1, len(found.objectives))}


def front_scatter(found: Front, across: int, up: int) -> Figure:
    """Every completed trial by two objectives, with 95 % intervals on both; the front as a staircase of these two."""
    others = [trial for trial in found.trials if not trial.on_front and not trial.is_default]
    members = [trial for trial in found.front if not trial.is_default]
    default = [found.default] if found.default is not None else []
    data = [_staircase(found, across, up)] if len(found.objectives) == 2 else []
    groups = (
        (others, "completed", "other completed trials", "circle", 8, len(found.trials) <= CLEAR_BARS),
        (members, "best", "on the front", "circle", 11, True),
        (default, "default", _default_label(found), "diamond", 13, True),
    )
    data += [
        _marks(trials, across, up, ink, name, symbol, size, bars)
        for trials, ink, name, symbol, size, bars in groups
        if trials
    ]
    plot = layout(460, x=found.objectives[across].metric, y=found.objectives[up].metric)
    return {"data": data, "layout": plot}


def _default_label(found: Front) -> str:
    on_front = found.default is not None and found.default.on_front
    return "default configuration, on the front" if on_front else "default configuration"


def _marks(
    trials: Sequence[FrontTrial], across: int, up: int, ink: str, name: str, symbol: str, size: int, bars: bool
) -> Figure:
    shares = [trial.share if trial.share is not None else 1.0 for trial in trials]
    faint = [round(0.3 + 0.7 * share, 2) if ink == "completed" else 1.0 for share in shares]
    trace: Figure = {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [round(trial.values[across], 6) for trial in trials],
        "y": [round(trial.values[up], 6) for trial in trials],
        "customdata": [[trial.number, round(100 * share)] for trial, share in zip(trials, shares, strict=True)],
        "marker": {"size": size, "color": colour(ink), "symbol": symbol, "opacity": faint},
        "hovertemplate": "trial %{customdata[0]}: %{x:.4f}, %{y:.4f}; on the front in %{customdata[1]} %"
        "<extra></extra>",
    }
    if bars:
        thin = {"thickness": 1 if ink == "completed" else 1.8, "width": 0}
        for axis, k in (("error_x", across), ("error_y", up)):
            trace[axis] = {**error_bars([_triple(trial, k) for trial in trials], colour(ink)), **thin}
    return trace


def _triple(trial: FrontTrial, k: int) -> tuple[float, float, float]:
    span = trial.intervals[k]
    value = trial.values[k]
    return (value, value, value) if span is None else (value, span.low, span.high)


def _staircase(found: Front, across: int, up: int) -> Figure:
    """The line that bounds what the front dominates."""
    points = sorted((trial.values[across], trial.values[up]) for trial in found.front)
    higher = found.objectives[across].mode == "max"
    return {
        "type": "scatter",
        "mode": "lines",
        "showlegend": False,
        "hoverinfo": "skip",
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "line": {"color": colour("best"), "width": 1.5, "dash": "dot", "shape": "vh" if higher else "hv"},
    }
