from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from adsw.stats.estimates import RESAMPLES
from adsw.text_quality.diversity import RANK_TEXTS, effective_rank, pair_cosine, same_embedding, typicality


def units(rows: int, features: int, seed: int = 0) -> NDArray[np.float32]:
    found = np.random.default_rng(seed).normal(size=(rows, features)) + 0.5
    scaled: NDArray[np.float32] = (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)
    return scaled


TRACKS = np.array([5, 5, 9, 2, 2, 2, 9, 7, 1, 3])


def test_typicality_and_pair_cosine_are_means_over_pairs_of_different_tracks() -> None:
    vectors = units(10, 6)
    cosines = vectors.astype(np.float64) @ vectors.T
    wanted = [cosines[row, TRACKS[row] != TRACKS].mean() for row in range(10)]
    assert typicality(vectors, TRACKS) == pytest.approx(wanted, abs=1e-6)
    pairs = [cosines[a, b] for a, b in itertools.combinations(range(10), 2) if TRACKS[a] != TRACKS[b]]
    found = pair_cosine(vectors, TRACKS)
    assert found is not None
    assert found.value == pytest.approx(np.mean(pairs), abs=1e-6)


def test_one_track_alone_has_no_pair() -> None:
    assert np.isnan(typicality(units(3, 4), np.zeros(3, np.int64))).all()
    assert pair_cosine(units(3, 4), np.zeros(3, np.int64)) is None
    few = pair_cosine(units(2, 4), np.arange(2))
    assert few is not None
    assert few.low is None


def test_the_interval_of_the_pair_cosine_is_as_wide_as_a_plain_bootstrap_of_all_pairs() -> None:
    vectors = units(120, 5, seed=3)
    cosines = vectors.astype(np.float64) @ vectors.T
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(RESAMPLES):
        weights = np.bincount(rng.integers(0, 120, size=120), minlength=120).astype(np.float64)
        pairs = np.outer(weights, weights)
        np.fill_diagonal(pairs, 0.0)
        draws.append((cosines * pairs).sum() / pairs.sum())
    low, high = np.quantile(draws, [0.025, 0.975])
    found = pair_cosine(vectors, np.arange(120))
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low == pytest.approx(high - low, rel=0.15)


def test_effective_rank_counts_the_directions_used() -> None:
    axes = np.concatenate([np.eye(8), -np.eye(8)]).astype(np.float32)
    found = effective_rank([f"text {number}" for number in range(16)], axes)
    assert found is not None
    assert found.value == pytest.approx(8.0)
    assert found.n == 16
    one_line = effective_rank(list("abc"), np.array([[1, 0], [2, 0], [5, 0]], np.float32))
    assert one_line is not None
    assert one_line.value == pytest.approx(1.0)


def test_effective_rank_takes_distinct_texts_and_a_sample_of_a_fixed_size() -> None:
    collapsed = effective_rank(["a", "b", "a"], np.ones((3, 4), np.float32))
    assert collapsed is not None
    assert (collapsed.value, collapsed.n) == (0.0, 2)
    assert effective_rank(["a", "a"], np.ones((2, 4), np.float32)) is None
    assert effective_rank([], np.empty((0, 4), np.float32)) is None
    many = effective_rank([str(number) for number in range(RANK_TEXTS + 40)], units(RANK_TEXTS + 40, 3))
    assert many is not None
    assert many.n == RANK_TEXTS


def test_texts_that_the_encoder_does_not_tell_apart_are_found() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    assert same_embedding(["long a", "long b", "c", "c"], vectors) == pytest.approx(2 / 3)
    assert same_embedding(["a", "b"], vectors[1:3]) == 0.0
    assert same_embedding([], np.empty((0, 2), np.float32)) is None
