"""The front of several objectives in plain words, as a table and as figures; its section."""

from __future__ import annotations

from collections.abc import Sequence

from adsw.metrics import digits_of
from adsw.report.format import listed, metric_number, number, plural, signed
from adsw.report.section import Block, Paragraph, Part, Plot, Section
from adsw.report.statement import GOOD, OPEN, PLAIN, WARN, Statement
from adsw.report.table import Cell, Column, TableModel, exact_cell, figure
from adsw.stats.interval import Interval
from sweep.report.data import gap_cell, gap_text
from sweep.report.drawing import Figure, colour, error_bars, layout, triple
from sweep.report.evaluation_sets import ALIKE, order_words
from sweep.report.front import NEAR, SURE, Front, FrontTrial

MOST_NAMED = 6
"""Most trials named in a sentence, which says if there are more."""
MOST_ROWS = 40
"""Most rows shown; the CSV file holds all trials."""
CLEAR_BARS = 12
"""With more trials than these, only those on the front and the default have bars."""


def headline(front: Front) -> Statement:
    """Return the answer in a sentence: whether a trial beats the default on every objective."""
    on_all = "both objectives" if len(front.objectives) == 2 else f"all {len(front.objectives)} objectives"
    size = f"the front holds {plural(len(front.front), 'trial')}"
    if front.default is None:
        return Statement(PLAIN, f"{size.capitalize()} of {len(front.trials)}; the sweep held no default to beat.")
    tested = front.surely_ahead(tested=True)
    if tested:
        return Statement(GOOD, f"{_named(tested)} the default on {on_all}: {gaps(tested[0], front, tested=True)}.")
    sure, ahead = front.surely_ahead(), front.ahead
    if sure:
        first = max(sure, key=lambda trial: trial.dominates_default or 0.0)
        others = f" ({len(sure) - 1} more do)" if len(sure) > 1 else ""
        text = f"Trial {first.number} beats the default on {on_all}, on the queries that it was picked by"
        return Statement(OPEN, f"{text}{others}: {gaps(first, front)}.")
    if ahead:
        first = max(ahead, key=lambda trial: trial.dominates_default or 0.0)
        text = f"No trial beats the default on {on_all} for certain: trial {first.number} leads on each"
        return Statement(OPEN, f"{text}, by {gaps(first, front)}.")
    kept = "; the default is on it" if front.default.on_front else ""
    return Statement(PLAIN, f"No trial beats the default on {on_all}; {size}{kept}.")


def statements(front: Front) -> list[Statement]:
    """Return sentences on the front, how sure it is, its volume, and whether there is a trade-off at all."""
    return [*_members(front), *_near(front), *_ends(front), *_volume(front), *_trade_off(front), *_untested(front)]


def gaps(trial: FrontTrial, front: Front, tested: bool = False) -> str:
    """Return a trial's differences to the default on every objective with their intervals, as text.

    Args:
        trial: the trial.
        front: the front it is taken from.
        tested: whether to take the differences on test instead of those on the objectives' sets.
    """
    spans = trial.tested if tested else trial.to_default
    parts = []
    for k, (objective, span) in enumerate(zip(front.objectives, spans, strict=True)):
        name = front.on_test[k] if tested else objective.metric
        base = front.default.values[k] if front.default else 0.0
        parts.append(f"{name} {_gap(span, trial.values[k] - base, name)}")
    return listed(parts)


def _gap(span: Interval | None, value: float, metric: str) -> str:
    return signed(value, digits_of(metric)) if span is None else gap_text(span, metric)


def _named(trials: Sequence[FrontTrial]) -> str:
    if len(trials) == 1:
        return f"Trial {trials[0].number} beats"
    return f"Trials {_numbers(trials)} beat"


def _numbers(trials: Sequence[FrontTrial]) -> str:
    numbers = [trial.number for trial in trials]
    return listed(numbers) if len(numbers) <= MOST_NAMED else f"{', '.join(map(str, numbers[:MOST_NAMED]))} and more"


