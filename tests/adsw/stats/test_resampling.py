"""Resamples and figures of weighted queries."""

from __future__ import annotations

import numpy as np
import pytest

from adsw.stats import resampling
from adsw.stats.resampling import drawn_places, numbered, resampled, weighted, weighted_figures


def whole(weights: np.ndarray) -> np.ndarray:
    return weights


def test_groups_of_any_kind_are_numbered_from_zero() -> None:
    assert numbered(["b", "a", "b"]).tolist() == [1, 0, 1]
    assert numbered([7, 3]).dtype == np.int64


@pytest.mark.parametrize("kept", [2**22, 0])
def test_draws_do_not_depend_on_chunks_or_on_being_kept(monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    expected = np.random.default_rng(5).multinomial(7, np.full(7, 1 / 7), size=40)
    monkeypatch.setattr(resampling, "_KEPT", kept)
    for chunk in (2**21, 30, 1):
        monkeypatch.setattr(resampling, "_CHUNK", chunk)
        assert (resampled(whole, 7, 40, 5) == expected).all()
        assert (resampled(whole, 7, 40, np.random.default_rng(5), width=3) == expected).all()


def test_a_generator_goes_on_where_the_last_resamples_ended() -> None:
    rng = np.random.default_rng(1)
    both = np.concatenate([resampled(whole, 4, 6, rng), resampled(whole, 4, 6, rng)])
    assert (both == resampled(whole, 4, 12, np.random.default_rng(1))).all()


def test_places_are_drawn_with_replacement() -> None:
    drawn = drawn_places(5, 200, np.random.default_rng(0))
    assert drawn.shape == (200, 5)
    assert set(drawn.ravel().tolist()) == set(range(5))
    assert any(len(set(row)) < 5 for row in drawn.tolist())


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_equal_runs_have_equal_figures_to_the_last_bit(statistic: str) -> None:
    rng = np.random.default_rng(2)
    values = np.repeat(rng.random((1, 300)), 9, axis=0)
    clusters = rng.integers(0, 40, 300)
    figures = resampled(lambda drawn: weighted_figures(values, clusters, drawn, statistic), 40, 50, 0)  # type: ignore[arg-type]
    assert (figures == figures[:, :1]).all()


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_a_resample_without_a_query_has_no_figure(statistic: str) -> None:
    figure = weighted(np.array([1.0, 2.0]), np.array([0, 0]), statistic)  # type: ignore[arg-type]
    assert figure(np.array([[2, 0]])).tolist() == [1.5]
    with pytest.raises(ValueError, match="holds no query"):
        figure(np.array([[1, 1], [0, 2]]))
