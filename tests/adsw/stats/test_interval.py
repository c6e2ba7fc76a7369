"""The conventions of intervals: what each does to the same draws, and that no other place makes intervals."""

from __future__ import annotations

import doctest
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from adsw.stats import interval
from adsw.stats.interval import (
    NORMAL_95,
    Interval,
    centred_interval,
    containing_interval,
    expanded_interval,
    normal_interval,
    percentile_interval,
    stretch,
)

ROOT = Path(__file__).parents[3]
DRAWS = hnp.arrays(np.float64, st.integers(1, 50), elements=st.floats(0, 1))
VALUES = st.floats(0, 1)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(VALUES, DRAWS)
def test_percentiles_are_those_of_the_draws_whatever_the_estimate(value: float, draws: NDArray[np.float64]) -> None:
    found = percentile_interval(value, draws)
    assert found == Interval(value, *np.quantile(draws, [0.025, 0.975]).tolist())
    assert percentile_interval(value, np.append(draws, np.nan)) == found


@settings(deadline=None, derandomize=True, max_examples=60)
@given(VALUES, DRAWS)
def test_a_containing_interval_is_widened_only_where_the_estimate_lies_outside(
    value: float, draws: NDArray[np.float64]
) -> None:
    plain, found = percentile_interval(value, draws), containing_interval(value, draws)
    assert found.low <= value <= found.high
    assert (found.low, found.high) == (min(plain.low, value), max(plain.high, value))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(VALUES, DRAWS)
def test_a_centred_interval_has_the_percentiles_width_unless_it_is_cut(
    value: float, draws: NDArray[np.float64]
) -> None:
    plain, found = percentile_interval(value, draws), centred_interval(value, draws)
    assert 0 <= found.low <= found.high <= 1
    if found.low > 0 and found.high < 1:
        assert found.high - found.low == pytest.approx(plain.high - plain.low, abs=1e-12)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(VALUES, DRAWS, st.integers(2, 30))
def test_an_expanded_interval_stretches_both_ends_about_the_estimate(
    value: float, draws: NDArray[np.float64], replicates: int
) -> None:
    plain, found = percentile_interval(value, draws), expanded_interval(value, draws, replicates)
    assert found.low - value == pytest.approx(stretch(replicates) * (plain.low - value))
    assert found.high - value == pytest.approx(stretch(replicates) * (plain.high - value))
    assert stretch(replicates) > 1


def test_a_normal_interval_is_as_wide_as_its_standard_error() -> None:
    assert normal_interval(1.0, 0.5) == Interval(1.0, 1 - NORMAL_95 / 2, 1 + NORMAL_95 / 2)
    assert math.erf(NORMAL_95 / math.sqrt(2)) == pytest.approx(0.95, abs=1e-12)


@pytest.mark.parametrize("make", [percentile_interval, containing_interval, centred_interval])
def test_an_estimate_that_no_resample_has_gets_no_width(make: object) -> None:
    assert make(0.3, np.full(4, np.nan)) == Interval(0.3, 0.3, 0.3)  # type: ignore[operator]


def test_examples_in_docstrings_hold() -> None:
    result = doctest.testmod(interval)
    assert result.attempted > 0
    assert result.failed == 0


def test_nothing_else_resamples_or_takes_the_ends_of_an_interval() -> None:
    """Weights and the percentiles of an interval are drawn and taken in adsw/stats alone."""
    pattern = re.compile(r"\.multinomial\(|quantile\([^)]*0\.975|percentile\([^)]*97\.5")
    sources = (path for package in ("adsw", "sweep") for path in (ROOT / package).rglob("*.py"))
    found = {str(path.relative_to(ROOT)) for path in sources if pattern.search(path.read_text())}
    assert found == {"adsw/stats/resampling.py"}