def _members(front: Front) -> list[Statement]:
    known = [trial for trial in front.front if trial.share is not None]
    text = f"On the front (no other trial is as good on every objective and better on one): {_numbers(front.front)}."
    if not known:
        return [Statement(OPEN, f"{text} How sure that is cannot be told: per-query results are missing.")]
    sure = [trial for trial in known if (trial.share or 0.0) >= SURE]
    if len(sure) == len(front.front):
        return [Statement(GOOD, f"{text} Each stays there in {100 * SURE:.0f} % of resamples of the tracks or more.")]
    least = min(trial.share or 0.0 for trial in known)
    which = f"only {_numbers(sure)} {'stays' if len(sure) == 1 else 'stay'}" if sure else "none stays"
    often = f"{which} there in {100 * SURE:.0f} % of resamples of the tracks"
    return [Statement(OPEN, f"{text} Of these {often}; the least sure one in {100 * least:.0f} %.")]


def _near(front: Front) -> list[Statement]:
    near = [trial for trial in front.trials if not trial.on_front and (trial.share or 0.0) >= NEAR]
    if not near:
        return []
    near.sort(key=lambda trial: -(trial.share or 0.0))
    what = f"{plural(len(near), 'trial')} off the front {'is' if len(near) == 1 else 'are'}"
    text = f"{what} on it in {100 * NEAR:.0f} % of resamples or more: {_numbers(near)}. Do not read them as beaten."
    return [Statement(OPEN, text)]


def _ends(front: Front) -> list[Statement]:
    """Name the best trial on each objective, with its values on all of them."""
    if len(front.front) < 2:
        return []
    parts = []
    for k, objective in enumerate(front.objectives):
        pick = (max if objective.mode == "max" else min)(front.front, key=lambda trial: trial.values[k])
        values = ", ".join(
            f"{shown.metric} {metric_number(shown.metric, value)}"
            for shown, value in zip(front.objectives, pick.values, strict=True)
        )
        parts.append(f"best on {objective.metric} is trial {pick.number} ({values})")
    text = "; ".join(parts)
    return [Statement(PLAIN, f"{text[0].upper()}{text[1:]}.")]


def _volume(front: Front) -> list[Statement]:
    if front.volume is None:
        return []
    if not front.volume:
        return [
            Statement(PLAIN, "The hypervolume beyond the default is 0: nothing is better than it on every objective.")
        ]
    span = front.volume_interval
    ends = f" (95 % over tracks {_volume_number(span.low)} to {_volume_number(span.high)})" if span else ""
    text = f"The front gains a hypervolume of {_volume_number(front.volume)} over the default{ends}"
    return [
        Statement(PLAIN, f"{text}, in units of the objectives' product; picked by the same queries, it is flattered.")
    ]


def _volume_number(value: float) -> str:
    return f"{value:.3g}"


def _trade_off(front: Front) -> list[Statement]:
    sentences = []
    for one, other, agreement in front.agreements:
        names = f"{front.objectives[one].metric} and {front.objectives[other].metric}"
        little = ": there is little to trade between them" if agreement.tau.value >= ALIKE else ""
        text = f"{names}: {order_words(agreement)}{little}."
        sentences.append(Statement(PLAIN, text))
    return sentences


def _untested(front: Front) -> list[Statement]:
    if front.default is None or any(trial.tested for trial in front.trials):
        return []
    text = "No trial of the front was compared with the default on test: its lead is on the queries it was picked by."
    return [Statement(WARN, text)]


def share_text(share: float | None) -> str:
    """Return a share of resamples in per cent, as text.

    >>> share_text(0.934), share_text(None)
    ('93 %', '–')
    """
    return "–" if share is None else f"{number(100 * share, 0)} %"


def front_section(front: Front, name: str) -> Section:
    """Return the section: the first objective against each other, and the trials on and near the front."""
    drawn = ", drawn for the front and the default" if len(front.trials) > CLEAR_BARS else ""
    caption = (
        f"Every completed trial. Bars are 95 % intervals over tracks{drawn}, of each trial by itself: differences on "
        "the same tracks, in the table, are surer. Grey trials are the darker the more often they are on the front in "
        "resamples."
    )
    plots = tuple(
        Plot(
            f"front-{other}",
            front_scatter(front, 0, other),
            "Trials by two objectives",
            caption if other == 1 else "",
        )
        for other in range(1, len(front.objectives))
    )
    table = front_table(front, name)
    intro = (
        "A trial is on the front if no other completed trial is as good on every objective and better on one. "
        "Intervals are 95 % percentile bootstraps over tracks, the same resampled tracks for all trials; the share "
        "says in how many of these resamples a trial is on the front, and so how far it can be read."
    )
    below = (
        f"Trials on the front, the default, and those that are on it in 10 % of resamples or more; the file holds all "
        f"{len(front.trials)}. The last two columns are shares of paired resamples."
    )
    blocks: tuple[Block, ...] = (*plots, Part("", (table, Paragraph(below, "small"))))
    return Section("front", "Several objectives", blocks, intro, label="Front")


