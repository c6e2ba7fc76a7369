"""Scatters of one evaluation set against another, as Plotly's JSON (see `plots`)."""

from __future__ import annotations

from sweep.view.drawing import LABELS, PARTS, SIZES, SYMBOLS, Figure, colour, layout
from sweep.view.set_agreement import AgreementOfSets

MOST_PANELS = 4


def set_figures(found: AgreementOfSets | None) -> dict[str, Figure]:
    """The objective's set against each of the first others."""
    if found is None:
        return {}
    others = [name for name in found.sets if name != found.own][:MOST_PANELS]
    return {f"sets-{index}": set_scatter(found, other) for index, other in enumerate(others)}


def set_scatter(found: AgreementOfSets, other: str) -> Figure:
    """Every trial, or arm, by its values on two sets."""
    data = []
    for part in PARTS:
        units = [u for u in found.units if u.part == part and found.own in u.values and other in u.values]
        if not units:
            continue
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": LABELS[part] if found.noun == "trial" else part,
                "showlegend": False,
                "x": [round(unit.values[found.own], 6) for unit in units],
                "y": [round(unit.values[other], 6) for unit in units],
                "customdata": [[unit.label] for unit in units],
                "marker": {
                    "symbol": SYMBOLS[part],
                    "size": SIZES.get(part, 9),
                    "color": colour(part),
                    "line": {"width": 1.2, "color": colour("paper")},
                },
                "hovertemplate": "%{customdata[0]}: %{x:.4f}, %{y:.4f}<extra></extra>",
            }
        )
    plot = layout(320, x=f"{found.own}/{found.measure}", y=f"{other}/{found.measure}")
    plot["margin"] |= {"t": 12}
    return {"data": data, "layout": plot}
