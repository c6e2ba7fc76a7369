"""Figures of embeddings, against what is known by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.encoders.check.measures import difference, spread_of


def stacked(*vectors: Any) -> Any:
    return np.array(vectors, dtype=np.float32)[:, None, :]


def test_spread_of_known_vectors() -> None:
    found = spread_of(stacked([1, 0, 0], [0, 2, 0], [0, 3, 3]))
    assert found.mean_cosine == pytest.approx(0.5**0.5 / 3)
    assert found.max_cosine == pytest.approx(0.5**0.5)
    assert found.closest == (1, 2)


def test_the_effective_rank_counts_directions() -> None:
    corners = np.concatenate([np.eye(4), -np.eye(4)])
    assert spread_of(stacked(*corners)).effective_rank == pytest.approx(4)
    assert spread_of(stacked([1, 1], [2, 2], [5, 5])).effective_rank == pytest.approx(1)
    assert spread_of(stacked([1, 1], [1, 1], [1, 1])).effective_rank == 0


def test_zeros_have_a_spread() -> None:
    found = spread_of(stacked([0, 0], [0, 0], [1, 0]))
    assert (found.mean_cosine, found.max_cosine) == (0, 0)


@pytest.mark.parametrize("embeddings", [stacked([1, 2]), stacked([1, 2], [np.nan, 1])])
def test_there_is_no_spread_of_one_or_of_nan(embeddings: Any) -> None:
    with pytest.raises(ValueError, match="two and more finite"):
        spread_of(embeddings)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(2, 6), st.integers(1, 3), st.integers(1, 5), st.integers(0, 10_000))
def test_spread_does_not_depend_on_scale_or_order(inputs: int, tokens: int, features: int, seed: int) -> None:
    made = np.random.default_rng(seed).normal(size=(inputs, tokens, features)).astype(np.float32)
    one, other = spread_of(made), spread_of(made[::-1] * np.float32(8))
    assert one.mean_cosine == pytest.approx(other.mean_cosine)
    assert one.max_cosine == pytest.approx(other.max_cosine)
    assert one.effective_rank == pytest.approx(other.effective_rank, rel=1e-4)
    assert one.effective_rank <= inputs - 1 + 1e-6


def test_difference_is_a_share_of_the_length() -> None:
    assert difference(stacked([3, 4], [0, 10]), stacked([3, 4], [0, 9])) == pytest.approx(0.1)
    assert difference(stacked([0, 0]), stacked([0, 0])) == 0
    assert np.isnan(difference(stacked([1, 1]), stacked([1, np.nan])))
