"""Areas under the ROC and the precision-recall curve: by scikit-learn, and on all resamples at once.

The second is what `sklearn.metrics.roc_auc_score` and `average_precision_score` give for sample weights, for a whole
matrix of weights in one pass over the sorted scores. Equal scores are one threshold, so a constant model scores 0.5
and the prevalence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats

AREAS = ("ROC-AUC", "PR-AUC")
"""Area under the receiver operating characteristic; average precision, the area under the precision-recall steps."""


def areas(scores: Floats, truth: NDArray[np.bool_]) -> tuple[float, float]:
    """ROC-AUC and PR-AUC (average precision) of scores.

    Args:
        scores: float [n], finite.
        truth: bool [n], with positives and negatives.

    Raises:
        ValueError: positives or negatives are missing.
    """
    from sklearn import config_context
    from sklearn.metrics import average_precision_score, roc_auc_score

    if truth.all() or not truth.any():
        raise ValueError("areas need positives and negatives")
    # Called once per tag: checking the arguments would take longer than the work.
    with config_context(skip_parameter_validation=True, assume_finite=True):
        return float(roc_auc_score(truth, scores)), float(average_precision_score(truth, scores))


def weighted_areas(scores: Floats, truth: NDArray[np.bool_], weights_Rn: Floats) -> Floats:
    """ROC-AUC and PR-AUC under each of R weightings of the same n scores, [R, 2].

    NaN where a weighting leaves no positive or no negative.
    """
    order = np.argsort(-scores, kind="stable")
    right = truth[order]
    # Runs of equal scores are one threshold; only those that hold a positive add to either area.
    runs = np.cumsum(np.append(True, np.diff(scores[order]) != 0)) - 1
    told = np.unique(runs[right])
    starts, ends = np.searchsorted(runs, told), np.searchsorted(runs, told, side="right")
    drawn = np.take(weights_Rn, order, axis=1)
    found = np.add.reduceat(drawn[:, right], np.searchsorted(runs[right], told), axis=1)
    hits = np.cumsum(found, axis=1)
    reached = np.cumsum(np.add.reduceat(drawn[:, : ends[-1]], np.append(0, ends[:-1]), axis=1), axis=1)
    tied = found if len(told) == right.sum() == (ends - starts).sum() else _within(drawn, starts, ends)
    positives = hits[:, -1]
    negatives = drawn.sum(axis=1) - positives
    # A positive beats the negatives below its run, and half of those in it.
    beaten = negatives[:, None] - (reached - hits) + (tied - found) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        roc = (found * beaten).sum(axis=1) / (positives * negatives)
        average = (found * np.where(found > 0, hits / reached, 0.0)).sum(axis=1) / positives
    average[negatives == 0] = np.nan
    return np.stack([roc, average], axis=1)


def _within(drawn_Rn: Floats, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Floats:
    """The weight of each of some runs, [R, runs]."""
    edges = np.stack([starts, ends], axis=1).ravel()
    sums: Floats = np.add.reduceat(drawn_Rn, edges[edges < drawn_Rn.shape[1]], axis=1)[:, ::2]
    return sums
