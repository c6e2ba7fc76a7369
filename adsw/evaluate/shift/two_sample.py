"""The classifier two-sample test: whether a classifier fitted on half of two sets tells the other halves apart.

Lopez-Paz and Oquab, *Revisiting classifier two-sample tests*, ICLR 2017. The classifier is a logistic regression on
standardised embeddings (scikit-learn); no group is in both halves. The statistic is the ROC-AUC on the half
not fitted on, with a bootstrap interval over groups; the p-value is of the Mann-Whitney test on its scores (scipy).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats
from adsw.draws import generator
from adsw.evaluate.shift.sample import Cloud
from adsw.stats.interval import Interval, percentile_interval
from adsw.stats.resampling import numbered, resampled

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
