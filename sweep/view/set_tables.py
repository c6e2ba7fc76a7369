"""The agreement of evaluation sets as a matrix and as tables."""

from __future__ import annotations

from dataclasses import dataclass

from adsw.metrics import digits_of
from adsw.report.format import metric_number, signed
from adsw.stats.interval import Interval
from sweep.view.set_agreement import AgreementOfSets

_DEEPEST = 55
"""Per cent of colour in a cell of full agreement: dark enough to see, light enough to read on."""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell of the matrix."""

    text: str
    below: str
    depth: int
    """Per cent of colour."""
    ink: str
    """Which colour: one for agreement, one for the reverse."""


def heat_rows(found: AgreementOfSets) -> list[tuple[str, list[HeatCell]]]:
    """Kendall's tau-b of each set with each other, a row per set."""
    return [(one, [_cell(found, one, other) for other in found.sets]) for one in found.sets]


def _cell(found: AgreementOfSets, one: str, other: str) -> HeatCell:
    if one == other:
        return HeatCell("1", "", _DEEPEST, "default")
    pair = found.pair(one, other)
    if pair is None or pair.agreement is None:
        return HeatCell("–", "", 0, "default")
    tau = pair.agreement.tau
    return HeatCell(
        signed(tau.value, 2), _span(tau), round(_DEEPEST * abs(tau.value)), "default" if tau.value >= 0 else "warn"
    )


def pair_lines(found: AgreementOfSets) -> list[tuple[str, ...]]:
    """Sets, trials, Kendall and its interval, Spearman and its interval."""
    lines = []
    for pair in found.pairs:
        if pair.agreement is None:
            figures: tuple[str, ...] = ("–",) * 4
        else:
            tau, rho = pair.agreement.tau, pair.agreement.rho
            figures = (signed(tau.value, 2), _span(tau), signed(rho.value, 2), _span(rho))
        lines.append((f"{pair.one}, {pair.other}", str(pair.trials), *figures))
    return lines


def picking_table(found: AgreementOfSets) -> list[tuple[str, ...]]:
    """Picked by, used on, the pick, its place there, the best there, what is lost, its interval."""
    digits = digits_of(found.measure)
    return [
        (
            *(one.by, one.on, one.picked, f"{one.place} of {one.units}", one.best),
            metric_number(found.measure, one.lost),
            "–" if one.gap is None else f"{signed(one.gap.low, digits)} to {signed(one.gap.high, digits)}",
        )
        for one in found.pickings
    ]


def _span(span: Interval) -> str:
    return f"{signed(span.low, 2)} to {signed(span.high, 2)}"
