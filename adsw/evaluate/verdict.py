"""The verdict on a checkpoint: what it finds, against chance and a look-up, how sure, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from adsw.evaluate.baselines import Against
from adsw.evaluate.report import FullReport
from adsw.report.format import kept_digits, percent
from adsw.report.opening import Bar, Opening, Picture, Step
from adsw.report.statement import GOOD, OPEN, WARN, Statement
from adsw.stats.interval import Interval

METRIC = "R@10"
SMALL_POOL = 20
"""Tracks below which retrieval figures mean nothing."""
HOPELESS = 2.0
"""Times chance below which hardly anything was learnt."""


def opening_of(reports: Sequence[FullReport], checkpoint: str) -> Opening:
    """Return the verdict on a checkpoint, by the first set."""
    first = reports[0]
    part = first.figures.directions["t2m"]
    figure = part.figures[METRIC]
    span, times = figure.interval, figure.interval.value / figure.chance if figure.chance else 0.0
    found = f"{percent(span.value)} % of texts have their track among the first 10"
    against = f"{times:.0f} times chance" if times >= 10 else f"{times:.1f} times chance"
    if part.pool < SMALL_POOL:
        sentence = Statement(WARN, f"A pool of {part.pool} tracks says nothing: {found} by luck alone.")
    elif times < HOPELESS:
        sentence = Statement(WARN, f"Hardly better than chance: {found}, {against}.")
    else:
        sentence = Statement(GOOD, f"It works: {found}, {against}.")
    return Opening(sentence, _sure(first, span), _picture(reports), _steps(checkpoint, first))


def _sure(report: FullReport, span: Interval) -> Statement:
    """Say what the interval is over, and whether a look-up in the training does as well."""
    part = report.figures.directions["t2m"]
    text = f"95 % over {part.pool:,} {report.figures.split} tracks: {percent(span.low)} to {percent(span.high)} %"
    gain = _gain(report)
    if gain is None:
        return Statement(OPEN, f"{text}. Give the training's store (--trained-on) to hold it against a look-up.")
    written = f"{gain.value:+.{kept_digits(gain)}f}"
    if gain.low > 0:
        return Statement(GOOD, f"{text}; it beats a look-up in the training by {written} mAP@10.")
    return Statement(WARN, f"{text}; but a look-up in the training does about as well ({written} mAP@10).")


def _gain(report: FullReport) -> Interval | None:
    baselines = report.parts.get("baselines")
    if not isinstance(baselines, Against):
        return None
    return baselines.gains["look_up"].get(f"{report.figures.name}/t2m/mAP@10")


def _picture(reports: Sequence[FullReport]) -> Picture:
    """Draw R@10 of every set in both directions; of one set by the kind of text as well."""
    bars = []
    for report in reports:
        figures, where = report.figures, f"{report.figures.name}: " if len(reports) > 1 else ""
        bars += [
            Bar(f"{where}{words}", figures.directions[way].figures[METRIC].interval, "best")
            for way, words in (("t2m", "text to music"), ("m2t", "music to text"))
        ]
        if len(reports) == 1:
            bars += [Bar(f"by {kind}", part.figures[METRIC].interval) for kind, part in figures.text_sources.items()]
    chance = reports[0].figures.directions["t2m"].figures[METRIC].chance
    pool = reports[0].figures.directions["t2m"].pool
    return Picture(METRIC, tuple(bars), f"R@10 with 95 % over tracks; chance is {chance:.3f} in a pool of {pool:,}.")


def _steps(checkpoint: str, report: FullReport) -> tuple[Step, ...]:
    given = f"{checkpoint} --store {report.figures.store}"
    listen = Step("Listen to what it finds:", f'adsw search {given} "a slow sad tune" --html hits.html')
    if len(report.parts) > 3:
        return (listen,)
    return (listen, Step("Tagging, probes and swaps too:", f"adsw evaluate {given} --all --html evaluation.html"))
