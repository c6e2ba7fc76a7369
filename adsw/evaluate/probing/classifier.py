"""The probe itself: logistic regression by scikit-learn on standardised features."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats
from adsw.evaluate.tags.areas import areas

STRENGTHS = (0.01, 0.1, 1.0, 10.0)
"""Values of scikit-learn's C (inverse strength of the l2 penalty) that are tried."""
USUAL = 1.0
"""C where there is nothing to choose it by."""
_STEPS = 300


def fitted_scores(
    features: NDArray[np.float32], truth: NDArray[np.bool_], asked: NDArray[np.float32], single: bool, strength: float
) -> Floats:
    """Learn from some tracks and score others.

    Args:
        features: of the tracks to learn from, [n, D].
        truth: their tags, [n, K]; exactly one each where `single`, and every tag on some track and not on all.
        asked: features of the others, [m, D].
        single: one softmax over the tags; else one regression per tag (one against the rest).
        strength: C.

    Returns:
        Scores [m, K], the higher the likelier; of one track comparable between tags where `single`.
    """
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(features)
    known, new = scaler.transform(features), scaler.transform(asked)
    with _one_thread():
        if single:
            scores = _fit(known, truth.argmax(axis=1), strength).decision_function(new)
            # Of two classes scikit-learn gives one column, the score of the second.
            return np.stack([-scores, scores], axis=1) if scores.ndim == 1 else np.asarray(scores)
        return np.stack([_fit(known, column, strength).decision_function(new) for column in truth.T], axis=1)


def chosen_strength(
    features: NDArray[np.float32], truth: NDArray[np.bool_], aside: NDArray[np.bool_], single: bool
) -> float:
    """The C that does best on tracks set aside, bool [n]: by accuracy where `single`, else by macro ROC-AUC.

    The stronger penalty wins a tie; `USUAL` where the tracks set aside, or the rest, cannot tell.
    """
    learnable = _told(truth[~aside])
    if learnable.sum() < 1 + single or not _told(truth[aside][:, learnable]).any():
        return USUAL
    found = []
    for strength in STRENGTHS:
        scores = fitted_scores(features[~aside], truth[~aside][:, learnable], features[aside], single, strength)
        found.append(_quality(scores, truth[aside][:, learnable], single))
    return STRENGTHS[int(np.argmax(found))]


def _fit(features: Floats, labels: NDArray[Any], strength: float) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # A weak penalty may want more steps; the probe is then stopped early, which only strengthens it.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=strength, max_iter=_STEPS).fit(features, labels)


def _told(truth: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The tags that some of the tracks have and others do not, bool [K]."""
    told: NDArray[np.bool_] = truth.any(axis=0) & ~truth.all(axis=0)
    return told


def _quality(scores: Floats, truth: NDArray[np.bool_], single: bool) -> float:
    if single:
        return float(truth[np.arange(len(truth)), scores.argmax(axis=1)].mean())
    told = np.flatnonzero(_told(truth))
    return float(np.mean([areas(scores[:, tag], truth[:, tag])[0] for tag in told]))


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread: the same sums everywhere, and no slower at these sizes."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1):
        yield
