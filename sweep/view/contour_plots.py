"""Contour plots of pairs of parameters, as Plotly's JSON (see `plots`)."""

from __future__ import annotations

import math

import numpy as np

from adsw.report.format import short_names
from adsw.report.shades import STEPS, Shades
from sweep.statistics.surface import grid
from sweep.view.contours import Contour, Contours, Scale
from sweep.view.drawing import LABELS, PARTS, SYMBOLS, Figure, colour, layout


def contour_figures(found: Contours | None, mode: str) -> dict[str, Figure]:
    """One figure for each pair; all share one scale of shades."""
    if found is None:
        return {}
    shades = Shades.of([spot.objective for pair in found.pairs for spot in pair.spots], mode)
    return {f"contour-{index}": contour_plot(pair, shades) for index, pair in enumerate(found.pairs)}


def contour_plot(pair: Contour, shades: Shades) -> Figure:
    """Trials in their own shade; under them the surface, in the same shades, inside their convex hull."""
    names = short_names((pair.x.name, pair.y.name))
    data = [_surface(pair, shades)] if pair.drawn is not None else []
    for part in PARTS:
        spots = [spot for spot in pair.spots if spot.part == part]
        if not spots:
            continue
        special = part in ("best", "default")
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": LABELS[part],
                "showlegend": False,
                "x": [spot.x for spot in spots],
                "y": [spot.y for spot in spots],
                "customdata": [[spot.number, round(spot.objective, 5)] for spot in spots],
                "marker": {
                    "symbol": SYMBOLS[part].removesuffix("-open"),
                    "size": 15 if special else 9,
                    "color": [shades.of_value(spot.objective) for spot in spots],
                    "line": {"width": 2.5 if special else 1.2, "color": colour(part if special else "ink")},
                },
                "hovertemplate": "trial %{customdata[0]}: %{customdata[1]:.4f}<extra></extra>",
            }
        )
    data.append(shades.colour_bar("objective"))
    plot = layout(380, x=names[pair.x.name], y=names[pair.y.name])
    plot["xaxis"] |= _axis(pair.x)
    plot["yaxis"] |= _axis(pair.y)
    plot["margin"] |= {"t": 12}
    return {"data": data, "layout": plot}


def _surface(pair: Contour, shades: Shades) -> Figure:
    if pair.surface is None:
        raise ValueError("there is no surface to draw")
    places = [float(share) for share in grid()]
    values = np.round(pair.surface.values, 6)
    span = (shades.high - shades.low) / STEPS
    stops = [f"var(--s{index})" for index in range(STEPS)]
    if shades.mode == "min":
        stops.reverse()
    return {
        "type": "contour",
        "x": [_rounded(pair.x.value(share)) for share in places],
        "y": [_rounded(pair.y.value(share)) for share in places],
        "z": [[None if math.isnan(value) else float(value) for value in row] for row in values],
        "connectgaps": False,
        "showscale": False,
        "zmin": shades.low,
        "zmax": shades.high,
        "colorscale": [[index / (STEPS - 1), stop] for index, stop in enumerate(stops)],
        "contours": {
            "coloring": "fill",
            "start": shades.low + span,
            "end": shades.high - span / 2,
            "size": span or 1.0,
        },
        "line": {"width": 0.8, "color": colour("paper")},
        "opacity": 0.75,
        "hoverinfo": "skip",
    }


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _axis(scale: Scale) -> Figure:
    room = 0.05
    ends = [scale.value(-room), scale.value(1 + room)]
    if scale.log:
        return {"type": "log", "dtick": 1, "exponentformat": "power", "range": [math.log10(end) for end in ends]}
    return {"range": ends}
