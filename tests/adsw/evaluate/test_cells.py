from __future__ import annotations

import pytest

from adsw.evaluate.cells import cell, gap, number, span
from adsw.stats.interval import Interval


@pytest.mark.parametrize(
    ("metric", "value", "said"),
    [("R@10", 0.25, "0.250"), ("MedR", 7, "7.0"), ("meanR", 2.25, "2.2"), ("R@1", None, "–")],
)
def test_numbers(metric: str, value: float | None, said: str) -> None:
    assert number(metric, value) == said


def test_figures_stand_over_their_intervals() -> None:
    interval = Interval(0.5, 0.25, 0.75)
    assert span("R@1", interval) == "0.250–0.750"
    assert cell("R@1", interval).plain == "0.500\n0.250–0.750"
    assert cell("MedR", None).plain == gap("MedR", None).plain == "–"


@pytest.mark.parametrize(
    ("interval", "style"),
    [(Interval(1, 0.5, 2), "bold"), (Interval(-1, -2, -0.5), "bold"), (Interval(0.1, -1, 1), "dim")],
)
def test_differences_that_may_be_none_are_faint(interval: Interval, style: str) -> None:
    found = gap("MedR", interval)
    assert found.plain.startswith(f"{interval.value:+.1f}\n{interval.low:+.1f}…")
    assert found.spans[0].style == style
