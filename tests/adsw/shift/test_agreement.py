"""Rank correlations of metrics over checkpoints."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import spearmanr

from adsw.draws import generator
from adsw.shift.agreement import agreements, best_predictors, rank_correlation


def test_the_interval_is_bonett_and_wrights() -> None:
    one, other = [1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 4, 3, 6, 5, 8, 7]
    rho = float(spearmanr(one, other).statistic)
    error = 1.959963984540054 * math.sqrt((1 + rho**2 / 2) / 5)
    found = rank_correlation(one, other)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx(
        (rho, math.tanh(math.atanh(rho) - error), math.tanh(math.atanh(rho) + error))
    )


def test_perfect_agreement_is_not_certain() -> None:
    found = rank_correlation([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])
    assert found is not None
    assert found.value == pytest.approx(1)
    assert found.low < 0.6
    assert found.high == pytest.approx(1)
    against = rank_correlation([1, 2, 3, 4, 5], [5, 4, 3, 2, 1])
    assert against is not None
    assert (against.value, against.low) == (pytest.approx(-1), pytest.approx(-1))


def test_what_does_not_vary_has_none_and_few_are_refused() -> None:
    assert rank_correlation([1, 1, 1, 1, 1], [1, 2, 3, 4, 5]) is None
    with pytest.raises(ValueError, match="needs 5 values, not 4"):
        rank_correlation([1, 2, 3, 4], [1, 2, 3, 4])


def test_the_interval_covers() -> None:
    hits, truth = 0, 6 / math.pi * math.asin(0.6 / 2)
    for draw in range(200):
        pairs = generator("rho", draw).multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=20)
        found = rank_correlation(pairs[:, 0], pairs[:, 1])
        assert found is not None
        hits += found.low <= truth <= found.high
    assert hits >= 183


def test_pairs_are_of_other_sets_in_one_direction_and_lower_is_better_is_turned_round() -> None:
    good = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    values = {
        "valid/t2m/R@10": good,
        "valid/t2m/MedR": [60.0, 50.0, 40.0, 30.0, 20.0, 10.0],
        "valid/m2t/R@10": good[::-1],
        "test/t2m/R@10": [0.1, 0.2, 0.4, 0.3, 0.5, 0.6],
        "test/t2m/R@1": [0.5] * 6,
    }
    found = {(one.predictor, one.target): one.rho for one in agreements(values)}
    assert set(found) == {
        (f"{a}/t2m/{m}", f"{b}/t2m/{k}")
        for a, b in (("valid", "test"), ("test", "valid"))
        for m in (("R@10", "MedR") if a == "valid" else ("R@10", "R@1"))
        for k in (("R@10", "MedR") if b == "valid" else ("R@10", "R@1"))
    }
    turned, plain = (found[f"valid/t2m/{name}", "test/t2m/R@10"] for name in ("MedR", "R@10"))
    assert turned is not None
    assert turned == plain
    assert turned.value == pytest.approx(float(np.corrcoef(range(6), [0, 1, 3, 2, 4, 5])[0, 1]))
    assert found["valid/t2m/R@10", "test/t2m/R@1"] is None
    best = {one.target: one.predictor for one in best_predictors(agreements(values))}
    assert best["test/t2m/R@10"] in ("valid/t2m/R@10", "valid/t2m/MedR")
    assert "test/t2m/R@1" not in best
