"""The tables of what holds up a search's outcome, written as people read them."""

from __future__ import annotations

from adsw.metrics import digits_of
from adsw.report.format import number, plural, short_names, signed
from adsw.stats.interval import Interval
from sweep.view.evidence import Evidence


def share_lines(found: Evidence) -> list[tuple[str, ...]]:
    """Parameter, its share of variance, the interval, whether it is above a column of random values."""
    if found.shares is None:
        return []
    names = short_names(row.name for row in found.shares.rows)
    return [
        (
            names[row.name],
            f"{100 * row.share:.0f} %",
            f"{100 * row.low:.0f} to {100 * row.high:.0f} %",
            "yes" if row.above_dummy else "no",
        )
        for row in found.shares.rows
    ]


def rung_lines(found: Evidence) -> list[tuple[str, ...]]:
    """Epoch, trials, Kendall, Spearman and its interval, where the best stood, whether the rung keeps it."""
    return [
        (
            str(rung.epoch),
            str(rung.agreement.trials),
            signed(rung.agreement.tau, 2),
            signed(rung.agreement.rho.value, 2),
            f"{signed(rung.agreement.rho.low, 2)} to {signed(rung.agreement.rho.high, 2)}",
            f"{rung.agreement.place_of_best} of {rung.agreement.trials}",
            f"{'yes' if rung.keeps_best else 'no'}, best {100 * rung.keeps:.0f} %",
        )
        for rung in found.rungs
    ]


def picking_lines(found: Evidence, metric: str) -> list[str]:
    """Sentences on validation minus test, and on the winner's other seeds."""
    lines = [
        f"Validation minus test, {label}: {_span(gap, metric)}, over the tracks of both splits."
        for label, gap in found.gaps
    ]
    if len(found.gaps) > 1:
        lines.append(
            "The default was not picked: its gap is what the splits do, and what the best has beyond it is luck."
        )
    if found.drop is not None:
        seeds, drop = found.drop
        text = (
            f"On {plural(seeds, 'other seed')} the winner's configuration loses {_span(drop, metric)} of the value it"
        )
        lines.append(f"{text} was picked by.")
    return lines


def _span(span: Interval, metric: str) -> str:
    digits = digits_of(metric)
    ends = f"{signed(span.low, digits)} to {signed(span.high, digits)}"
    return f"{signed(span.value, digits) if span.value else number(0.0, digits)} (95 % {ends})"
