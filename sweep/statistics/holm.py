"""Error control over a family of tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from adsw.arrays import Floats


def holm(ps: ArrayLike) -> Floats:
    """Adjust the p-values of a family: those then at most 0.05 hold at a family-wise error rate of 5 %.

    Holm, *A Simple Sequentially Rejective Multiple Test Procedure*, Scandinavian Journal of Statistics 6, 1979.
    Nothing is assumed of how the tests depend on each other.

    Args:
        ps: raw p-values of the whole family, [M].

    Returns:
        [M], in the order given, each at least its raw one and at most 1.

    Raises:
        ValueError: one is not between 0 and 1.

    >>> [round(float(p), 4) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    raw = np.asarray(ps, dtype=np.float64)
    if raw.ndim != 1 or not ((raw >= 0) & (raw <= 1)).all():
        raise ValueError(f"p-values lie between 0 and 1, unlike {ps!r}")
    order = np.argsort(raw, kind="stable")
    steps = np.arange(len(raw), 0, -1) * raw[order]
    # A running maximum keeps the order: no test may be called while one with a smaller p is not.
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted
