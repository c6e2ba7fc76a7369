"""An ablation as a section of the report: its tables and figures, and how to read them."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from adsw.report.format import aim, plural, short_names
from adsw.report.page import Figure
from adsw.report.section import Beside, Block, Fold, Paragraph, Part, Plot, Section
from adsw.stats.interval import Interval
from sweep.report.ablation.design import Design, Sequential
from sweep.report.ablation.judged import judged_table
from sweep.report.ablation.results import Ablation, SplitResults
from sweep.report.ablation.tables import (
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
from sweep.report.drawing import colour, error_bars, interval_marks, layout, row_axis, triple, zero_axis

_INKS = {"better": "good", "worse": "warn", "open": "completed"}
_WORDS = {"better": "decided: better", "worse": "decided: worse", "open": "undecided"}
MOST_PANELS = 3
"""Most interactions drawn; the table holds all."""
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def ablation_section(ablation: Ablation, name: str, metric: str) -> Section:
    """Return the section of an ablation.

    Args:
        ablation: what was computed.
        name: of the run.
        metric: its objective.
    """
    shown = (*ablation.splits, *([ablation.beside] if ablation.beside else []))
    arms = [arm_table(split, ablation, name) for split in shown]
    epochs = judged_table(ablation.epochs, ablation.judged_at, metric, name)
    budgets = ablation.budgets
    sequential, gaps = ablation.primary.sequential, gap_table(ablation, name)
    blocks: list[Block] = [
        Beside(_plots(ablation)),
        *(Part(table.title, (table,)) for table in arms),
        *([Part(epochs.title, (epochs,), epochs.caption)] if epochs.rows else []),
        *([Part(budgets.title, (budgets,), budgets.caption)] if budgets and budgets.rows else []),
        *files_of_arms(ablation),
        step_table(ablation, name),
        *([_looks(ablation, sequential, name)] if sequential else []),
        *tuning_tables(ablation, metric, name),
        *([_effects(ablation, ablation.design, name)] if ablation.design and ablation.primary.effects else []),
        *([] if sequential else [needed_table(ablation, name)]),
        *([Fold(gaps.title, (gaps,))] if gaps.rows else []),
    ]
    return Section("ablation", "Ablation", tuple(blocks), _intro(ablation))


def _intro(ablation: Ablation) -> str:
    """Describe how many seeds the arms were trained with and what they are compared with."""
    sequential, reference = ablation.primary.sequential, f"Reference: {ablation.reference}."
    until = f"Arms got replicates until they were decided, {sequential.most} at most. " if sequential else ""
    seeds = f"{until}Each arm was trained with {'at least ' if sequential else ''}{plural(ablation.replicates, 'seed')}"
    if ablation.replicates < 2:
        return f"{seeds}, so nothing here covers what another seed would change. {reference}"
    shared = "arms of one replicate share the seed, so differences are paired"
    return f"{seeds}; {shared}. {reference} {aim(ablation.primary.metric.full, ablation.primary.mode)}."


def _plots(ablation: Ablation) -> tuple[Plot, ...]:
    """Return the figures of the scores and of the differences."""
    minus = (
        f"Each arm minus {ablation.reference}. An interval that crosses the line leaves the question open; the grey one"
    )
    return (
        Plot(
            "ablation-arms",
            arm_scores(ablation),
            "Every replicate and the mean of each arm",
            "Every replicate, and each arm's mean with its 95 % interval over seeds.",
        ),
        Plot(
            "ablation-forest",
            forest(ablation),
            "Difference of each arm to the reference",
            f"{minus} covers the choice of query tracks too.",
        ),
    )


def _looks(ablation: Ablation, sequential: Sequential, name: str) -> Part:
    """Return the part with the decisions at the looks, a table per split."""
    blocks: list[Block] = []
    for split in ablation.splits:
        by = f"{split.metric.full}, by which replicates were added" if split is ablation.added_by else split.metric.full
        blocks += [Paragraph(by, "small")] if len(ablation.splits) > 1 else []
        blocks += [look_table(split, split.sequential, name)] if split.sequential else []
    text = (
        f"Looks at {', '.join(map(str, sequential.plan))} replicates. Each look spends a part of the 5 %, little at "
        f"first; {100 * sum(sequential.spent):.1f} % over all of them. The sequential p-value holds at all looks "
        "together; its interval is the repeated one, at the level of the look that judged."
    )
    return Part("When it was decided", tuple(blocks), text)


def _effects(ablation: Ablation, design: Design, name: str) -> Part:
    """Return the part with the factorial effects: figures and table."""
    power = str(len(design.factors)).translate(_RAISED)
    text = (
        f"The arms are a full 2{power} design: {design.words}. A main effect is the mean of all arms with the factor "
        "changed minus that of all without; an interaction of two is half of what one changes in the effect of the "
        "other."
    )
    effects = Plot(
        "ablation-effects",
        effects_forest(ablation, design),
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
        for place, panel in enumerate(interaction_panels(ablation, design))
    ]
    table = effect_table(ablation, design, name)
    return Part(table.title, (Beside((effects, *panels)), table), text)


def arm_scores(ablation: Ablation) -> Figure:
    """Draw every replicate as a dot, and each arm's mean with its interval over seeds."""
    split = ablation.primary
    order = [score.name for score in split.arms]
    dots = {
        "type": "scatter",
        "mode": "markers",
        "name": "one replicate",
        "x": [value for score in split.arms for value in score.values],
        # Dots and means are shifted apart, so that neither hides the other.
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
        "error_x": error_bars([triple(score.value, score.mean) for score in split.arms], colour("default")),
        "marker": {"size": 11, "color": colour("default")},
        "hovertemplate": "mean %{x:.4f}<extra></extra>",
    }
    plot = layout(110 + 46 * len(order), x=split.metric.full)
    plot["yaxis"] |= row_axis([_broken(name) for name in order])
    return {"data": [dots, means], "layout": plot}


