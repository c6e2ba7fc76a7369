"""Distances between two clouds of embeddings, free of the bias of small samples, with intervals.

* Frechet distance (Dowson and Landau 1982; of audio: Kilgour et al., *Frechet Audio Distance*, Interspeech 2019).
  Its plug-in estimate is too large by a term in 1/n. As Chong and Forsyth do (*Effectively unbiased FID*,
  CVPR 2020), it is computed at several sample sizes and extrapolated to an infinite one.
* Kernel distance: the unbiased estimate of the squared maximum mean discrepancy under the cubic kernel
  (Gretton et al., JMLR 2012; Binkowski et al., *Demystifying MMD GANs*, ICLR 2018). It may be negative.

Intervals are of the delete-half jackknife (Shao and Wu, Annals of Statistics 1989): the spread of the estimate over
random halves of the groups is its standard error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats
from adsw.draws import generator
from adsw.shift.sample import Cloud
from adsw.stats.interval import Interval, normal_interval, percentile_interval
from adsw.stats.resampling import numbered, resampled

Rows = NDArray[np.int64]

Estimate = Callable[[Rows, Rows], float]
"""Computes a distance between some rows of one cloud and some of the other."""

SHARES = (0.5, 0.6, 0.75, 1.0)
"""Shares of both samples at which the Frechet distance is taken."""

DRAWS = 2
"""Subsets drawn of every share but the whole."""

HALVES = 24
"""Random halves from which a standard error is estimated."""


@dataclass(frozen=True, slots=True)
class Distance:
    """A distance between two sets, with that between halves of one set for comparison."""

    name: str
    between: Interval
    """Between the two sets."""
    within: Interval
    """Between random halves of the first set, where there is no shift."""
    n: tuple[int, int]
    """Points of each set."""
    features: int
    """Width of the embeddings, D."""

    @property
    def is_thin(self) -> bool:
        """Whether a set has fewer points than twice the features, so that the extrapolation is rough."""
        return min(self.n) < 2 * self.features

    def document(self) -> dict[str, object]:
        """Return the fields as plain JSON values."""
        return {
            "between": asdict(self.between),
            "within_first": asdict(self.within),
            "n": list(self.n),
            "features": self.features,
            "fewer_points_than_twice_the_features": self.is_thin,
        }


def frechet_distance(one: Cloud, other: Cloud, seed: int = 0) -> Distance:
    """Estimate the squared Frechet distance |m - m'|^2 + tr(C + C' - 2 (C C')^(1/2)), extrapolated to infinite samples.

    Args:
        one: points [n, D].
        other: points [m, D].
        seed: of the subsets and halves.
    """
    return _distance("Frechet", one, other, _extrapolated(one.points, other.points, seed), _extrapolated, seed)


def kernel_distance(one: Cloud, other: Cloud, seed: int = 0) -> Distance:
    """Estimate the squared maximum mean discrepancy under the kernel (x . y / D + 1)^3, without bias.

    Points are scaled to a mean square of 1. The estimate may be negative.

    Args:
        one: points [n, D].
        other: points [m, D].
        seed: of the halves.
    """
    return _distance("kernel", one, other, _discrepancy(one.points, other.points, seed), _discrepancy, seed)


def frechet(one: Floats, other: Floats) -> float:
    """Compute the squared Frechet distance of two samples [n, D] and [m, D] by their own means and covariances.

    It is too large by a term in 1/n; `frechet_distance` corrects that.

    >>> import numpy as np
    >>> points = np.array([[0.0], [2.0]])
    >>> frechet(points, points + 3)
    9.0
    """
    shift = one.mean(axis=0) - other.mean(axis=0)
    a, b = (_factor(points) for points in (one, other))
    # From factors of the covariances, because a matrix square root of a singular product is inexact.
    # tr (C C')^(1/2) is the sum of the singular values of A B^T, where A^T A = C and B^T B = C'.
    shared = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return float(shift @ shift + (a**2).sum() + (b**2).sum() - 2 * shared)


def _factor(points: Floats) -> Floats:
    """Return A with A^T A the covariance of points [n, D], of min(n, D) rows."""
    centred: Floats = (points - points.mean(axis=0)) / np.sqrt(len(points) - 1)
    if len(centred) <= centred.shape[1]:
        return centred
    factor: Floats = np.linalg.qr(centred)[1]
    return factor


def _extrapolated(one: Floats, other: Floats, seed: int) -> Estimate:
    """Return the estimate of the Frechet distance at infinitely many points."""

    def estimate(rows: Rows, others: Rows) -> float:
        # The bias is a line in 1/n: its value at 1/n = 0 is the distance of infinite samples.
        rng = generator(seed, "frechet", len(rows), len(others), int(rows[0]), int(others[0]))
        inverse, values = [], []
        for share in SHARES:
            for _ in range(DRAWS if share < 1 else 1):
                some, some_others = (_some(part, share, rng) for part in (rows, others))
                inverse.append(1 / share)
                values.append(frechet(one[some], other[some_others]))
        return float(np.polyfit(inverse, values, 1)[1])

    return estimate


def _some(rows: Rows, share: float, rng: np.random.Generator) -> Rows:
    """Draw a share of some rows, at least two; all of them if the share is 1."""
    return rows if share == 1 else rng.permutation(rows)[: max(2, round(share * len(rows)))]


def _discrepancy(one: Floats, other: Floats, seed: int) -> Estimate:
    """Return the estimate of the kernel distance; it draws nothing, so the seed is not used."""
    del seed
    scale = np.mean(np.concatenate([one, other]) ** 2) or 1.0
    # Computed once: every half is a submatrix.
    kernels = [(x @ y.T / (scale * one.shape[1]) + 1) ** 3 for x, y in ((one, one), (other, other), (one, other))]

    def estimate(rows: Rows, others: Rows) -> float:
        n, m = len(rows), len(others)
        within_one, within_other, across = (
            kernel[np.ix_(left, right)]
            for kernel, left, right in zip(kernels, (rows, others, rows), (rows, others, others), strict=True)
        )
        # Without the diagonal: a point paired with itself is what biases the plain estimate.
        inside = (within_one.sum() - np.trace(within_one)) / (n * (n - 1))
        inside += (within_other.sum() - np.trace(within_other)) / (m * (m - 1))
        return float(inside - 2 * across.mean())

    return estimate


def _distance(
    name: str,
    one: Cloud,
    other: Cloud,
    estimate: Estimate,
    make: Callable[[Floats, Floats, int], Estimate],
    seed: int,
) -> Distance:
    """Apply an estimate to two clouds, and to halves of the first by one made for these."""
    rng = generator(seed, name)
    between = _with_interval(estimate, one, other, rng)
    halves = _halves(one.groups, rng)
    first, second = (Cloud(one.points[rows], one.groups[rows]) for rows in halves)
    within = _with_interval(make(first.points, second.points, seed), first, second, rng)
    return Distance(name, between, within, (len(one), len(other)), one.points.shape[1])


def _with_interval(estimate: Estimate, one: Cloud, other: Cloud, rng: np.random.Generator) -> Interval:
    """Return an estimate with its delete-half jackknife interval."""
    value = estimate(np.arange(len(one)), np.arange(len(other)))
    halved = [estimate(_halves(one.groups, rng)[0], _halves(other.groups, rng)[0]) for _ in range(HALVES)]
    # The interval is around the value of the full sample; of the halves only the spread is used.
    return normal_interval(value, float(np.std(halved, ddof=1)))


def _halves(groups: NDArray[np.str_], rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Draw a random half of the groups; return its rows and those of the other half, at least two rows each."""
    names, code = np.unique(groups, return_inverse=True)
    chosen = np.zeros(len(names), dtype=bool)
    chosen[rng.permutation(len(names))[: max(1, len(names) // 2)]] = True
    first = np.flatnonzero(chosen[code])
    second = np.flatnonzero(~chosen[code])
    if min(len(first), len(second)) >= 2:
        return first, second
    # Too few groups (all points of one, say): the points themselves are halved.
    order = rng.permutation(len(groups))
    return np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])


RESAMPLES = 500
"""Bootstrap resamples of the interval."""

LEAST = 8
"""Points that each set needs for the test."""


@dataclass(frozen=True, slots=True)
class TwoSample:
    """How well a classifier tells two sets apart."""

    auc: Interval
    """ROC-AUC on points not fitted on: 0.5 is not at all, 1 is always."""
    p: float
    """One-sided p-value of the Mann-Whitney test."""
    held_out: tuple[int, int]
    """Points of each set that the classifier was not fitted on."""

    def document(self) -> dict[str, object]:
        """Return the fields as plain JSON values."""
        return {"auc": asdict(self.auc), "p": self.p, "held_out": list(self.held_out)}


def two_sample(one: Cloud, other: Cloud, seed: int = 0) -> TwoSample:
    """Test whether a classifier can tell two clouds of embeddings apart.

    Args:
        one: points [n, D], at least `LEAST`.
        other: points [m, D], likewise.
        seed: of the halves and the bootstrap.

    Raises:
        ValueError: a cloud has too few points.
    """
    if min(len(one), len(other)) < LEAST:
        raise ValueError(f"the test needs {LEAST} points of each set, not {len(one)} and {len(other)}")
    from scipy.stats import mannwhitneyu
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    points = np.concatenate([one.points, other.points])
    label = np.repeat([0, 1], [len(one), len(other)])
    groups = np.concatenate([one.groups, other.groups])
    seen = _first_half(groups, label, generator(seed, "two-sample"))
    # Balanced, because the sets may differ in size.
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000, class_weight="balanced"))
    classifier.fit(points[seen], label[seen])
    score = classifier.decision_function(points[~seen])
    of_one, of_other = score[label[~seen] == 0], score[label[~seen] == 1]
    p = float(mannwhitneyu(of_other, of_one, alternative="greater").pvalue)
    auc = _interval(score, label[~seen], groups[~seen], generator(seed, "two-sample bootstrap"))
    return TwoSample(auc, p, (len(of_one), len(of_other)))


