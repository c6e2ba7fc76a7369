"""Smooth surface of the objective over two parameters, kept only if it predicts trials that were left out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from adsw.arrays import Floats
from adsw.draws import generator

FEWEST = 20
"""Below this many trials no surface is fitted."""
LEAST_EXPLAINED = 0.1
"""A surface that predicts less of the variance of left-out trials is not shown."""
CELLS = 40
"""Grid points along each side."""
SHUFFLES = 19
"""A surface must predict left-out trials better than each of so many surfaces of shuffled values: 5 % by chance."""
_LENGTHS = (0.12, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Length scales that are tried, as shares of a parameter's range."""
_NOISE = (0.005, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 0.95)
"""Shares of noise in the variance that are tried."""
_MOST_FOR_CHOICE = 200
"""Trials by which length scales and noise are chosen and tested; the surface itself rests on all."""


@dataclass(frozen=True, slots=True)
class Surface:
    """The mean of a Gaussian process over the unit square."""

    values: Floats
    """[CELLS, CELLS], row along the second parameter; NaN outside the convex hull of the trials."""
    explained: float
    """1 minus the squared error of leave-one-out predictions over that of the mean alone; 0 or less if they are
    no better."""
    lengths: tuple[float, float]
    """Length scales, as shares of the ranges."""
    noise: float
    """Share of the variance due to everything else: other parameters, seeds, tracks."""
    shuffled: float
    """The most that a surface of shuffled values explained."""

    @property
    def holds(self) -> bool:
        """Whether it predicts left-out trials better than chance does."""
        return self.explained >= LEAST_EXPLAINED and self.explained > self.shuffled


def grid() -> Floats:
    """Return the places of the grid along one side, from 0 to 1, [CELLS]."""
    return np.linspace(0.0, 1.0, CELLS)


def smooth_surface(places: ArrayLike, values: ArrayLike, seed: int = 0) -> Surface | None:
    """Fit a Gaussian process (Rasmussen and Williams, *Gaussian Processes for Machine Learning*, 2006, chapters 2, 5).

    Squared-exponential kernel with a length scale for each parameter, constant mean, normal noise: all chosen by
    the likelihood, on a grid. If the two parameters explain little it is nearly flat and `explained` is small.
    Other parameters vary too and are part of its noise: it shows an average over the values that were tried.

    Args:
        places: the trials' values of both parameters, scaled to [0, 1], [N, 2].
        values: the objective, [N].
        seed: of the choice of trials, where there are very many.

    Returns:
        The surface, or None for fewer than `FEWEST` trials, values that do not vary, or places on one line.

    Raises:
        ValueError: the shapes do not fit, or a value is not finite.
    """
    from scipy.spatial import Delaunay, QhullError

    places_N2, values_N = np.asarray(places, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if places_N2.shape != (len(values_N), 2) or not (np.isfinite(places_N2).all() and np.isfinite(values_N).all()):
        raise ValueError(f"places must be [N, 2] and values [N], all finite: {places_N2.shape}, {values_N.shape}")
    if len(values_N) < FEWEST or np.ptp(values_N) == 0:
        return None
    try:
        hull = Delaunay(places_N2)
    except QhullError:
        return None
    mean, spread = float(values_N.mean()), float(values_N.std())
    scaled_N = (values_N - mean) / spread
    fit, shuffled = _chosen(places_N2, scaled_N, generator(seed, "surface"))
    covariance_NN = (1 - fit.noise) * _kernel(places_N2, places_N2, fit.lengths) + fit.noise * np.eye(len(scaled_N))
    side = grid()
    cells_G2 = np.array([(x, y) for y in side for x in side])
    weights_N = np.linalg.solve(covariance_NN, scaled_N)
    drawn_G = mean + spread * (1 - fit.noise) * (_kernel(cells_G2, places_N2, fit.lengths) @ weights_N)
    # Outside the convex hull of the trials the surface would be extrapolated.
    drawn_G[hull.find_simplex(cells_G2, tol=1e-9) < 0] = np.nan
    return Surface(drawn_G.reshape(CELLS, CELLS), fit.explained, fit.lengths, fit.noise, shuffled)


@dataclass(frozen=True, slots=True)
class _Fit:
    """Likeliest process of some values."""

    lengths: tuple[float, float]
    noise: float
    explained: float


def _chosen(places_N2: Floats, scaled_N: Floats, rng: np.random.Generator) -> tuple[_Fit, float]:
    """Choose the likeliest process; also return the most that the likeliest of shuffled values explains."""
    chosen = np.arange(len(scaled_N))
    if len(chosen) > _MOST_FOR_CHOICE:
        chosen = rng.permutation(chosen)[:_MOST_FOR_CHOICE]
    values_M = scaled_N[chosen] - scaled_N[chosen].mean()
    # The values themselves are the first column, shuffles of them the others.
    columns_NS = np.stack([values_M, *(rng.permutation(values_M) for _ in range(SHUFFLES))], axis=1)
    fits = _likeliest(places_N2[chosen], columns_NS)
    return fits[0], max(fit.explained for fit in fits[1:])


def _kernel(first_M2: Floats, second_N2: Floats, lengths: tuple[float, float]) -> Floats:
    """Compute the squared-exponential kernel between two sets of places, [M, N]."""
    apart = (first_M2[:, None, :] - second_N2[None, :, :]) / np.array(lengths)
    return np.asarray(np.exp(-0.5 * (apart**2).sum(axis=2)))


def _likeliest(places_N2: Floats, columns_NS: Floats) -> list[_Fit]:
    """Fit every column: the length scales and the share of noise of the largest likelihood.

    The variance is the likeliest one, in closed form.
    """
    count, columns = columns_NS.shape
    best_S, fits = np.full(columns, -np.inf), [_Fit((1.0, 1.0), 1.0, 0.0)] * columns
    # Squared leave-one-out errors of the mean alone: each value against the mean of the others.
    alone_S = ((columns_NS * count / (count - 1)) ** 2).sum(axis=0)
    for lengths in product(_LENGTHS, _LENGTHS):
        # One decomposition of each kernel serves all columns and all shares of noise.
        eigen_N, vectors_NN = np.linalg.eigh(_kernel(places_N2, places_N2, lengths))
        turned_NS = vectors_NN.T @ columns_NS
        for noise in _NOISE:
            # Rounding may leave eigenvalues slightly below 0.
            variances_N = (1 - noise) * np.maximum(eigen_N, 0.0) + noise
            scale_S = (turned_NS**2 / variances_N[:, None]).mean(axis=0)
            likelihood_S = -count * np.log(scale_S) - float(np.log(variances_N).sum())
            better = np.flatnonzero(likelihood_S > best_S)
            if not len(better):
                continue
            best_S[better] = likelihood_S[better]
            # Leave-one-out residuals in closed form: the weights over the inverse's diagonal.
            inverse_N = (vectors_NN**2 / variances_N).sum(axis=1)
            weights_NS = vectors_NN @ (turned_NS[:, better] / variances_N[:, None])
            errors_S = ((weights_NS / inverse_N[:, None]) ** 2).sum(axis=0)
            for place, error in zip(better, errors_S, strict=True):
                fits[place] = _Fit(lengths, noise, 1 - float(error / alone_S[place]))
    return fits
