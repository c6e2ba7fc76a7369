"""Expected value of the best of n random trials."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from adsw.arrays import Floats
from sweep.statistics.replicates import checked


def expected_best_with(values: ArrayLike, mode: str = "max") -> Floats:
    """Estimate the best of n random trials by draws *with* replacement from the trials seen, n = 1 to N.

    Dodge et al., *Show Your Work: Improved Reporting of Experimental Results*, EMNLP 2019. As an estimate of what n
    fresh trials give it is biased towards the worse (Tang et al., 2020), more so the nearer n comes to N.
    Only random trials are a sample: those that a model suggested depend on the earlier ones.

    Args:
        values: of the random trials, [N].
        mode: ``max`` or ``min``.

    Returns:
        [N], entry n - 1 for n trials.

    Raises:
        ValueError: no value, one that is not finite, or another mode.
    """
    ranked, sign = _ranked(values, mode)
    # The best of n draws is at most the value of rank i with probability (i / N)^n.
    shares_N = np.arange(len(ranked) + 1) / len(ranked)
    reached = shares_N[None, :] ** np.arange(1, len(ranked) + 1)[:, None]
    return np.asarray(sign * (np.diff(reached, axis=1) @ ranked))


def expected_best_without(values: ArrayLike, mode: str = "max") -> Floats:
    """Estimate the best of n random trials by draws *without* replacement, n = 1 to N; unbiased for fresh trials.

    Tang et al., *Showing Your Work Doesn't Always Work*, ACL 2020: the mean over all subsets of n trials.
    At n = N it is the best trial itself, known from one draw only. Arguments, returns and errors as
    `expected_best_with`.
    """
    ranked, sign = _ranked(values, mode)
    return np.asarray(sign * (chances_of_ranks(len(ranked)) @ ranked))


def chances_of_ranks(count: int) -> Floats:
    """Return the chance of every rank to be the best of n draws without replacement, n = 1 to N.

    Args:
        count: N, of all values.

    Returns:
        [N, N]: entry (n - 1, i - 1) for n draws and the value that is i-th from the worst, C(i - 1, n - 1) / C(N, n).

    >>> chances_of_ranks(3).round(2).tolist()
    [[0.33, 0.33, 0.33], [0.0, 0.33, 0.67], [0.0, 0.0, 1.0]]
    """
    from scipy.special import gammaln

    ranks_N, sizes_N = np.arange(1, count + 1), np.arange(1, count + 1)
    # By logarithms: the binomials overflow from about a thousand values on.
    below, drawn = ranks_N[None, :] - 1, sizes_N[:, None] - 1
    possible = drawn <= below
    # Impossible subsets get weight 0 below; a negative number would give `gammaln` a wrong argument.
    rest = np.where(possible, below - drawn, 0)
    log_ways = gammaln(below + 1) - gammaln(drawn + 1) - gammaln(rest + 1)
    log_all = gammaln(count + 1) - gammaln(sizes_N + 1) - gammaln(count - sizes_N + 1)
    return np.asarray(np.where(possible, np.exp(log_ways - log_all[:, None]), 0.0))


def _ranked(values: ArrayLike, mode: str) -> tuple[Floats, float]:
    """Return the values sorted so that the best comes last, and the sign that turned them."""
    if mode not in ("max", "min"):
        raise ValueError(f"mode must be max or min, not {mode!r}")
    sign = 1.0 if mode == "max" else -1.0
    return np.sort(sign * checked(values, "values", least=1)), sign
