"""An ablation as a section of the report: its tables and figures, and how to read them."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from adsw.report.format import plural, short_names
from adsw.report.page import Figure
from adsw.report.section import Beside, Block, Fold, Paragraph, Part, Plot, Section
from adsw.stats.interval import Interval
from sweep.report.ablation.design import Design, Sequential
from sweep.report.ablation.results import Ablation, SplitResults
from sweep.report.ablation.tables import (
    aim,
    arm_table,
    effect_table,
    files_of_arms,
    gap_table,
    look_table,
    needed_table,
    step_table,
    tuning_tables,
)
from sweep.report.ablation.text import effect_name, side_of
from sweep.report.drawing import colour, error_bars, interval_marks, layout, row_axis, zero_axis

_INKS = {"better": "good", "worse": "warn", "open": "completed"}
_WORDS = {"better": "decided: better", "worse": "decided: worse", "open": "undecided"}
MOST_PANELS = 3
"""Interactions drawn; the table holds all."""
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def ablation_section(found: Ablation, name: str, metric: str) -> Section:
    """Return the section of an ablation.

    Args:
        found: what was computed.
        name: of the run.
        metric: its objective.
    """
    arms = [arm_table(split, found, name) for split in found.splits]
    looked, gaps = found.primary.sequential, gap_table(found, name)
    blocks: list[Block] = [
        Beside(_plots(found)),
        *(Part(table.title, (table,)) for table in arms),
        *files_of_arms(found),
        step_table(found, name),
        *([_looks(found, looked, name)] if looked else []),
        *tuning_tables(found, metric, name),
        *([_effects(found, found.design, name)] if found.design and found.primary.effects else []),
        *([] if looked else [needed_table(found, name)]),
        *([Fold(gaps.title, (gaps,))] if gaps.rows else []),
    ]
    return Section("ablation", "Ablation", tuple(blocks), _intro(found))


def _intro(found: Ablation) -> str:
    looked, reference = found.primary.sequential, f"Reference: {found.reference}."
    until = f"Arms got replicates until they were decided, {looked.most} at most. " if looked else ""
    seeds = f"{until}Each arm was trained with {'at least ' if looked else ''}{plural(found.replicates, 'seed')}"
    if found.replicates < 2:
        return f"{seeds}, so nothing here covers what another seed would change. {reference}"
    shared = "arms of one replicate share the seed, so differences are paired"
    return f"{seeds}; {shared}. {reference} {aim(found.primary)}."


def _plots(found: Ablation) -> tuple[Plot, ...]:
    minus = (
        f"Each arm minus {found.reference}. An interval that crosses the line leaves the question open; the grey one"
    )
    return (
        Plot(
            "ablation-arms",
            arm_scores(found),
            "Every replicate and the mean of each arm",
            "Every replicate, and each arm's mean with its 95 % interval over seeds.",
        ),
        Plot(
            "ablation-forest",
            forest(found),
            "Difference of each arm to the reference",
            f"{minus} covers the choice of query tracks too.",
        ),
    )


def _looks(found: Ablation, looked: Sequential, name: str) -> Part:
    blocks: list[Block] = []
    for split in found.splits:
        by = f"{split.metric.full}, by which replicates were added" if split is found.added_by else split.metric.full
        blocks += [Paragraph(by, "small")] if len(found.splits) > 1 else []
        blocks += [look_table(split, split.sequential, name)] if split.sequential else []
    text = (
        f"Looks at {', '.join(map(str, looked.plan))} replicates. Each look spends a part of the 5 %, little at first; "
        f"{100 * sum(looked.spent):.1f} % over all of them. The sequential p-value holds at all looks together; its "
        "interval is the repeated one, at the level of the look that judged."
    )
    return Part("When it was decided", tuple(blocks), text)


def _effects(found: Ablation, design: Design, name: str) -> Part:
    power = str(len(design.factors)).translate(_RAISED)
    text = (
        f"The arms are a full 2{power} design: {design.words}. A main effect is the mean of all arms with the factor "
        "changed minus that of all without; an interaction of two is half of what one changes in the effect of the "
        "other."
    )
    effects = Plot(
        "ablation-effects",
        effects_forest(found, design),
        "Main effects and interactions",
        "Effects with 95 % intervals over seeds, replicates as blocks.",
    )
    panels = [
        Plot(
            f"ablation-interaction-{place}",
            panel,
            "Means at each combination of levels",
            "" if place else "Means at each combination; lines that are not parallel interact.",
        )
        for place, panel in enumerate(interaction_panels(found, design))
    ]
    table = effect_table(found, design, name)
    return Part(table.title, (Beside((effects, *panels)), table), text)


def arm_scores(found: Ablation) -> Figure:
    """Draw every replicate as a dot, and each arm's mean with its interval over seeds."""
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
    """Draw each arm minus the reference arm: the interval over seeds, and the one over seeds and query tracks."""
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
    """Write a level of several settings, a line each."""
    return level.replace(", ", ",<br>")


def _broken(name: str) -> str:
    """Write a long name of an arm and its values in two lines."""
    return name.replace(": ", ":<br>", 1) if len(name) > 16 else name
