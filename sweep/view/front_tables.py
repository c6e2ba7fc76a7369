"""The table of trials on and near the front."""

from __future__ import annotations

from adsw.metrics import digits_of
from adsw.report.format import metric_number, number
from adsw.stats.interval import Interval
from sweep.view.front import NEAR, Front, FrontTrial
from sweep.view.front_words import share_text
from sweep.view.tables import Gap, gap_of

MOST_ROWS = 40
"""Rows on the page; the CSV file holds all trials."""


def front_rows(found: Front) -> list[FrontTrial]:
    """The trials shown: those on the front, the default, then those that are there in some resamples."""
    near = sorted(
        (trial for trial in found.trials if not trial.on_front and not trial.is_default and (trial.share or 0) >= NEAR),
        key=lambda trial: -(trial.share or 0.0),
    )
    default = [found.default] if found.default is not None and not found.default.on_front else []
    return [*found.front, *default, *near][:MOST_ROWS]


def front_lines(found: Front) -> list[tuple[FrontTrial, list[tuple[str, str]], list[Gap | None], str, str]]:
    """Trial; value and interval per objective; difference to the default; share on the front; ahead of the default."""
    lines = []
    for trial in front_rows(found):
        names = [one.metric for one in found.objectives]
        cells = [
            (metric_number(name, value), _ends(name, span))
            for name, value, span in zip(names, trial.values, trial.intervals, strict=True)
        ]
        gaps = [
            gap_of(span, one.metric, one.mode) for span, one in zip(trial.to_default, found.objectives, strict=True)
        ]
        lines.append((trial, cells, gaps, share_text(trial.share), share_text(trial.dominates_default)))
    return lines


def _ends(metric: str, span: Interval | None) -> str:
    digits = digits_of(metric)
    return "" if span is None else f"{number(span.low, digits)} to {number(span.high, digits)}"
