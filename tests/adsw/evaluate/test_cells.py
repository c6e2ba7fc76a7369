from __future__ import annotations

import pytest

from adsw.evaluate.cells import Figure, cell, gap, judged, number, span
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
    found = cell("R@1", interval)
    assert (found.text, found.span, found.exact) == ("0.500", "0.250–0.750", interval)
    assert cell("MedR", None).text == gap("MedR", None).text == "–"


@pytest.mark.parametrize(
    ("metric", "interval", "chance", "ahead"),
    [
        ("R@1", Interval(0.5, 0.25, 0.75), 0.2, True),
        ("R@1", Interval(0.5, 0.25, 0.75), 0.3, False),
        ("MedR", Interval(5, 2, 8), 9, True),
        ("MedR", Interval(5, 2, 8), 1, False),
    ],
)
def test_figures_that_may_be_chance_are_faint(metric: str, interval: Interval, chance: float, ahead: bool) -> None:
    found = judged(metric, Figure(interval, chance))
    assert (found.strong, found.tone) == (ahead, "" if ahead else "faint")


@pytest.mark.parametrize(
    ("interval", "style", "side"),
    [
        (Interval(1, 0.5, 2), "bold", "worse"),
        (Interval(-1, -2, -0.5), "bold", "better"),
        (Interval(0.1, -1, 1), "dim", "open"),
    ],
)
def test_differences_that_may_be_none_are_faint(interval: Interval, style: str, side: str) -> None:
    found = gap("MedR", interval)
    assert found.text == f"{interval.value:+.1f}"
    assert found.span.startswith(f"{interval.low:+.1f}…")
    assert (found.strong, found.tone == "faint") == (style == "bold", style == "dim")
    assert found.side == side


def test_a_larger_fraction_is_better() -> None:
    assert gap("R@1", Interval(0.2, 0.1, 0.3)).side == "better"
    assert gap("R@1", Interval(-0.2, -0.3, -0.1)).side == "worse"
