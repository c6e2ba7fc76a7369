"""The held-out spread: 0 for equal trials, the true distance for unequal ones."""

from __future__ import annotations

import numpy as np
import pytest

from sweep.stats.selection import held_out_spread

TRACKS = 150
CLUSTERS = np.repeat(np.arange(TRACKS), 4)


def trials(qualities: list[float], seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shared = rng.normal(0, 1, TRACKS)[CLUSTERS]
    return np.stack([quality + shared + rng.normal(0, 0.3, len(CLUSTERS)) for quality in qualities])


def test_equal_trials_do_not_spread_though_their_extremes_do() -> None:
    means = []
    for seed in range(20):
        values = trials([0.0] * 16, seed)
        found = held_out_spread(values, CLUSTERS, seed=seed, splits=60)
        assert found.value < np.ptp(values.mean(axis=1))
        means.append(found.value)
    assert abs(np.mean(means)) < 3 * np.std(means) / np.sqrt(len(means)) + 1e-3


def test_a_true_distance_is_found() -> None:
    found = held_out_spread(trials([0.0, 0.1, 0.5, 0.3]), CLUSTERS)
    assert found.low < 0.5 < found.high
    assert found.value == pytest.approx(0.5, abs=0.05)
    assert found.splits == 500


def test_identical_trials_are_zero_apart() -> None:
    values = np.repeat(trials([0.0]), 3, axis=0)
    found = held_out_spread(values, CLUSTERS, splits=50)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_tracks_are_never_split() -> None:
    # Trial 0 is better on even tracks by what it is worse on odd ones: judged by single queries it would look equal
    # everywhere; whole tracks held out, what wins on one half loses on the other.
    sign = np.where(np.arange(TRACKS) % 2 == 0, 1.0, -1.0)[CLUSTERS]
    found = held_out_spread(np.stack([sign, -sign]), CLUSTERS, splits=200)
    assert found.value < 0


def test_the_median_is_a_median() -> None:
    values = trials([0.0, 1.0])
    values[0, ::40] = 1e6  # a few wild queries move the mean and not the median
    assert held_out_spread(values, CLUSTERS, median=True, splits=50).value == pytest.approx(1.0, abs=0.2)
    assert held_out_spread(values, CLUSTERS, splits=50).value > 100


def test_it_is_repeatable() -> None:
    values = trials([0.0, 0.2, 0.1])
    assert held_out_spread(values, CLUSTERS, seed=4, splits=20) == held_out_spread(values, CLUSTERS, seed=4, splits=20)


def test_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match="two trials and two tracks"):
        held_out_spread(trials([0.0]), CLUSTERS)
    with pytest.raises(ValueError, match="two trials and two tracks"):
        held_out_spread(np.zeros((3, 4)), np.zeros(4, dtype=np.int64))
