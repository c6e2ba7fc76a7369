"""The classifier two-sample test."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from adsw.draws import generator
from adsw.shift.distances import LEAST, two_sample, weighted_areas
from adsw.shift.sample import Cloud


def cloud(*key: object, n: int = 80, shift: float = 0.0, groups: int | None = None) -> Cloud:
    points = generator(*key).standard_normal((n, 5)) + shift
    return Cloud(points, np.array([f"{key}/{row % (groups or n)}" for row in range(n)]))


def test_it_cries_wolf_at_its_rate() -> None:
    called = [two_sample(cloud("a", d), cloud("b", d), d).p < 0.05 for d in range(100)]
    assert sum(called) <= 5 + 2 * np.sqrt(100 * 0.05 * 0.95)


def test_the_area_is_scikit_learns() -> None:
    rng = generator("areas")
    score, label = np.round(rng.standard_normal(60), 1), rng.integers(2, size=60)
    weights = rng.integers(0, 3, size=(20, 60))
    expected = [roc_auc_score(label, score, sample_weight=row) for row in weights]
    assert weighted_areas(score, label, weights) == pytest.approx(expected)
    assert np.isnan(weighted_areas(score, label, np.where(label, weights, 0))).all()


def test_it_sees_a_shift() -> None:
    found = two_sample(cloud("a", n=200), cloud("b", n=200, shift=0.6))
    assert found.auc.low > 0.6
    assert found.auc.low < found.auc.value < found.auc.high
    assert found.p < 1e-4
    assert found.held_out == (100, 100)


def test_groups_are_never_across_the_halves() -> None:
    # Groups far from each other, at random: a classifier that had met a group would know its set for certain.
    def grouped(name: str) -> Cloud:
        places = generator(name).standard_normal((10, 5)) * 30
        points = np.repeat(places, 8, axis=0) + generator(name, "noise").standard_normal((80, 5)) * 0.01
        return Cloud(points, np.repeat([f"{name}{group}" for group in range(10)], 8))

    values = [two_sample(grouped(f"one{d}"), grouped(f"other{d}"), d).auc.value for d in range(12)]
    assert np.mean(values) < 0.75


def test_a_group_that_both_have_and_sets_of_one_group() -> None:
    shared = Cloud(cloud("a").points, cloud("b").groups)
    assert two_sample(shared, cloud("b")).auc.value < 0.75
    alone = two_sample(cloud("a", groups=1), cloud("b", groups=1, shift=3.0))
    assert alone.auc.value > 0.95


def test_too_few_points() -> None:
    with pytest.raises(ValueError, match=f"needs {LEAST} points of each set, not 80 and 3"):
        two_sample(cloud("a"), cloud("b", n=3))
