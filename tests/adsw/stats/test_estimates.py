from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from adsw.stats.bootstrap import bootstrap_interval
from adsw.stats.estimates import LEAST, Estimate, means, ratios

VALUES = hnp.arrays(np.float64, st.tuples(st.integers(6, 30), st.integers(1, 3)), elements=st.floats(-5, 5))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(VALUES)
def test_a_mean_is_the_mean_and_its_interval_holds_it_within_the_values(values: NDArray[np.float64]) -> None:
    clusters = np.arange(len(values)) // 2 + 7
    for column, found in enumerate(means(values, clusters, resamples=200)):
        assert found is not None
        assert found.value == pytest.approx(values[:, column].mean(), abs=1e-9)
        assert found.n == len(values)
        if found.low is not None and found.high is not None:
            assert values[:, column].min() - 1e-9 <= found.low <= found.high <= values[:, column].max() + 1e-9


def test_the_interval_is_that_of_the_cluster_bootstrap() -> None:
    rng = np.random.default_rng(0)
    clusters = np.repeat(np.arange(60), 4)
    values = rng.normal(size=240) + np.repeat(rng.normal(size=60), 4)
    found = means(values[:, None], clusters, resamples=4000)[0]
    wanted = bootstrap_interval(values, clusters, resamples=4000)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=0.03)
    alone = bootstrap_interval(values, np.arange(240), resamples=4000)
    assert found.high is not None
    assert found.high - found.value > 1.3 * (alone.high - alone.value)


def test_what_was_not_measured_is_left_out() -> None:
    values = np.array([[1.0, np.nan], [np.nan, np.nan], [3.0, np.nan]])
    first, second = means(values, np.arange(3))
    assert first == Estimate(2.0, None, None, 2)
    assert second is None
    assert first.document() == {"value": 2.0, "low": None, "high": None, "n": 2}


def test_a_ratio_weighs_its_values() -> None:
    values, weights = np.array([[1.0], [4.0], [9.0]]), np.array([[1.0], [2.0], [0.0]])
    found = ratios(values, weights, np.arange(3))[0]
    assert found is not None
    assert found.value == pytest.approx(5 / 3)
    assert found.n == 2


def test_too_few_clusters_give_no_interval_and_the_seed_decides() -> None:
    values = np.arange(LEAST, dtype=np.float64)[:, None]
    few, enough = means(values, np.arange(LEAST) // 2)[0], means(values, np.arange(LEAST))[0]
    assert few is not None
    assert few.low is None
    assert enough is not None
    assert enough.low is not None
    assert means(values, np.arange(LEAST)) == [enough]
    wide = np.random.default_rng(1).normal(size=(50, 1))
    assert means(wide, np.arange(50), seed=0) != means(wide, np.arange(50), seed=1)


def test_nothing_is_no_mean_and_shapes_must_fit() -> None:
    assert means(np.empty((0, 1)), np.empty(0, np.int64)) == [None]
    with pytest.raises(ValueError, match=r"must be \[M, K\]"):
        means(np.zeros((3, 1)), np.arange(2))