def front_table(front: Front, name: str) -> TableModel:
    """Return the table of the trials on and near the front and of the default; its file holds all trials."""
    heads = [
        column
        for objective in front.objectives
        for column in (
            Column(objective.metric, ends=objective.metric),
            Column("to default", field=f"{objective.metric} minus default"),
        )
    ]
    return TableModel(
        name="front",
        title="The front",
        caption=(
            f"Trials of {name} that no other completed trial beats on every objective, the default, and those near "
            "the front. 95 % intervals over tracks; the share says in how many resamples of the tracks a trial is on "
            "the front."
        ),
        columns=(
            Column("trial", left=True),
            Column("arm", only="file"),
            Column("on front", only="file"),
            *heads,
            Column("on the front", field="share of resamples"),
            Column("ahead of the default on all", field="ahead of default"),
        ),
        rows=tuple(_row(trial, front) for trial in _shown(front)),
        every=tuple(_row(trial, front) for trial in front.trials),
    )


def _shown(front: Front) -> list[FrontTrial]:
    near = sorted(
        (trial for trial in front.trials if not trial.on_front and not trial.is_default and (trial.share or 0) >= NEAR),
        key=lambda trial: -(trial.share or 0.0),
    )
    default = [front.default] if front.default is not None and not front.default.on_front else []
    return [*front.front, *default, *near][:MOST_ROWS]


def _row(trial: FrontTrial, front: Front) -> tuple[Cell, ...]:
    badge = "default" if trial.is_default else "front" if trial.on_front else ""
    figures = [
        cell
        for objective, value, span, gap in zip(
            front.objectives, trial.values, trial.intervals, trial.to_default, strict=True
        )
        for cell in (figure(objective.metric, value, span), gap_cell(gap, objective.metric, objective.mode))
    ]
    return (
        Cell(str(trial.number), badges=(badge,) if badge else (), row="default" if trial.is_default else ""),
        exact_cell(trial.arm),
        exact_cell(trial.on_front),
        *figures,
        Cell(share_text(trial.share), exact=trial.share),
        Cell(share_text(trial.dominates_default), exact=trial.dominates_default),
    )


def front_scatter(front: Front, across: int, up: int) -> Figure:
    """Draw every completed trial by two objectives, with 95 % intervals on both.

    With two objectives in all, the front is drawn as a staircase too.
    """
    others = [trial for trial in front.trials if not trial.on_front and not trial.is_default]
    members = [trial for trial in front.front if not trial.is_default]
    default = [front.default] if front.default is not None else []
    # With more objectives the front's trials need not bound anything in the plane of two of them.
    data = [_staircase(front, across, up)] if len(front.objectives) == 2 else []
    groups = (
        (others, "completed", "other completed trials", "circle", 8, len(front.trials) <= CLEAR_BARS),
        (members, "best", "on the front", "circle", 11, True),
        (default, "default", _default_label(front), "diamond", 13, True),
    )
    data += [
        _marks(trials, across, up, ink, name, symbol, size, bars)
        for trials, ink, name, symbol, size, bars in groups
        if trials
    ]
    plot = layout(460, x=front.objectives[across].metric, y=front.objectives[up].metric)
    return {"data": data, "layout": plot}


def _default_label(front: Front) -> str:
    on_front = front.default is not None and front.default.on_front
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
            trace[axis] = {
                **error_bars([triple(trial.values[k], trial.intervals[k]) for trial in trials], colour(ink)),
                **thin,
            }
    return trace


def _staircase(front: Front, across: int, up: int) -> Figure:
    """Return the line that bounds what the front dominates."""
    points = sorted((trial.values[across], trial.values[up]) for trial in front.front)
    higher = front.objectives[across].mode == "max"
    return {
        "type": "scatter",
        "mode": "lines",
        "showlegend": False,
        "hoverinfo": "skip",
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "line": {"color": colour("best"), "width": 1.5, "dash": "dot", "shape": "vh" if higher else "hv"},
    }
