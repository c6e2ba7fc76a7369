"""Doses: whether trials were shown what their recipes ask for, in sources, data sets and hard negatives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from adsw.report.format import listed, plural
from sweep.report.data import RunData

TOLERANCE = 0.05
"""A share that differs by more than this from what was asked, in the mean over a trial's epochs, is told."""

_ASKED = ".asked"
_SHARE = "share."


def off_doses(run: RunData) -> str:
    """Say which shares were not what was asked for, with the worst trial of each; empty if all were."""
    worst: dict[str, tuple[float, float, float, int]] = {}
    trials: set[int] = set()
    for record in run.records:
        for name, shown, asked in _shares(record.curve):
            if abs(shown - asked) > TOLERANCE:
                trials.add(record.number)
                worst[name] = max(
                    worst.get(name, (0.0, 0.0, 0.0, 0)), (abs(shown - asked), shown, asked, record.number)
                )
    if not worst:
        return ""
    parts = [
        f"{name} {shown:.0%} of the visits where {asked:.0%} were asked for (trial {number})"
        for name, (_, shown, asked, number) in sorted(worst.items())
    ]
    return (
        f"{plural(len(trials), 'trial')} were not shown what their recipes ask for, by more than {TOLERANCE:.0%}; the "
        f"furthest off: {listed(parts)}."
    ).replace("1 trial were", "1 trial was")


def short_swaps(run: RunData) -> str:
    """Say how many hard negatives replaced another number of terms than was drawn, as the bank held none of it."""
    epochs = {
        record.number: float(np.mean([point.get("swap_terms_short", 0.0) for point in record.curve]))
        for record in run.records
        if record.curve
    }
    short = {number: visits for number, visits in epochs.items() if visits > 0}
    if not short:
        return ""
    most = max(short, key=lambda number: short[number])
    return (
        f"In {plural(len(short), 'trial')} hard negatives replaced fewer terms than were drawn, as the bank held none "
        f"of so many: up to {short[most]:.0f} visits an epoch (trial {most})."
    )


def _shares(curve: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, float, float]]:
    """Yield each share of which it is known what was asked for: its name, what was shown and asked in the mean."""
    pairs = {"hard negatives": ("swap_share", "swap_asked")}
    for point in curve[:1]:
        for name in point:
            if name.startswith(_SHARE) and name.endswith(_ASKED):
                shown = name.removesuffix(_ASKED)
                pairs[shown.removeprefix(_SHARE).replace("dataset.", "data set ")] = (shown, name)
    for name, (shown, asked) in pairs.items():
        both = [(point[shown], point[asked]) for point in curve if shown in point and asked in point]
        # Curves of earlier versions have no such fields.
        if both:
            yield name, *(float(value) for value in np.mean(both, axis=0))
