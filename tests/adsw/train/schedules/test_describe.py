"""Paths of schedules, and the lines drawn of them."""

from __future__ import annotations

import pytest

from adsw.train.schedules import Constant, Linear, OnAccuracy, OnPlateau, Step
from adsw.train.schedules.describe import Path, fastest, followed_path, known_path, simulated


def test_a_known_path_is_the_schedule() -> None:
    schedule = Linear(start=0, end=1, epochs=4)
    path = known_path(schedule, 6)
    assert path.values == (0, 0.25, 0.5, 0.75, 1, 1, 1)
    assert (path.epochs, path.under) == (6, None)
    assert [path.at(epoch) for epoch in (0, 1.5, 6)] == [0, 0.375, 1]
    assert path.line(4) == [(0, 0), (2, 0.5), (4, 1), (6, 1)]


def test_equal_values_run_together() -> None:
    assert known_path(Step(start=0, end=1, epochs=2), 4).runs() == [(0, 1, 0), (2, 4, 1)]
    assert known_path(Constant(value=3), 5).runs() == [(0, 5, 3)]


def test_an_adaptive_path_keeps_each_value_for_its_epoch() -> None:
    schedule = OnAccuracy(start=0, end=1, steps=2, threshold=0.5)
    path = followed_path(schedule, simulated(schedule, [0.1, 0.9], 3), "signals")
    assert path.values == (0, 0, 0.5, 1)
    assert path.under == "signals"
    assert [path.at(epoch) for epoch in (0.5, 1.99, 2, 2.5, 3)] == [0, 0, 0.5, 0.5, 1]
    assert path.line(100) == [(0, 0), (2, 0), (2, 0.5), (3, 0.5), (3, 1), (3, 1)], "upright at the raises"


def test_one_that_is_never_raised_is_a_straight_line() -> None:
    schedule = OnAccuracy(start=0.2, end=1)
    assert followed_path(schedule, simulated(schedule, [0.0], 4), "signals").line(9) == [(0, 0.2), (4, 0.2)]


@pytest.mark.parametrize("schedule", [OnAccuracy(start=0, end=1), OnPlateau(signal="plateau", start=0, end=1)])
def test_the_fastest_signals_bring_it_to_its_end(schedule: OnAccuracy | OnPlateau) -> None:
    path: Path = followed_path(schedule, fastest(schedule, schedule.fastest), "fast")
    assert path.values[-1] == 1
    assert path.values[-2] < 1
