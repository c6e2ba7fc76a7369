"""What several objectives show, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from adsw.metrics import digits_of
from adsw.report.format import listed, metric_number, number, plural, signed
from adsw.report.statement import GOOD, OPEN, PLAIN, WARN, Statement
from adsw.stats.interval import Interval
from sweep.view.front import NEAR, SURE, Front, FrontTrial
from sweep.view.set_words import ALIKE, order_words

MOST_NAMED = 6
"""Trials named in a sentence; of more than these it says so."""


def headline(found: Front) -> Statement:
    """The answer in a sentence: whether a trial beats the default on every objective."""
    on_all = "both objectives" if len(found.objectives) == 2 else f"all {len(found.objectives)} objectives"
    front = f"the front holds {plural(len(found.front), 'trial')}"
    if found.default is None:
        return Statement(PLAIN, f"{front.capitalize()} of {len(found.trials)}; the sweep held no default to beat.")
    tested = found.surely_ahead(tested=True)
    if tested:
        return Statement(GOOD, f"{_named(tested)} the default on {on_all}: {gaps(tested[0], found, tested=True)}.")
    sure, ahead = found.surely_ahead(), found.ahead
    if sure:
        first = max(sure, key=lambda trial: trial.dominates_default or 0.0)
        others = f" ({len(sure) - 1} more do)" if len(sure) > 1 else ""
        text = f"Trial {first.number} beats the default on {on_all}, on the queries that it was picked by"
        return Statement(OPEN, f"{text}{others}: {gaps(first, found)}.")
    if ahead:
        first = max(ahead, key=lambda trial: trial.dominates_default or 0.0)
        text = f"No trial beats the default on {on_all} for certain: trial {first.number} leads on each"
        return Statement(OPEN, f"{text}, by {gaps(first, found)}.")
    kept = "; the default is on it" if found.default.on_front else ""
    return Statement(PLAIN, f"No trial beats the default on {on_all}; {front}{kept}.")


def statements(found: Front) -> list[Statement]:
    """On the front, how sure it is, its volume, and whether there is a trade-off at all."""
    return [*_members(found), *_near(found), *_ends(found), *_volume(found), *_trade_off(found), *_untested(found)]


def gaps(trial: FrontTrial, found: Front, tested: bool = False) -> str:
    """A trial's differences to the default on every objective, with their intervals."""
    spans = trial.tested if tested else trial.to_default
    parts = []
    for k, (objective, span) in enumerate(zip(found.objectives, spans, strict=True)):
        name = found.on_test[k] if tested else objective.metric
        base = found.default.values[k] if found.default else 0.0
        parts.append(f"{name} {_gap(span, trial.values[k] - base, name)}")
    return listed(parts)


def _gap(span: Interval | None, value: float, metric: str) -> str:
    digits = digits_of(metric)
    if span is None:
        return signed(value, digits)
    return f"{signed(span.value, digits)} (95 % {signed(span.low, digits)} to {signed(span.high, digits)})"


def _named(trials: Sequence[FrontTrial]) -> str:
    if len(trials) == 1:
        return f"Trial {trials[0].number} beats"
    return f"Trials {_numbers(trials)} beat"


def _numbers(trials: Sequence[FrontTrial]) -> str:
    numbers = [trial.number for trial in trials]
    return listed(numbers) if len(numbers) <= MOST_NAMED else f"{', '.join(map(str, numbers[:MOST_NAMED]))} and more"


def _members(found: Front) -> list[Statement]:
    known = [trial for trial in found.front if trial.share is not None]
    text = f"On the front (no other trial is as good on every objective and better on one): {_numbers(found.front)}."
    if not known:
        return [Statement(OPEN, f"{text} How sure that is cannot be told: per-query results are missing.")]
    sure = [trial for trial in known if (trial.share or 0.0) >= SURE]
    if len(sure) == len(found.front):
        return [Statement(GOOD, f"{text} Each stays there in {100 * SURE:.0f} % of resamples of the tracks or more.")]
    least = min(trial.share or 0.0 for trial in known)
    which = f"only {_numbers(sure)} {'stays' if len(sure) == 1 else 'stay'}" if sure else "none stays"
    often = f"{which} there in {100 * SURE:.0f} % of resamples of the tracks"
    return [Statement(OPEN, f"{text} Of these {often}; the least sure one in {100 * least:.0f} %.")]


def _near(found: Front) -> list[Statement]:
    near = [trial for trial in found.trials if not trial.on_front and (trial.share or 0.0) >= NEAR]
    if not near:
        return []
    near.sort(key=lambda trial: -(trial.share or 0.0))
    what = f"{plural(len(near), 'trial')} off the front {'is' if len(near) == 1 else 'are'}"
    text = f"{what} on it in {100 * NEAR:.0f} % of resamples or more: {_numbers(near)}. Do not read them as beaten."
    return [Statement(OPEN, text)]


def _ends(found: Front) -> list[Statement]:
    """The best on each objective and what it gives up on the others."""
    if len(found.front) < 2:
        return []
    parts = []
    for k, objective in enumerate(found.objectives):
        pick = (max if objective.mode == "max" else min)(found.front, key=lambda trial: trial.values[k])
        values = ", ".join(
            f"{one.metric} {metric_number(one.metric, value)}"
            for one, value in zip(found.objectives, pick.values, strict=True)
        )
        parts.append(f"best on {objective.metric} is trial {pick.number} ({values})")
    text = "; ".join(parts)
    return [Statement(PLAIN, f"{text[0].upper()}{text[1:]}.")]


def _volume(found: Front) -> list[Statement]:
    if found.volume is None:
        return []
    if not found.volume:
        return [
            Statement(PLAIN, "The hypervolume beyond the default is 0: nothing is better than it on every objective.")
        ]
    span = found.volume_interval
    ends = f" (95 % over tracks {_volume_number(span.low)} to {_volume_number(span.high)})" if span else ""
    text = f"The front gains a hypervolume of {_volume_number(found.volume)} over the default{ends}"
    return [
        Statement(PLAIN, f"{text}, in units of the objectives' product; picked by the same queries, it is flattered.")
    ]


def _volume_number(value: float) -> str:
    return f"{value:.3g}"


def _trade_off(found: Front) -> list[Statement]:
    told = []
    for one, other, agreement in found.agreements:
        names = f"{found.objectives[one].metric} and {found.objectives[other].metric}"
        little = ": there is little to trade between them" if agreement.tau.value >= ALIKE else ""
        text = f"{names}: {order_words(agreement)}{little}."
        told.append(Statement(PLAIN, text))
    return told


def _untested(found: Front) -> list[Statement]:
    if found.default is None or any(trial.tested for trial in found.trials):
        return []
    text = "No trial of the front was compared with the default on test: its lead is on the queries it was picked by."
    return [Statement(WARN, text)]


def share_text(share: float | None) -> str:
    """A share of resamples.

    >>> share_text(0.934), share_text(None)
    ('93 %', '–')
    """
    return "–" if share is None else f"{number(100 * share, 0)} %"
