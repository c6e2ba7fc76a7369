"""Agreement of evaluation sets, figures on shared resamples of tracks, and surfaces over two parameters."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr

from adsw.stats.resampling import resampled, weighted_figures
from sweep.stats import rank_agreement as subject
from sweep.stats.rank_agreement import picking_cost, set_agreement
from sweep.stats.surface import CELLS, grid, smooth_surface

RNG = np.random.default_rng(0)


def test_agreement_is_scipys_with_ties() -> None:
    one, other = RNG.integers(0, 6, 30).astype(float), RNG.integers(0, 6, 30).astype(float)
    found = set_agreement(one, other)
    assert found is not None
    assert found.tau.value == pytest.approx(kendalltau(one, other).statistic)
    assert found.rho.value == pytest.approx(spearmanr(one, other).statistic)
    assert found.tau.low < found.tau.value < found.tau.high


def test_resampled_taus_are_scipys_of_the_resampled_trials() -> None:
    one, other = RNG.integers(0, 4, 9).astype(float), RNG.normal(size=9)
    times = RNG.multinomial(9, np.full(9, 1 / 9), size=20)
    found = subject._taus(subject._signs(one), subject._signs(other), times)
    wanted = [kendalltau(np.repeat(one, row), np.repeat(other, row)).statistic for row in times]
    assert found == pytest.approx(wanted, nan_ok=True)


def test_too_few_or_constant_trials_agree_on_nothing() -> None:
    assert set_agreement([1.0, 2.0], [1.0, 2.0]) is None
    assert set_agreement([1.0] * 8, list(range(8))) is None


def test_what_picking_by_another_set_costs() -> None:
    found = picking_cost([3.0, 2.0, 1.0], [0.1, 0.4, 0.2])
    assert (found.picked, found.best, found.place) == (0, 1, 3)
    assert found.lost == pytest.approx(0.3)
    ranks = picking_cost([3.0, 2.0, 1.0], [10.0, 40.0, 20.0], "min")
    assert (ranks.picked, ranks.best, ranks.place, ranks.lost) == (2, 0, 2, 10.0)
    with pytest.raises(ValueError, match="same trials"):
        picking_cost([1.0], [1.0, 2.0])


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_figures_are_those_of_the_queries_written_out(statistic: str) -> None:
    tracks = np.array([0, 0, 1, 2, 2, 2])
    values = RNG.normal(size=(3, 6))
    weights = resampled(lambda drawn: drawn, 3, 5, 0)
    found = weighted_figures(values, tracks, weights, statistic)  # type: ignore[arg-type]
    for row, times in zip(found, weights, strict=True):
        wanted = getattr(np, statistic)(np.repeat(values, times[tracks], axis=1), axis=1)
        assert row == pytest.approx(wanted)
    with pytest.raises(ValueError, match="below 3"):
        weighted_figures(values, tracks + 1, weights)


def test_a_surface_finds_a_hill_and_shows_nothing_outside_its_trials() -> None:
    places = RNG.uniform(0.2, 0.8, (60, 2))
    values = -((places[:, 0] - 0.6) ** 2) - (places[:, 1] - 0.4) ** 2 + RNG.normal(0, 0.003, 60)
    found = smooth_surface(places, values)
    assert found is not None
    assert found.explained > 0.9
    assert np.isnan(found.values[0]).all()
    row, column = np.unravel_index(np.nanargmax(found.values), (CELLS, CELLS))
    assert grid()[column] == pytest.approx(0.6, abs=0.08)
    assert grid()[row] == pytest.approx(0.4, abs=0.08)
    inside = np.array([0.5, 0.5])
    near = found.values[np.abs(grid() - inside[1]).argmin(), np.abs(grid() - inside[0]).argmin()]
    assert near == pytest.approx(-0.02, abs=0.004)


def test_noise_gives_no_surface_that_holds() -> None:
    held = [
        found.holds for seed in range(40) if (found := smooth_surface(*_noise(np.random.default_rng(seed)))) is not None
    ]
    assert len(held) == 40
    assert sum(held) <= 5  # of 40 at 5 %: more than 5 in 1 % of runs


def _noise(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.uniform(size=(40, 2)), rng.normal(size=40)


def test_no_surface_without_trials_enough_or_a_plane_to_draw_it_on() -> None:
    places = RNG.uniform(size=(25, 2))
    assert smooth_surface(places[:10], RNG.normal(size=10)) is None
    assert smooth_surface(places, np.ones(25)) is None
    line = np.stack([places[:, 0], places[:, 0]], axis=1)
    assert smooth_surface(line, RNG.normal(size=25)) is None
    with pytest.raises(ValueError, match="finite"):
        smooth_surface(places, np.full(25, np.nan))


def test_what_a_surface_explains_is_by_leaving_every_trial_out() -> None:
    places = RNG.uniform(size=(24, 2))
    values = np.sin(4 * places[:, 0]) + RNG.normal(0, 0.2, 24)
    found = smooth_surface(places, values)
    assert found is not None
    scaled = (values - values.mean()) / values.std()
    apart = (places[:, None] - places[None]) / np.array(found.lengths)
    kernel = (1 - found.noise) * np.exp(-0.5 * (apart**2).sum(axis=2))
    errors, alone = [], []
    for left in range(24):
        kept = np.delete(np.arange(24), left)
        covariance = kernel[np.ix_(kept, kept)] + found.noise * np.eye(23)
        errors.append(scaled[left] - kernel[left, kept] @ np.linalg.solve(covariance, scaled[kept]))
        alone.append(scaled[left] - scaled[kept].mean())
    assert found.explained == pytest.approx(1 - np.square(errors).sum() / np.square(alone).sum())
