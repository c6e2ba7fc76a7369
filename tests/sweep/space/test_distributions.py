"""Ranges and choices."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.space.distributions import Choices, Integers, Reals, same
from sweep.space.parameter import Parameter
from sweep.space.sections import Asha, NoScheduler

ALL = [
    Reals(0.0, 1.0),
    Reals(1e-4, 1e-2, log=True),
    Reals(0.1, 0.7, step=0.2),
    Integers(1, 9),
    Integers(1, 9, step=4),
    Integers(1, 100, log=True),
    Choices(("a", 1, None, [1, 2], {"kind": "x"})),
]


@pytest.mark.parametrize("distribution", ALL, ids=str)
def test_what_a_distribution_names_it_holds(distribution: Any) -> None:
    points = distribution.points(4)
    for value in [*distribution.ends(), distribution.typical(), *points]:
        assert distribution.holds(value)
        assert same(distribution.adopted(value), value)
    assert distribution.words()


@pytest.mark.parametrize(
    ("distribution", "value"),
    [
        (Reals(0.0, 1.0), 1.1),
        (Reals(0.0, 1.0), True),
        (Reals(0.0, 1.0), "0.5"),
        (Reals(0.0, 1.0), math.nan),
        (Reals(0.1, 0.7, step=0.2), 0.2),
        (Integers(1, 9), 2.5),
        (Integers(1, 9, step=4), 3),
        (Integers(1, 9), None),
        (Choices(("a", 1)), True),
        (Choices(("a", 1)), "1"),
        (Choices(([1, 2],)), [1, 3]),
    ],
)
def test_what_lies_outside(distribution: Any, value: Any) -> None:
    assert not distribution.holds(value)


def test_continuous_ranges_have_no_points_of_their_own() -> None:
    assert Reals(0.0, 1.0).points(None) is None
    assert Reals(0.0, 1.0, step=0.5).points(None) == [0.0, 0.5, 1.0]
    assert Integers(1, 3).points(None) == range(1, 4)


def test_a_wide_range_of_integers_costs_nothing() -> None:
    points = Integers(1, 10**12).points(None)
    assert len(points) == 10**12
    assert Integers(0, 10**12).points(3) == [0, 5 * 10**11, 10**12]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(low=st.integers(-50, 50), steps=st.integers(1, 40), step=st.integers(1, 7))
def test_typical_integers_are_on_the_step(low: int, steps: int, step: int) -> None:
    distribution = Integers(low, low + steps * step, step=step)
    assert distribution.holds(distribution.typical())


def test_samplers_see_lists_as_text() -> None:
    choices = Choices(([1, 2], "a", 3))
    assert [choices.encode(value) for value in choices.values] == ["[1,2]", "a", 3]


def test_words() -> None:
    texts = [
        Parameter.model_validate(spec).words()
        for spec in [
            {"uniform": [0, 1]},
            {"loguniform": [1e-4, 1e-2]},
            {"quniform": [0, 1, 0.5]},
            {"int": [1, 3]},
            {"int": [1, 5, 2]},
            {"logint": [1, 8]},
            {"choice": ["a", 1, None]},
            {"fixed": True},
        ]
    ]
    assert texts == [
        "0 to 1",
        "0.0001 to 0.01, log",
        "0 to 1 by 0.5",
        "1 to 3, whole",
        "1 to 5, whole by 2",
        "1 to 8, whole, log",
        "a | 1 | null",
        "true",
    ]


def test_expected_epochs_of_asha() -> None:
    # Rungs at 6 and 18: everyone trains 6, a third 12 more, a ninth the last 6.
    asha = Asha(kind="asha", grace_epochs=6, reduction_factor=3)
    assert asha.expected_epochs(24) == pytest.approx(6 + 12 / 3 + 6 / 9)
    assert asha.expected_epochs(6) == 6
    assert NoScheduler().expected_epochs(24) == 24
