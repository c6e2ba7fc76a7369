"""The classifier two-sample test: can a classifier that has seen half of both sets tell the other halves apart?

Lopez-Paz and Oquab, *Revisiting classifier two-sample tests*, ICLR 2017. The classifier is a logistic regression on
standardised embeddings (scikit-learn); groups are never across its halves. The statistic is the ROC-AUC on the half it
has not seen, with a bootstrap interval over groups; the p-value is of the Mann-Whitney test on its scores (scipy).
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
LEAST = 8
"""Points of each set below which the test says nothing."""


@dataclass(frozen=True, slots=True)
class TwoSample:
    """How well the sets are told apart: 0.5 is not at all, 1 is always."""

    auc: Interval
    p: float
    held_out: tuple[int, int]
    """Points of either set that the classifier had not seen."""

    def document(self) -> dict[str, object]:
        """As plain JSON values."""
        return {"auc": asdict(self.auc), "p": self.p, "held_out": list(self.held_out)}


def two_sample(one: Cloud, other: Cloud, seed: int = 0) -> TwoSample:
    """Tell two clouds apart.

    Args:
        one: [n, D], at least `LEAST` points.
        other: [m, D], likewise.
        seed: of the halves and the bootstrap.

    Raises:
        ValueError: too few points.
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
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000, class_weight="balanced"))
    classifier.fit(points[seen], label[seen])
    score = classifier.decision_function(points[~seen])
    of_one, of_other = score[label[~seen] == 0], score[label[~seen] == 1]
    p = float(mannwhitneyu(of_other, of_one, alternative="greater").pvalue)
    auc = _interval(score, label[~seen], groups[~seen], generator(seed, "two-sample bootstrap"))
    return TwoSample(auc, p, (len(of_one), len(of_other)))


def _first_half(groups: NDArray[np.str_], label: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Half of the groups of each set; a group that both sets have is on one side."""
    seen = np.zeros(len(groups), dtype=bool)
    taken: set[str] = set()
    for which in (0, 1):
        names = [name for name in np.unique(groups[label == which]).tolist() if name not in taken]
        half = [names[place] for place in rng.permutation(len(names))[: max(1, len(names) // 2)]]
        seen |= np.isin(groups, half)
        taken.update(names)
    for which in (0, 1):
        own = np.flatnonzero(label == which)
        if seen[own].all() or not seen[own].any():
            # All of one group: nothing but its points can be halved.
            seen[own] = np.arange(len(own)) % 2 == 0
    return seen


def _interval(score: Floats, label: NDArray[np.int64], groups: NDArray[np.str_], rng: np.random.Generator) -> Interval:
    """The area under the curve with its percentile interval, groups resampled."""
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
    """The area under the ROC curve under each row of weights, ties counted half; NaN where a class has no weight.

    Args:
        score: [N], higher for the second class.
        label: [N], 0 or 1.
        weights_RN: how often each is counted, in R resamples.
    """
    levels, level = np.unique(score, return_inverse=True)
    by_class = []
    for which in (0, 1):
        own = np.flatnonzero(label == which)
        spread = np.zeros((len(own), len(levels)))
        spread[np.arange(len(own)), level[own]] = 1
        by_class.append(weights_RN[:, own] @ spread)
    first, second = by_class
    below = np.cumsum(first, axis=1) - first / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        areas: Floats = (second * below).sum(axis=1) / (first.sum(axis=1) * second.sum(axis=1))
    return areas
