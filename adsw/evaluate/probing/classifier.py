"""The probe: logistic regression by scikit-learn on standardised features."""

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
"""Values of scikit-learn's C (inverse strength of the l2 penalty) that are tried, the strongest penalty first."""
USUAL = 1.0
"""C if the tracks set aside cannot decide it."""
_STEPS = 300
"""Iterations of the solver at most."""


def fitted_scores(
    features: NDArray[np.float32], truth: NDArray[np.bool_], asked: NDArray[np.float32], single: bool, strength: float
) -> Floats:
    """Fit a probe on some tracks and score others.

    Args:
        features: float32 [n, D], of the tracks to learn from.
        truth: bool [n, K], their tags; exactly one each if `single`, and every tag on some track and not on all.
        asked: float32 [m, D], features of the others.
        single: whether to fit one softmax over the tags, else one regression per tag (one against the rest).
        strength: scikit-learn's C.

    Returns:
        Scores [m, K], higher for likelier tags; between tags they can be compared only if `single`.
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
    """Return the C that does best on tracks set aside, by accuracy if `single`, else by macro ROC-AUC.

    Args:
        features: float32 [n, D].
        truth: bool [n, K].
        aside: bool [n], which of the tracks to judge on; the probe is fitted on the others.
        single: as for `fitted_scores`.

    Returns:
        One of `STRENGTHS`, the stronger penalty at a tie; `USUAL` if either part has too few tags to decide.
    """
    learnable = _varied(truth[~aside])
    if learnable.sum() < 1 + single or not _varied(truth[aside][:, learnable]).any():
        return USUAL
    qualities = []
    for strength in STRENGTHS:
        scores = fitted_scores(features[~aside], truth[~aside][:, learnable], features[aside], single, strength)
        qualities.append(_quality(scores, truth[aside][:, learnable], single))
    return STRENGTHS[int(np.argmax(qualities))]  # argmax takes the first of equals: the stronger penalty


def _fit(features: Floats, labels: NDArray[Any], strength: float) -> Any:
    """Return a logistic regression fitted to labels [n] or to one boolean column."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # A weak penalty may want more steps; the probe is then stopped early, which only strengthens it.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=strength, max_iter=_STEPS).fit(features, labels)


def _varied(truth: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which tags some of the tracks have and others do not, bool [K]."""
    varied: NDArray[np.bool_] = truth.any(axis=0) & ~truth.all(axis=0)
    return varied


def _quality(scores: Floats, truth: NDArray[np.bool_], single: bool) -> float:
    """Compute the accuracy of the highest tag of each track if `single`, else the macro ROC-AUC."""
    if single:
        return float(truth[np.arange(len(truth)), scores.argmax(axis=1)].mean())
    decidable = np.flatnonzero(_varied(truth))
    return float(np.mean([areas(scores[:, tag], truth[:, tag])[0] for tag in decidable]))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Limit linear algebra to one thread: the same sums on every machine, and no slower at these sizes."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1):
        yield
