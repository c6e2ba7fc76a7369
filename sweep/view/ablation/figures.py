"""The figures of an ablation, as Plotly's JSON (see `plots`)."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from adsw.report.format import short_names
from adsw.stats.bootstrap import Interval
from sweep.view.ablation.design import Design
from sweep.view.ablation.results import Ablation, SplitResults
from sweep.view.ablation.text import effect_name, side_of
from sweep.view.drawing import Figure, colour, error_bars, interval_marks, layout, row_axis, zero_axis

_INKS = {"better": "good", "worse": "warn", "open": "completed"}
_WORDS = {"better": "decided: better", "worse": "decided: worse", "open": "undecided"}
MOST_PANELS = 3
"""Interactions drawn; the table holds all."""


def ablation_figures(found: Ablation | None) -> dict[str, Figure]:
    """Every figure of the section by the id of its place."""
    if found is None:
        return {}
    figures = {"ablation-arms": arm_scores(found), "ablation-forest": forest(found)}
    if found.design is not None and found.primary.effects:
        figures["ablation-effects"] = effects_forest(found, found.design)
        for index, panel in enumerate(interaction_panels(found, found.design)):
            figures[f"ablation-interaction-{index}"] = panel
    return figures


def arm_scores(found: Ablation) -> Figure:
    """Every replicate as a dot, and each arm's mean with its interval over seeds."""
    split = found.primary
    order = [score.name for score in split.arms]
    dots = {
        "type": "scatter",
        "mode": "markers",
        "name": "one replicate",
        "x": [value for score in split.arms for value in score.values],
        "y": [row + 0.18 for row, score in enumerate(split.arms) for _ in score.values],
        "customdata": [[seed] for score in split.arms for seed in score.seeds],
        "marker": {"size": 7, "color": colour("completed"), "opacity": 0.65},
        "hovertemplate": "seed %{customdata[0]}: %{x:.4f}<extra></extra>",
    }
    means = {
        "type": "scatter",
        "mode": "markers",
        "name": "mean, 95 % over seeds",
        "x": [score.value for score in split.arms],
        "y": [row - 0.1 for row in range(len(order))],
        "error_x": error_bars([_triple(score.mean, score.value) for score in split.arms], colour("default")),
        "marker": {"size": 11, "color": colour("default")},
        "hovertemplate": "mean %{x:.4f}<extra></extra>",
    }
    plot = layout(110 + 46 * len(order), x=split.metric.full)
    plot["yaxis"] |= row_axis([_broken(name) for name in order])
    return {"data": [dots, means], "layout": plot}


def forest(found: Ablation) -> Figure:
    """Each arm minus the reference arm: the interval over seeds, and the one over seeds and query tracks."""
    split = found.primary
    rows = list(enumerate(split.comparisons))
    data = []
    wide = [(row, one.tracks) for row, one in rows if one.tracks is not None]
    if wide:
        over = "over seeds and query tracks" if found.replicates > 1 else "over query tracks"
        data.append(_bars([span for _, span in wide], [row + 0.16 for row, _ in wide], over, "completed", 7, "square"))
    for side, ink in _INKS.items():
        shown = [(row, one.over_seeds) for row, one in rows if one.over_seeds and side_of(one, split) == side]
        if shown:
            spans = [span for _, span in shown]
            name = f"over seeds, {_WORDS[side]}"
            data.append(_bars(spans, [row - 0.1 for row, _ in shown], name, ink, 11, "circle"))
    plot = layout(120 + 46 * len(rows), x=f"difference to {found.reference}, {split.metric.full}")
    plot["yaxis"] |= row_axis([_broken(one.name) for one in split.comparisons])
    over_seeds = [one.over_seeds for one in split.comparisons if one.over_seeds]
    plot["xaxis"] |= zero_axis([*over_seeds, *(span for _, span in wide)])
    return {"data": data, "layout": plot}


def effects_forest(found: Ablation, design: Design) -> Figure:
    """Main effects and interactions with their intervals over seeds."""
    names = short_names(factor.name for factor in design.factors)
    data = []
    for decided, ink in ((True, "default"), (False, "completed")):
        shown = [(row, effect) for row, (effect, call) in enumerate(found.primary.effects) if call.decided == decided]
        if shown:
            spans = [effect.pairing.difference for _, effect in shown]
            name = "decided" if decided else "undecided"
            data.append(_bars(spans, [float(row) for row, _ in shown], name, ink, 11, "circle"))
    labels = [effect_name(effect, names).replace(" × ", " ×<br>") for effect, _ in found.primary.effects]
    plot = layout(110 + 46 * len(labels), x=f"effect on {found.primary.metric.full}")
    plot["yaxis"] |= row_axis(labels)
    plot["xaxis"] |= zero_axis([effect.pairing.difference for effect, _ in found.primary.effects])
    return {"data": data, "layout": plot}


def interaction_panels(found: Ablation, design: Design) -> list[Figure]:
    """For pairs of factors: the mean at each combination of levels; lines that are not parallel interact."""
    pairs = list(combinations(range(len(design.factors)), 2))[:MOST_PANELS]
    return [_interaction(found.primary, design, one, other) for one, other in pairs]


def _interaction(split: SplitResults, design: Design, one: int, other: int) -> Figure:
    names = short_names(factor.name for factor in design.factors)
    across, within = design.factors[one], design.factors[other]
    scores = {score.name: score.value for score in split.arms}
    values = np.array([scores[arm.name] for arm in design.arms])
    data = []
    for high, ink, dash in ((False, "default", "solid"), (True, "best", "dash")):
        chosen = design.levels[:, other] == high
        points = [float(values[chosen & (design.levels[:, one] == level)].mean()) for level in (False, True)]
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": f"{names[within.name]}: {within.high if high else within.low}",
                "x": [_lines(across.low), _lines(across.high)],
                "y": points,
                "line": {"color": colour(ink), "width": 3, "dash": dash},
                "marker": {"size": 9, "color": colour(ink)},
                "hovertemplate": "%{y:.4f}<extra></extra>",
            }
        )
    plot = layout(320, x=names[across.name], y=split.metric.full)
    plot["xaxis"] |= {"type": "category", "range": [-0.35, 1.35]}
    plot["legend"] |= {"orientation": "v"}
    plot["margin"] |= {"t": 64}
    return {"data": data, "layout": plot}


def _bars(spans: list[Interval], rows: list[float], name: str, ink: str, size: int, symbol: str) -> Figure:
    triples = [(span.value, span.low, span.high) for span in spans]
    return interval_marks(triples, rows, name, ink, "+.4f", size, symbol)


def _triple(span: Interval | None, value: float) -> tuple[float, float, float]:
    return (value, value, value) if span is None else (span.value, span.low, span.high)


def _lines(level: str) -> str:
    """A level of several settings, a line each."""
    return level.replace(", ", ",<br>")


def _broken(name: str) -> str:
    """A long name of an arm and its values in two lines."""
    return name.replace(": ", ":<br>", 1) if len(name) > 16 else name
