"""Schedules are pure, exact at their ends, and stay between them."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from adsw.align.schedules import (
    KINDS,
    AnySchedule,
    Constant,
    Cosine,
    Exponential,
    Linear,
    Piecewise,
    Probability,
    Rate,
    Schedule,
    Step,
    Weight,
    kinds_with,
    zero_together,
)

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


def test_piecewise_points_must_rise() -> None:
    with pytest.raises(ValidationError, match="rising epochs"):
        Piecewise(points=((2, 1.0), (2, 3.0)))
    with pytest.raises(ValidationError):
        Piecewise(points=())


def test_a_number_is_a_constant() -> None:
    assert TypeAdapter(Schedule).validate_python(3) == Constant(value=3.0)


@pytest.mark.parametrize("value", [True, "0.1", None, [1], {"kind": "linear", "start": 0}, {"kind": "x"}, math.nan])
def test_what_is_no_schedule_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Schedule).validate_python(value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Probability, 1.01),
        (Probability, {"kind": "linear", "start": 0, "end": 1.5, "epochs": 2}),
        (Probability, {"kind": "piecewise", "points": [[0, 0], [1, -0.1]]}),
        (Weight, -1),
        (Rate, 0),
        (Rate, -1e-3),
        (Rate, {"kind": "cosine", "start": 1e-3, "end": -1e-9, "epochs": 5}),
        (Schedule, {"kind": "linear", "start": 0, "end": 1, "epochs": 0}),
        (Schedule, {"kind": "linear", "start": 0, "end": 1, "epochs": 1, "delay": -1}),
        (Schedule, {"kind": "step", "start": 0, "end": 1, "epochs": 1, "steps": 0}),
    ],
)
def test_ranges_hold_at_every_epoch(kind: Any, value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


def test_a_learning_rate_may_end_at_zero() -> None:
    schedule = TypeAdapter(Rate).validate_python({"kind": "cosine", "start": 1e-3, "end": 0, "epochs": 5})
    assert schedule.at(9) == 0.0


def test_kinds_know_their_fields() -> None:
    assert kinds_with("sharpness") == ["exponential"]
    assert set(kinds_with("kind")) == set(KINDS)


WEIGHTS = st.one_of(
    st.builds(lambda value: Constant(value=value), st.sampled_from([0.0, 1.0])),
    st.builds(
        lambda make, start, end, epochs, delay: make(start=start, end=end, epochs=epochs, delay=delay),
        st.sampled_from([Linear, Step, Cosine]),
        st.sampled_from([0.0, 1.0]),
        st.sampled_from([0.0, 1.0]),
        st.integers(1, 4).map(float),
        st.integers(0, 4).map(float),
    ),
    st.builds(
        lambda first, middle, last: Piecewise(points=((1, first), (3, middle), (6, last))),
        st.sampled_from([0.0, 1.0]),
        st.sampled_from([0.0, 1.0]),
        st.sampled_from([0.0, 1.0]),
    ),
)


@PATIENT
@given(st.lists(WEIGHTS, min_size=1, max_size=3))
def test_being_zero_together_is_found_wherever_it_happens(schedules: list[AnySchedule]) -> None:
    sampled = [epoch / 8 for epoch in range(8 * 12)]
    zero = [epoch for epoch in sampled if not any(schedule.at(epoch) for schedule in schedules)]
    assert (zero_together(schedules) is None) == (not zero)
