"""With what odds the terms of a pool are put into a text.

A text's own terms come by the corpus's frequencies. Were replacements drawn evenly, the rarer of two terms would be the
false one more often than not, and a text could be told from its swap without listening.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from math import sqrt
from typing import Literal

SwapDraw = Literal["frequency", "uniform", "hard"]
"""By the corpus's frequencies; evenly; by frequency among the terms nearest to the replaced one."""

_LEAST_OTHERS = 0.02
"""Least share of the odds that the other terms keep: where a term has more than half of the counts, no odds balance."""

_STEPS = 300


class Candidates:
    """Terms that may replace another, with the odds of each."""

    def __init__(self, members: tuple[int, ...], odds: Sequence[float] | None = None) -> None:
        """Take the terms' indices, and their odds; None or nothing but zeros for even ones."""
        self.members = members
        self.cumulative = None if odds is None or not any(odds) else list(accumulate(odds))
        """Running sums of the odds; None if they are even."""
        self.total = self.cumulative[-1] if self.cumulative else 0.0

    @cached_property
    def places(self) -> dict[int, int]:
        """The place of each member."""
        return {member: place for place, member in enumerate(self.members)}

    def odds_of(self, place: int) -> float:
        """Return the odds of the member at a place."""
        if self.cumulative is None:
            return 1.0
        return self.cumulative[place] - (self.cumulative[place - 1] if place else 0.0)


def balanced(counts: Sequence[int]) -> list[float]:
    """Return odds u, of sum 1, under which of any two terms each is as often the replaced one as the replacement.

    A term i stands in a text with its share f_i of the counts, and is replaced by j with probability u_j / (1 - u_i).
    Asked is f_i u_j / (1 - u_i) = f_j u_i / (1 - u_j), which holds where u_i (1 - u_i) is in proportion to f_i. Odds
    equal to the counts would not do: a term never replaces itself, so that a frequent one would come too seldom as a
    replacement.

    Args:
        counts: of each term, [terms]; all zero gives all zero.

    >>> [round(odds, 3) for odds in balanced([1, 1, 1])]
    [0.333, 0.333, 0.333]
    """
    total = sum(counts)
    shares = [count / total if total else 0.0 for count in counts]
    odds = list(shares)
    if sum(share > 0 for share in shares) < 2:
        return odds
    for _ in range(_STEPS):
        # The geometric mean of two steps does not swing.
        steps = [sqrt(u * share / max(1 - u, _LEAST_OTHERS)) for u, share in zip(odds, shares, strict=True)]
        whole = sum(steps)
        odds = [step / whole for step in steps]
    return odds
