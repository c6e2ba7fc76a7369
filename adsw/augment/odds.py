"""With what odds the terms of a pool are put into a text.

A text's own terms come by the corpus's frequencies. Were replacements drawn evenly, the rarer of two terms would be the
false one more often than not, and a text could be told from its swap without listening.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SwapDraw = Literal["frequency", "uniform", "hard"]
"""By the corpus's frequencies; evenly; by frequency among the terms nearest to the replaced one."""

_LEAST_OTHERS = 0.02
"""Least share of the odds that the other terms keep: where a term has more than half of the counts, no odds balance."""

_STEPS = 300


class Candidates:
    """Terms that may replace another, with the odds of each."""

    __slots__ = ("cumulative", "members", "total")

    def __init__(self, members: tuple[int, ...], odds: Sequence[float] | None = None) -> None:
        """Take the terms' indices, and their odds; None or nothing but zeros for even ones."""
        self.members = members
        self.cumulative = None if odds is None or not any(odds) else list(accumulate(odds))
        """Running sums of the odds; None if they are even."""
        self.total = self.cumulative[-1] if self.cumulative else 0.0

    def odds_of(self, place: int) -> float:
        """Return the odds of the member at a place."""
        if self.cumulative is None:
            return 1.0
        return self.cumulative[place] - (self.cumulative[place - 1] if place else 0.0)


def balanced(counts: Sequence[int]) -> NDArray[np.float64]:
    """Return odds u, of sum 1, under which of any two terms each is as often the replaced one as the replacement.

    A term i stands in a text with its share f_i of the counts, and is replaced by j with probability u_j / (1 - u_i).
    Asked is f_i u_j / (1 - u_i) = f_j u_i / (1 - u_j), which holds where u_i (1 - u_i) is in proportion to f_i. Odds
    equal to the counts would not do: a term never replaces itself, so that a frequent one would come too seldom as a
    replacement.

    Args:
        counts: of each term, [terms]; all zero gives all zero.

    >>> balanced([1, 1, 1]).round(3).tolist()
    [0.333, 0.333, 0.333]
    """
    given = np.asarray(counts, dtype=np.float64)
    if np.count_nonzero(given) < 2:
        return np.asarray(given / max(float(given.sum()), 1.0))
    odds = shares = np.asarray(given / float(given.sum()))
    for _ in range(_STEPS):
        odds = np.sqrt(odds * shares / np.maximum(1 - odds, _LEAST_OTHERS))  # the mean of two steps does not swing
        odds = np.asarray(odds / float(odds.sum()))
    return odds
