from __future__ import annotations

import json
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, top_k_accuracy_score

from adsw.metrics import METRICS
from adsw.retrieval.placement import Placements, place
from adsw.retrieval.queries import Targets
from adsw.retrieval.ranking import CUTOFFS, QueryScores, calibrated, chance, metrics_of, score

CASES = json.loads(Path(__file__).with_name("cases.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_cases_by_hand(case: dict[str, Any]) -> None:
    placements = place(
        np.array(case["queries"], dtype=np.float32),
        np.array(case["items"], dtype=np.float32),
        Targets.of(case["targets"]),
    )
    scores = score(placements)
    assert placements.above.tolist() == case["above"]
    assert placements.tied.tolist() == case["tied"]
    assert scores.rank == pytest.approx(case["rank"])
    assert scores.hits == pytest.approx(np.array(case["hits"]))
    assert scores.average_precision == pytest.approx(case["average_precision"])
    assert metrics_of(scores) == pytest.approx(case["metrics"])


def scores_of_order(order: tuple[int, ...], right: set[int]) -> list[float]:
    """Best rank, hits and AP@10 of one full order, by the definitions."""
    places = [place_ + 1 for place_, item in enumerate(order) if item in right]
    precisions = [(index + 1) / place_ for index, place_ in enumerate(places) if place_ <= 10]
    return [places[0], *(float(places[0] <= k) for k in CUTOFFS), sum(precisions) / min(len(right), 10)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    levels=st.lists(st.integers(0, 3), min_size=1, max_size=6),
    data=st.data(),
)
def test_ties_are_the_mean_over_all_orders(levels: list[int], data: st.DataObject) -> None:
    right = data.draw(st.sets(st.integers(0, len(levels) - 1), min_size=1))
    orders = [
        order for order in permutations(range(len(levels))) if all(levels[a] >= levels[b] for a, b in pairwise(order))
    ]
    expected = np.mean([scores_of_order(order, right) for order in orders], axis=0)
    items_NP = np.array(levels, dtype=np.float32)[:, None]
    found = score(place(np.ones((1, 1), dtype=np.float32), items_NP, Targets.of([sorted(right)])))
    assert [found.rank[0], *found.hits[0], found.average_precision[0]] == pytest.approx(list(expected))


def test_metrics_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    queries_QP, items_NP = rng.standard_normal((40, 8)), rng.standard_normal((10, 8))
    similarity = queries_QP @ items_NP.T
    single = rng.integers(0, 10, 40)
    metrics = metrics_of(score(place(queries_QP, items_NP, Targets.of([[item] for item in single]))))
    for k in (1, 5):
        expected = top_k_accuracy_score(single, similarity, k=k, labels=np.arange(10))
        assert metrics[f"R@{k}"] == pytest.approx(expected)
    # In a pool of ten, AP@10 is the whole average precision.
    several = rng.random((40, 10)) < 0.3
    several[np.arange(40), single] = True
    targets = Targets.of([np.flatnonzero(row) for row in several])
    found = score(place(queries_QP, items_NP, targets)).average_precision
    expected = [average_precision_score(row, values) for row, values in zip(several, similarity, strict=True)]
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("pool", [1, 2, 7, 19, 60])
def test_a_constant_model_scores_chance_on_every_metric(pool: int) -> None:
    embeddings = np.full((pool, 6), 0.3, dtype=np.float32)
    targets = Targets.of([[item] for item in range(pool)])
    metrics = metrics_of(score(place(embeddings, embeddings, targets)))
    assert metrics == pytest.approx(chance(targets.counts, pool))


def test_a_constant_model_scores_chance_with_several_targets() -> None:
    rng = np.random.default_rng(4)
    targets = Targets.of([rng.choice(50, size=size, replace=False) for size in rng.integers(1, 30, 40)])
    metrics = metrics_of(score(place(np.ones((40, 2)), np.ones((50, 2)), targets)))
    level = chance(targets.counts, 50)
    for name in METRICS:
        if name != "MedR":
            assert metrics[name] == pytest.approx(level[name])
    # The median of a skewed law is below its mean: here the constant model is never flattered.
    assert metrics["MedR"] >= level["MedR"]


def test_a_perfect_model_scores_one() -> None:
    metrics = metrics_of(score(place(np.eye(12), np.eye(12), Targets.of([[item] for item in range(12)]))))
    assert set(metrics.values()) == {1.0}
    assert set(metrics) == set(METRICS)


def test_chance_is_what_random_rankings_give() -> None:
    rng = np.random.default_rng(7)
    pool, counts = 40, np.array([1, 1, 2, 5, 20])
    rounds = 4000
    targets = Targets.of([range(count) for count in counts] * rounds)
    places = np.concatenate([rng.permutation(pool)[:count] for count in np.tile(counts, rounds)])
    found = metrics_of(score(Placements(targets, places, np.ones_like(places), pool)))
    level = chance(counts, pool)
    for name in ("R@1", "R@5", "R@10", "mAP@10"):
        assert found[name] == pytest.approx(level[name], abs=0.015)
    assert found["meanR"] == pytest.approx(level["meanR"], abs=0.3)
    assert found["MedR"] == pytest.approx(level["MedR"], abs=0.6)


@pytest.mark.parametrize(("pool", "median"), [(1, 1.0), (2, 1.5), (3, 2.0), (300, 150.5)])
def test_the_chance_median_of_one_target_is_the_middle(pool: int, median: float) -> None:
    assert chance(np.array([1]), pool)["MedR"] == median


def test_the_chance_of_one_target() -> None:
    level = chance(np.array([1, 1, 1]), 300)
    harmonic = sum(1 / place_ for place_ in range(1, 11))
    expected = {"R@1": 1, "R@5": 5, "R@10": 10, "mAP@10": harmonic, "MedR": 150.5 * 300, "meanR": 150.5 * 300}
    assert level == pytest.approx({name: value / 300 for name, value in expected.items()})


def test_chance_refuses_what_has_none() -> None:
    with pytest.raises(ValueError, match="no queries"):
        chance(np.array([], dtype=int), 5)
    for counts in ([0, 1], [6]):
        with pytest.raises(ValueError, match=r"must lie in 1\.\.5"):
            chance(np.array(counts), 5)


def test_no_queries_have_no_metrics() -> None:
    nothing = QueryScores(np.empty(0), np.empty((0, 3)), np.empty(0))
    with pytest.raises(ValueError, match="no queries"):
        metrics_of(nothing)


def test_values_of_a_metric() -> None:
    scores = QueryScores(np.array([2.0]), np.array([[0.0, 0.5, 1.0]]), np.array([0.25]))
    assert [scores.of(name)[0] for name in METRICS] == [0.0, 0.5, 1.0, 0.25, 2.0, 2.0]
    with pytest.raises(KeyError, match="R@3"):
        scores.of("R@3")


@pytest.mark.parametrize(
    ("value", "level", "expected"),
    [(0.1, 0.1, 0.0), (1.0, 0.1, 1.0), (0.0, 0.5, -1.0), (1.0, 165.0, 1.0), (1.0, 1.0, None)],
)
def test_calibration_puts_chance_at_zero_and_perfection_at_one(
    value: float, level: float, expected: float | None
) -> None:
    assert calibrated(value, level) == (expected if expected is None else pytest.approx(expected))
