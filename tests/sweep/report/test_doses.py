"""Shares that were not what a recipe asks for are a caveat, and curves of earlier versions are none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from sweep.report.doses import TOLERANCE, off_doses, short_swaps
from sweep.report.report import Report

Made = tuple[Report, Path]


def with_curves(large: Made, **figures: float) -> Any:
    """The run with figures in the curve of its first trial."""
    run = large[0].run
    first, *others = run.records
    named = {name.replace("__", "."): value for name, value in figures.items()}
    return replace(run, records=(first.model_copy(update={"curve": [point | named for point in first.curve]}), *others))


def test_earlier_curves_say_nothing(large: Made) -> None:
    assert off_doses(large[0].run) == short_swaps(large[0].run) == ""


def test_shares_beyond_the_tolerance_are_told(large: Made) -> None:
    near = {"share__human": 0.2, "share__human__asked": 0.2 + TOLERANCE - 0.001}
    assert off_doses(with_curves(large, **near)) == ""
    far = {"share__human": 0.1, "share__human__asked": 0.4, "swap_share": 0.07, "swap_asked": 0.15}
    told = off_doses(with_curves(large, **far, share__dataset__one=0.9, share__dataset__one__asked=0.5))
    number = large[0].run.records[0].number
    assert told.startswith("1 trial was not shown what")
    assert f"human 10% of the visits where 40% were asked for (trial {number})" in told
    assert f"hard negatives 7% of the visits where 15% were asked for (trial {number})" in told
    assert "data set one 90%" in told


def test_swaps_of_fewer_terms_are_told(large: Made) -> None:
    assert "1 trial" in short_swaps(with_curves(large, swap_terms_short=12.0))
    assert "up to 12 visits an epoch" in short_swaps(with_curves(large, swap_terms_short=12.0))
