from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from adsw.evaluate.tagging_metrics import areas, weighted_areas


@pytest.mark.parametrize(
    ("scores", "truth", "roc", "precision"),
    [
        ([0.9, 0.8, 0.1], [1, 0, 0], 1.0, 1.0),
        ([0.1, 0.8, 0.9], [1, 0, 0], 0.0, 1 / 3),
        ([0.5, 0.5, 0.5, 0.5], [1, 0, 0, 0], 0.5, 0.25),
        ([0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0], 7 / 8, (1 + 2 / 3) / 2),
    ],
)
def test_by_hand(scores: list[float], truth: list[int], roc: float, precision: float) -> None:
    assert areas(np.array(scores), np.array(truth, dtype=bool)) == pytest.approx((roc, precision))
    once = weighted_areas(np.array(scores), np.array(truth, dtype=bool), np.ones((1, len(scores))))
    assert once[0] == pytest.approx([roc, precision])


@pytest.mark.parametrize("truth", [[True, True], [False, False]])
def test_one_sided_truth_has_no_area(truth: list[bool]) -> None:
    with pytest.raises(ValueError, match="positives and negatives"):
        areas(np.array([0.1, 0.2]), np.array(truth))


@given(st.integers(2, 40), st.integers(1, 20), st.floats(0.1, 0.9), st.integers(0, 2**32 - 1))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_weighted_areas_are_scikit_learns_for_sample_weights(n: int, levels: int, share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, levels, n).astype(float)
    truth = rng.random(n) < share
    truth[0] = True
    weights = rng.integers(0, 3, (4, n)).astype(float)
    for weight, found in zip(weights, weighted_areas(scores, truth, weights), strict=True):
        drawn = weight > 0
        if not truth[drawn].any() or truth[drawn].all():
            assert np.isnan(found).all()
            continue
        oracle = [
            judge(truth[drawn], scores[drawn], sample_weight=weight[drawn])
            for judge in (roc_auc_score, average_precision_score)
        ]
        assert found == pytest.approx(oracle, abs=1e-12)


def test_repeating_tracks_is_the_same_as_weighing_them() -> None:
    rng = np.random.default_rng(3)
    scores, truth, weight = rng.integers(0, 9, 60).astype(float), rng.random(60) < 0.3, rng.integers(0, 4, 60)
    repeated = areas(np.repeat(scores, weight), np.repeat(truth, weight))
    assert weighted_areas(scores, truth, weight[None].astype(float))[0] == pytest.approx(repeated)
