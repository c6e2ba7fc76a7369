"""Replicates needed: what is promised before is kept in simulation, and told again after."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from sweep.stats.power import MOST, needed_after, needed_at, paired_scatter, power_of, replicates_needed


@pytest.mark.parametrize(("difference", "level"), [(0.7, 0.05), (1.5, 0.05), (1.2, 0.05 / 3)])
def test_simulated_power_is_the_promised_one(difference: float, level: float) -> None:
    count = replicates_needed(difference, 1.0, level)
    assert count is not None
    draws = np.random.default_rng(3).normal(difference, 1, (4000, count))
    found = float((ttest_1samp(draws, 0, axis=1).pvalue <= level).mean())
    assert found == pytest.approx(power_of(difference, 1.0, count, level), abs=0.025)
    assert power_of(difference, 1.0, count - 1, level) < 0.8 <= power_of(difference, 1.0, count, level)


def test_larger_differences_need_fewer() -> None:
    counts = [replicates_needed(difference, 0.02) for difference in (0.001, 0.005, 0.01, 0.05, 5.0)]
    assert all(one is not None for one in counts)
    assert counts == sorted(counts, key=lambda count: -(count or 0))
    assert counts[-1] in (2, 3)
    assert replicates_needed(1e-6, 1.0) is None
    assert power_of(1e-6, 1.0, MOST) < 0.06


def test_after_the_fact_the_scatter_of_few_leaves_much_open() -> None:
    few = needed_after([0.1, 0.3, 0.2, 0.25, -0.02], 0.1)
    many = needed_after(np.tile([0.1, 0.3, 0.2, 0.25, -0.02], 20), 0.1)
    assert few is not None
    assert many is not None
    assert few.low is not None
    assert few.high is not None
    assert few.low < (few.replicates or 0) < few.high
    assert (many.high or 0) - (many.low or 0) < few.high - few.low
    assert few.deviation == pytest.approx(np.std([0.1, 0.3, 0.2, 0.25, -0.02], ddof=1))
    assert needed_after([0.2, 0.2, 0.2], 0.1) is None


def test_scatter_is_pooled_over_comparisons_and_counts_as_one() -> None:
    one, two = [0.1, 0.3, 0.2, 0.25, -0.02], [0.0, 0.1, 0.2]
    found = paired_scatter([one, two, [0.7], []])
    assert found is not None
    assert found.value == pytest.approx(np.sqrt((4 * np.var(one, ddof=1) + 2 * np.var(two, ddof=1)) / 6))
    alone = paired_scatter([one])
    assert alone is not None
    assert found.high / found.value == pytest.approx(alone.high / alone.value)  # four degrees of freedom, not six
    assert needed_at(0.1, alone) == needed_after(one, 0.1)
    assert paired_scatter([]) is paired_scatter([[0.4]]) is paired_scatter([[0.2, 0.2, 0.2]]) is None
    with pytest.raises(ValueError, match="differences"):
        paired_scatter([[0.1, float("inf")]])


def test_arguments_out_of_range_are_refused() -> None:
    for arguments in ((1.0, 0.0, 5, 0.05), (1.0, 1.0, 1, 0.05), (1.0, 1.0, 5, 0.0), (float("nan"), 1.0, 5, 0.05)):
        with pytest.raises(ValueError, match="power needs"):
            power_of(*arguments)
    for difference, power in ((0.0, 0.8), (1.0, 1.0)):
        with pytest.raises(ValueError, match="not 0 and a power"):
            replicates_needed(difference, 1.0, power=power)
