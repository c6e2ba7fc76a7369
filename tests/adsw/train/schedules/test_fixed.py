"""Fixed schedules are pure, exact at their ends, and stay between them."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from adsw.train.schedules import AnySchedule, Constant, Cosine, Exponential, Linear, Piecewise, Step

VALUES = st.floats(-1e6, 1e6)
LENGTHS = st.floats(0.01, 1e4)
RAMPS = st.builds(
    lambda make, start, end, epochs, delay: make(start=start, end=end, epochs=epochs, delay=delay),
    st.sampled_from([Linear, Cosine, Exponential, Step]),
    VALUES,
    VALUES,
    LENGTHS,
    st.floats(0, 1e4),
)
PATIENT = settings(max_examples=200, deadline=None, derandomize=True)


@PATIENT
@given(RAMPS)
def test_ramps_are_exact_before_and_after(schedule: Linear) -> None:
    assert schedule.at(0) == schedule.start
    assert schedule.at(schedule.delay) == schedule.start
    after = schedule.delay + schedule.epochs
    assert schedule.at(math.nextafter(after, math.inf) + 1e-6 * after) == schedule.end
    assert schedule.at(1e12) == schedule.end


@PATIENT
@given(RAMPS, st.lists(st.floats(0, 3e4), min_size=2, max_size=6))
def test_ramps_are_monotone(schedule: Linear, epochs: list[float]) -> None:
    values = [schedule.at(epoch) for epoch in sorted(epochs)]
    rising = schedule.end >= schedule.start
    slack = 1e-9 * max(1.0, abs(schedule.start), abs(schedule.end))
    for before, after in pairwise(values):
        assert (after - before if rising else before - after) >= -slack


@PATIENT
@given(RAMPS, st.floats(0, 3e4))
def test_values_stay_within_the_extremes(schedule: Linear, epoch: float) -> None:
    low, high = schedule.extremes
    assert low <= schedule.at(epoch) <= high


def test_the_papers_swap_schedule() -> None:
    schedule = Linear(start=0.0, end=0.15, epochs=20)
    assert [schedule.at(epoch) for epoch in (0, 10, 20, 21)] == [0.0, 0.075, 0.15, 0.15]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Constant(value=0.3), [0.3, 0.3, 0.3]),
        (Linear(start=1, end=0, epochs=4, delay=1), [1.0, 0.75, 0.0]),
        (Cosine(start=0, end=2, epochs=4), [0.0, 1.0, 2.0]),
        (Step(start=0, end=1, epochs=4), [0.0, 0.0, 1.0]),
        (Step(start=0, end=1, epochs=4, steps=2), [0.0, 0.5, 1.0]),
        (Piecewise(points=((1, 1.0), (3, 5.0), (4, 0.0))), [1.0, 3.0, 0.0]),
    ],
)
def test_values_by_hand(schedule: AnySchedule, expected: list[float]) -> None:
    assert [schedule.at(epoch) for epoch in (0, 2, 5)] == pytest.approx(expected, abs=1e-12)


def test_exponential_is_the_geometric_path_between_positive_ends() -> None:
    decay = Exponential(start=1e-2, end=1e-4, epochs=10, sharpness=math.log(100))
    assert [decay.at(epoch) for epoch in (2.5, 5, 7.5)] == pytest.approx([10**-2.5, 1e-3, 10**-3.5])
    growth = Exponential(start=1e-4, end=1e-2, epochs=10, sharpness=math.log(100))
    assert growth.at(2.5) == pytest.approx(decay.at(7.5))


def test_exponential_may_start_at_zero() -> None:
    growth = Exponential(start=0, end=1, epochs=10)
    assert growth.at(5) == pytest.approx(math.expm1(2.5) / math.expm1(5))


POINTS = st.lists(st.tuples(st.floats(0, 1e4), VALUES), min_size=1, max_size=6, unique_by=lambda point: point[0]).map(
    lambda points: Piecewise(points=tuple(sorted(points)))
)


@PATIENT
@given(POINTS, st.floats(0, 2e4))
def test_piecewise_meets_its_points_and_stays_between_them(schedule: Piecewise, epoch: float) -> None:
    assert [schedule.at(at) for at, _ in schedule.points] == [value for _, value in schedule.points]
    assert schedule.at(0) == schedule.points[0][1]
    assert schedule.at(1e12) == schedule.points[-1][1]
    low, high = schedule.extremes
    assert low <= schedule.at(epoch) <= high


@PATIENT
@given(st.integers(1, 50), st.floats(0.5, 100), st.floats(0, 10))
def test_steps_are_so_many_and_equal(steps: int, epochs: float, delay: float) -> None:
    schedule = Step(start=0, end=1, epochs=epochs, delay=delay, steps=steps)
    middles = [schedule.at(delay + epochs * (step + 0.5) / steps) for step in range(steps)]
    assert middles == pytest.approx([step / steps for step in range(steps)])


@PATIENT
@given(st.floats(0.01, 0.99))
def test_a_cosine_is_even_about_its_middle(progress: float) -> None:
    schedule = Cosine(start=0, end=1, epochs=1)
    assert schedule.at(progress) + schedule.at(1 - progress) == pytest.approx(1)


def test_piecewise_points_must_rise() -> None:
    with pytest.raises(ValidationError, match="rising epochs"):
        Piecewise(points=((2, 1.0), (2, 3.0)))
    with pytest.raises(ValidationError):
        Piecewise(points=())