def forest(ablation: Ablation) -> Figure:
    """Draw each arm minus the reference arm with its interval over seeds, and that over seeds and query tracks."""
    split = ablation.primary
    rows = list(enumerate(split.comparisons))
    data = []
    wide = [(row, comparison.tracks) for row, comparison in rows if comparison.tracks is not None]
    if wide:
        over = "over seeds and query tracks" if ablation.replicates > 1 else "over query tracks"
        data.append(_bars([span for _, span in wide], [row + 0.16 for row, _ in wide], over, "completed", 7, "square"))
    for side, ink in _INKS.items():
        shown = [
            (row, comparison.over_seeds)
            for row, comparison in rows
            if comparison.over_seeds and side_of(comparison, split) == side
        ]
        if shown:
            spans = [span for _, span in shown]
            name = f"over seeds, {_WORDS[side]}"
            data.append(_bars(spans, [row - 0.1 for row, _ in shown], name, ink, 11, "circle"))
    plot = layout(120 + 46 * len(rows), x=f"difference to {ablation.reference}, {split.metric.full}")
    plot["yaxis"] |= row_axis([_broken(comparison.name) for comparison in split.comparisons])
    over_seeds = [comparison.over_seeds for comparison in split.comparisons if comparison.over_seeds]
    plot["xaxis"] |= zero_axis([*over_seeds, *(span for _, span in wide)])
    return {"data": data, "layout": plot}


def effects_forest(ablation: Ablation, design: Design) -> Figure:
    """Draw main effects and interactions with their intervals over seeds."""
    names = short_names(factor.name for factor in design.factors)
    data = []
    for decided, ink in ((True, "default"), (False, "completed")):
        shown = [
            (row, effect) for row, (effect, call) in enumerate(ablation.primary.effects) if call.decided == decided
        ]
        if shown:
            spans = [effect.pairing.difference for _, effect in shown]
            name = "decided" if decided else "undecided"
            data.append(_bars(spans, [float(row) for row, _ in shown], name, ink, 11, "circle"))
    labels = [effect_name(effect, names).replace(" × ", " ×<br>") for effect, _ in ablation.primary.effects]
    plot = layout(110 + 46 * len(labels), x=f"effect on {ablation.primary.metric.full}")
    plot["yaxis"] |= row_axis(labels)
    plot["xaxis"] |= zero_axis([effect.pairing.difference for effect, _ in ablation.primary.effects])
    return {"data": data, "layout": plot}


def interaction_panels(ablation: Ablation, design: Design) -> list[Figure]:
    """Draw the means at each combination of levels, a panel for each of the first pairs of factors."""
    pairs = list(combinations(range(len(design.factors)), 2))[:MOST_PANELS]
    return [_interaction(ablation.primary, design, first, second) for first, second in pairs]


def _interaction(split: SplitResults, design: Design, first: int, second: int) -> Figure:
    """Draw the means of one pair of factors: the first across, a line for each level of the second."""
    names = short_names(factor.name for factor in design.factors)
    across, within = design.factors[first], design.factors[second]
    scores = {score.name: score.value for score in split.arms}
    values = np.array([scores[arm.name] for arm in design.arms])
    data = []
    for high, ink, dash in ((False, "default", "solid"), (True, "best", "dash")):
        chosen = design.levels[:, second] == high
        points = [float(values[chosen & (design.levels[:, first] == level)].mean()) for level in (False, True)]
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
    """Draw intervals as horizontal bars."""
    triples = [(span.value, span.low, span.high) for span in spans]
    return interval_marks(triples, rows, name, ink, "+.4f", size, symbol)


def _lines(level: str) -> str:
    """Break a level of several settings into a line each."""
    return level.replace(", ", ",<br>")


def _broken(name: str) -> str:
    """Break a long name of an arm before its values."""
    return name.replace(": ", ":<br>", 1) if len(name) > 16 else name
