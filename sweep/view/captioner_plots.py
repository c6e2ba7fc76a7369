"""Caption quality against retrieval, as Plotly's JSON (see `plots`)."""

from __future__ import annotations

from sweep.view.captioners import FIGURES, CaptionedArm, Captioners
from sweep.view.drawing import Figure, colour, error_bars, layout


def captioner_figures(found: Captioners | None) -> dict[str, Figure]:
    """One scatter for each figure that two stores or more have."""
    if found is None:
        return {}
    panels = {}
    for field, label in FIGURES:
        known = [arm for arm in found.arms if arm.figure(field) is not None]
        if len({arm.store.name for arm in known}) > 1:
            panels[f"captions-{field}"] = _scatter(found, known, field, label)
    return panels


def _scatter(found: Captioners, arms: list[CaptionedArm], field: str, label: str) -> Figure:
    estimates = [one for arm in arms if (one := arm.figure(field)) is not None]
    across = [(one.value, _or(one.low, one.value), _or(one.high, one.value)) for one in estimates]
    up = [(arm.value, arm.mean.low, arm.mean.high) if arm.mean else (arm.value,) * 3 for arm in arms]
    trace = {
        "type": "scatter",
        "mode": "markers+text",
        "showlegend": False,
        "x": [value for value, _, _ in across],
        "y": [value for value, _, _ in up],
        "text": [arm.name for arm in arms],
        "textposition": "top right",
        "textfont": {"size": 11},
        "error_x": error_bars(across, colour("default")),
        "error_y": error_bars(up, colour("default")),
        "marker": {"size": 11, "color": colour("default")},
        "hovertemplate": "%{text}: %{x:.3f}, %{y:.4f}<extra></extra>",
    }
    plot = layout(300, x=label, y=found.metric)
    values = [end for triple in across for end in triple]
    room = 0.2 * (max(values) - min(values)) or 0.05
    plot["xaxis"]["range"] = [min(values) - room, max(values) + room]
    plot["margin"] |= {"t": 12}
    return {"data": [trace], "layout": plot}


def _or(end: float | None, value: float) -> float:
    return value if end is None else end
