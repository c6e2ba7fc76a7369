"""Areas under the ROC and the precision-recall curve: by scikit-learn, and on all resamples at once.

`weighted_areas` gives what `sklearn.metrics.roc_auc_score` and `average_precision_score` give for sample weights, but
for a whole matrix of weights in one pass over the sorted scores. Equal scores are one threshold, so a constant model
scores 0.5 and the prevalence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats

AREAS = ("ROC-AUC", "PR-AUC")
"""Area under the receiver operating characteristic; average precision, the area under the precision-recall steps."""


def areas(scores: Floats, truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Compute ROC-AUC and PR-AUC (average precision) of scores.

    Args:
        scores: float [n], finite, higher for likelier positives.
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
    """Compute ROC-AUC and PR-AUC under each of R weightings of the same n scores.

    Args:
        scores: float [n], finite.
        truth: bool [n], with at least one positive.
        weights_Rn: how often each score counts, at least 0.

    Returns:
        Float64 [R, 2]; NaN where a weighting leaves no positive or no negative.
    """
    order = np.argsort(-scores, kind="stable")
    right = truth[order]
    # Runs of equal scores are one threshold; only those that hold a positive add to either area.
    runs = np.cumsum(np.append(True, np.diff(scores[order]) != 0)) - 1
    holding = np.unique(runs[right])
    starts, ends = np.searchsorted(runs, holding), np.searchsorted(runs, holding, side="right")
    drawn = np.take(weights_Rn, order, axis=1)
    # Per run that holds a positive: weight of its positives, of all positives down to it, and of everything down to it.
    gained = np.add.reduceat(drawn[:, right], np.searchsorted(runs[right], holding), axis=1)
    hits = np.cumsum(gained, axis=1)
    reached = np.cumsum(np.add.reduceat(drawn[:, : ends[-1]], np.append(0, ends[:-1]), axis=1), axis=1)
    # Without ties a run is its one positive, and needs no second sum.
    tied = gained if len(holding) == right.sum() == (ends - starts).sum() else _within(drawn, starts, ends)
    positives = hits[:, -1]
    negatives = drawn.sum(axis=1) - positives
    # A positive beats the negatives below its run, and half of those in it.
    beaten = negatives[:, None] - (reached - hits) + (tied - gained) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        roc = (gained * beaten).sum(axis=1) / (positives * negatives)
        average = (gained * np.where(gained > 0, hits / reached, 0.0)).sum(axis=1) / positives
    # Average precision would be 1 without negatives; scikit-learn refuses such data, as `areas` does.
    average[negatives == 0] = np.nan
    return np.stack([roc, average], axis=1)


def _within(drawn_Rn: Floats, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Floats:
    """Return the weight of each of some runs of columns, [R, runs]."""
    # reduceat sums between successive edges, so every second sum is a gap; an edge at the very end is not allowed.
    edges = np.stack([starts, ends], axis=1).ravel()
    sums: Floats = np.add.reduceat(drawn_Rn, edges[edges < drawn_Rn.shape[1]], axis=1)[:, ::2]
    return sums
