"""The interval over seeds and query tracks."""

from __future__ import annotations

import numpy as np
import pytest

from adsw.stats.bootstrap import paired_interval
from adsw.stats.resampling import Statistic
from sweep.stats.replicates import hierarchical_interval

TRACKS = 40
GROUPS = np.repeat(np.arange(TRACKS), 2)


def drawn(rng: np.random.Generator, replicates: int, seeds: float, tracks: float) -> np.ndarray:
    shared = tracks * np.repeat(rng.normal(size=TRACKS), 2)
    return seeds * rng.normal(size=(replicates, 1)) + shared + rng.normal(size=(replicates, 2 * TRACKS))


@pytest.mark.parametrize(("seeds", "tracks"), [(0.3, 0.5), (0.5, 0.0), (0.0, 1.0)])
def test_it_covers_at_three_replicates(seeds: float, tracks: float) -> None:
    rng = np.random.default_rng(7)
    held = 0
    for seed in range(80):
        values = drawn(rng, 3, seeds, tracks)
        span = hierarchical_interval(values, np.zeros_like(values), GROUPS, seed=seed, resamples=300)
        held += span.low <= 0 <= span.high
    assert held / 80 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 80)


def test_without_scatter_between_seeds_it_is_the_interval_over_tracks() -> None:
    rng = np.random.default_rng(1)
    one, two = drawn(rng, 1, 0, 1.0)[0], drawn(rng, 1, 0, 1.0)[0]
    found = hierarchical_interval(np.stack([one] * 4), np.stack([two] * 4), GROUPS)
    plain = paired_interval(one, two, GROUPS)
    assert found.value == pytest.approx(plain.value)
    assert found.high - found.low == pytest.approx(plain.high - plain.low, rel=0.1)


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_what_both_arms_share_cancels(statistic: Statistic) -> None:
    values = drawn(np.random.default_rng(2), 3, 1.0, 2.0)
    found = hierarchical_interval(values + 0.25, values, GROUPS, statistic, resamples=100)
    assert (found.value, found.low, found.high) == pytest.approx((0.25, 0.25, 0.25))


def test_medians_are_medians_and_it_is_repeatable() -> None:
    values = drawn(np.random.default_rng(3), 3, 0.2, 0.5)
    values[:, ::40] = 1e6  # a few wild queries move the mean and not the median
    zeros = np.zeros_like(values)
    found = hierarchical_interval(values, zeros, GROUPS, "median", resamples=100)
    assert -1 < found.low < found.high < 1
    assert found == hierarchical_interval(values, zeros, GROUPS, "median", resamples=100)


def test_what_cannot_be_paired_is_refused() -> None:
    values = drawn(np.random.default_rng(4), 3, 0.2, 0.5)
    for first, second, groups in (
        (values[:1], values[:1], GROUPS),
        (values, values[:2], GROUPS),
        (values, values, GROUPS[:-1]),
        (values[0], values[0], GROUPS),
    ):
        with pytest.raises(ValueError, match="one shape"):
            hierarchical_interval(first, second, groups)
    with pytest.raises(ValueError, match="finite"):
        hierarchical_interval(np.where(values > 1, np.nan, values), values, GROUPS)
