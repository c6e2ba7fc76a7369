from __future__ import annotations

import numpy as np
import pytest

from adsw.stats.bootstrap import LEAST, MOST, Resamples, mean_of_known
from adsw.stats.interval import centred_interval


def test_groups_are_drawn_whole() -> None:
    resamples = Resamples(["a", "b", "a", "c"], resamples=50)
    drawn = resamples.draw(lambda weights: weights)
    assert drawn.shape == (50, 4)
    assert (drawn[:, 0] == drawn[:, 2]).all()
    assert (drawn[:, 0] + drawn[:, 1] + drawn[:, 3] == resamples.groups).all()
    assert "3 groups, 50 resamples" in resamples.convention


def test_the_same_draws_for_every_figure_however_they_are_chunked(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = [str(number) for number in range(20)]
    whole = Resamples(groups, resamples=40).draw(lambda weights: weights)
    monkeypatch.setattr("adsw.stats.resampling._CHUNK", 60)
    assert (Resamples(groups, resamples=40).draw(lambda weights: weights) == whole).all()
    assert (Resamples(groups, resamples=40, seed=1).draw(lambda weights: weights) != whole).any()


def test_large_sets_get_fewer_resamples_but_not_too_few() -> None:
    assert Resamples(["a"]).count == MOST
    assert Resamples(["a"] * 1000, columns=40).count == 500
    assert Resamples(["a"] * 1000, columns=10**6).count == LEAST


def test_nothing_cannot_be_resampled() -> None:
    with pytest.raises(ValueError, match="no track"):
        Resamples([])


def test_the_interval_of_a_mean_is_that_of_theory() -> None:
    values = np.random.default_rng(0).normal(0.5, 0.1, 400)
    resamples = Resamples([str(number) for number in range(400)], resamples=2000)
    draws = resamples.draw(lambda weights: (weights @ values / weights.sum(axis=1))[:, None])
    interval = centred_interval(float(values.mean()), draws[:, 0])
    error = 1.96 * values.std() / np.sqrt(400)
    assert interval.low == pytest.approx(values.mean() - error, abs=error / 10)
    assert interval.high == pytest.approx(values.mean() + error, abs=error / 10)


def test_bias_is_taken_off_and_the_figures_range_is_kept() -> None:
    interval = centred_interval(0.2, np.array([0.4, 0.5, 0.6, np.nan]))
    assert interval.low < 0.2 < interval.high
    assert centred_interval(0.99, np.array([0.9, 1.0])).high == 1.0
    assert centred_interval(-0.9, np.array([-1.0, -0.5]), least=-1.0).low == -1.0
    assert centred_interval(0.3, np.array([np.nan])).low == 0.3


def test_means_leave_out_what_is_not_known() -> None:
    known = mean_of_known(np.array([[1.0, np.nan], [np.nan, np.nan]]))
    assert known[0] == 1.0
    assert np.isnan(known[1])
