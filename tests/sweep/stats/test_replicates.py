"""Intervals over replicates: they hold for few of them, and refuse what is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.stats.replicates import Centre, interquartile_mean, replicate_interval

VALUES = st.lists(st.floats(-5, 5, allow_subnormal=False), min_size=2, max_size=12)


@given(VALUES, st.sampled_from(["mean", "iqm"]), st.floats(-3, 3), st.floats(0.1, 4))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_an_interval_holds_its_estimate_and_moves_with_the_values(
    values: list[float], centre: Centre, shift: float, scale: float
) -> None:
    found = replicate_interval(values, centre, resamples=300)
    assert found.low <= found.value + 1e-9
    assert found.value <= found.high + 1e-9
    moved = replicate_interval(shift + scale * np.array(values), centre, resamples=300)
    expected = [shift + scale * end for end in (found.value, found.low, found.high)]
    assert [moved.value, moved.low, moved.high] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("count", [3, 5, 10])
def test_it_covers_where_a_percentile_interval_does_not(count: int) -> None:
    rng = np.random.default_rng(count)
    draws = rng.normal(size=(400, count))
    spans = [replicate_interval(one, resamples=500) for one in draws]
    held = np.mean([span.low <= 0 <= span.high for span in spans])
    assert held >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 400)


def test_equal_values_leave_no_doubt() -> None:
    found = replicate_interval([0.25, 0.25, 0.25])
    assert (found.value, found.low, found.high) == (0.25, 0.25, 0.25)


def test_the_middle_half_ignores_one_wild_replicate() -> None:
    values = [0.1, 0.11, 0.12, 0.13, 9.0]
    assert float(interquartile_mean(values)) == pytest.approx(0.12)
    assert replicate_interval(values, "iqm").value == pytest.approx(0.12)


def test_it_is_repeatable() -> None:
    assert replicate_interval([0.1, 0.5, 0.2], seed=3) == replicate_interval([0.1, 0.5, 0.2], seed=3)


@pytest.mark.parametrize("values", [[0.1], [], [0.1, float("nan")], [[0.1, 0.2]]])
def test_what_is_no_sample_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="2 finite values or more"):
        replicate_interval(values)
