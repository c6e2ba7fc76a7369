"""Shades of the objective: the page's faintest for the worst value, its strongest for the best."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

STEPS = 7
"""The page has the colours --s0 to --s6, of a multi-hue sequence that colour-blind readers can tell apart."""


@dataclass(frozen=True, slots=True)
class Shades:
    """A scale of the objective over the trials of a run."""

    low: float
    high: float
    mode: str

    @classmethod
    def of(cls, values: Iterable[float | None], mode: str) -> Shades:
        """Return the scale that spans these values, or 0 to 1 if there is none."""
        known = [value for value in values if value is not None]
        return cls(min(known, default=0.0), max(known, default=1.0), mode)

    def of_value(self, value: float | None) -> str:
        """Return the shade of a value, or the page's muted ink if there is none."""
        if value is None:
            return "var(--muted)"
        span = self.high - self.low
        # If all values are the same, all are the best.
        share = (value - self.low) / span if span > 0 else 1.0
        if self.mode == "min":
            share = 1.0 - share
        return f"var(--s{min(STEPS - 1, max(0, int(share * STEPS)))})"

    def colour_bar(self, title: str) -> dict[str, Any]:
        """Return a trace that draws only the scale's bar."""
        steps = [f"var(--s{index})" for index in range(STEPS)]
        if self.mode == "min":
            steps.reverse()
        # Each shade begins and ends a stop, so that the bar shows steps and no gradient.
        stops = [[place, shade] for i, shade in enumerate(steps) for place in (i / STEPS, (i + 1) / STEPS)]
        return {
            "type": "scatter",
            "mode": "markers",
            # Plotly draws the bar of a trace without points too.
            "x": [None],
            "y": [None],
            "showlegend": False,
            "hoverinfo": "skip",
            "marker": {
                "color": [self.low],
                "cmin": self.low,
                "cmax": self.high,
                "colorscale": stops,
                "showscale": True,
                "colorbar": {
                    "title": {"text": title, "side": "right", "font": {"size": 12}},
                    "thickness": 12,
                    "len": 0.9,
                    "outlinewidth": 0,
                    "tickfont": {"size": 11},
                },
            },
        }
