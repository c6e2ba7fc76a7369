"""The sign-flip test: exact, its smallest p, sampled beyond 16 replicates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.stats.sign_flips import MOST_EXACT, SAMPLED, fewest_replicates, sign_flip_test, smallest_p

DIFFERENCES = st.lists(st.floats(-3, 3, allow_subnormal=False), min_size=1, max_size=9)


@given(DIFFERENCES)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_it_depends_neither_on_order_nor_on_direction(differences: list[float]) -> None:
    found = sign_flip_test(differences)
    assert found.smallest <= found.p <= 1
    assert sign_flip_test(differences[::-1]).p == found.p
    assert sign_flip_test([-one for one in differences]).p == found.p


@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_all_of_one_sign_give_the_smallest_p(count: int) -> None:
    found = sign_flip_test(np.arange(1.0, count + 1))
    assert found.p == found.smallest == smallest_p(count)
    assert found.exact
    assert found.flips == 2**count


def test_no_difference_at_all_is_no_evidence() -> None:
    assert sign_flip_test([0.0, 0.0, 0.0]).p == 1.0


def test_sampled_flips_agree_with_all_of_them() -> None:
    differences = np.random.default_rng(1).normal(0.35, 1, MOST_EXACT + 1)
    found = sign_flip_test(differences)
    assert not found.exact
    assert found.flips == SAMPLED
    signs = 1 - 2 * ((np.arange(2**16)[:, None] >> np.arange(17)) & 1)
    exact = float((np.abs(signs @ differences) >= abs(differences.sum()) - 1e-9).mean())
    assert found.p == pytest.approx(exact, abs=4 * np.sqrt(exact / SAMPLED))
    assert found == sign_flip_test(differences)


def test_sampled_p_is_never_zero() -> None:
    found = sign_flip_test(np.ones(60))
    assert found.p == found.smallest == 1 / (SAMPLED + 1)


def test_how_many_replicates_a_level_takes() -> None:
    assert [fewest_replicates(level) for level in (0.05, 0.05 / 2, 0.05 / 7, 0.03125)] == [6, 7, 9, 6]
    assert all(smallest_p(fewest_replicates(level)) <= level for level in (0.3, 0.05, 0.001))
    with pytest.raises(ValueError, match="between 0 and 1"):
        fewest_replicates(0.0)
    with pytest.raises(ValueError, match="differences"):
        sign_flip_test([])