def _first_half(groups: NDArray[np.str_], label: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw half of the groups of each set, bool [n + m]; a group that both sets have is on one side."""
    seen = np.zeros(len(groups), dtype=bool)
    taken: set[str] = set()
    for which in (0, 1):
        names = [name for name in np.unique(groups[label == which]).tolist() if name not in taken]
        half = [names[place] for place in rng.permutation(len(names))[: max(1, len(names) // 2)]]
        seen |= np.isin(groups, half)
        taken.update(names)
    for which in (0, 1):
        members = np.flatnonzero(label == which)
        if seen[members].all() or not seen[members].any():
            # All of one group: nothing but its points can be halved.
            seen[members] = np.arange(len(members)) % 2 == 0
    return seen


def _interval(score: Floats, label: NDArray[np.int64], groups: NDArray[np.str_], rng: np.random.Generator) -> Interval:
    """Compute the area under the ROC curve with its percentile interval, groups resampled."""
    code = numbered(groups)
    areas = resampled(
        lambda weights_RC: weighted_areas(score, label, weights_RC[:, code]),
        int(code.max()) + 1,
        RESAMPLES,
        rng,
        width=len(score),
    )
    return percentile_interval(float(weighted_areas(score, label, np.ones((1, len(score))))[0]), areas)


def weighted_areas(score: Floats, label: NDArray[np.int64], weights_RN: NDArray[Any]) -> Floats:
    """Compute the area under the ROC curve under each row of weights, ties counted half.

    Args:
        score: float64 [N], higher for the second class.
        label: int64 [N], 0 or 1.
        weights_RN: how often each is counted, in R resamples.

    Returns:
        Float64 [R]; NaN if a class has no weight.
    """
    # Weights are summed per level of the score: equal scores must tie, whatever their order.
    levels, level = np.unique(score, return_inverse=True)
    by_class = []
    for which in (0, 1):
        members = np.flatnonzero(label == which)
        spread = np.zeros((len(members), len(levels)))
        spread[np.arange(len(members)), level[members]] = 1
        by_class.append(weights_RN[:, members] @ spread)
    first, second = by_class
    # The area is the share of pairs in which the second class scores higher (Mann-Whitney).
    below = np.cumsum(first, axis=1) - first / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        areas: Floats = (second * below).sum(axis=1) / (first.sum(axis=1) * second.sum(axis=1))
    return areas
