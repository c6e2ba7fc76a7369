"""The table of stores with their captions and what was reached on them."""

from __future__ import annotations

from adsw.report.format import metric_number, number
from adsw.stats.estimates import Estimate
from sweep.view.captioners import FIGURES, Captioners

Cell = tuple[str, str]
"""A figure, and its interval below it."""


def caption_lines(found: Captioners) -> list[tuple[str, str, list[Cell]]]:
    """Arm, its captioner, then the objective and every figure of its captions."""
    lines = []
    for arm in found.arms:
        mean = arm.mean
        ends = f"{metric_number(found.metric, mean.low)} to {metric_number(found.metric, mean.high)}" if mean else ""
        cells = [(metric_number(found.metric, arm.value), ends)]
        cells += [_cell(arm.figure(field)) for field, _ in FIGURES]
        lines.append((arm.name, arm.store.captioner or "–", cells))
    return lines


def _cell(one: Estimate | None) -> Cell:
    if one is None:
        return "–", ""
    return number(one.value, 3), "" if one.low is None else f"{number(one.low, 3)} to {number(one.high, 3)}"
