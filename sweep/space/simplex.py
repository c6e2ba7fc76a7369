"""Weights that share a whole, searched evenly over all ways to share it.

k parts are searched as k - 1 *shares*: the first part's share of the whole, the second's of what the first leaves, and
so on; the last part gets the rest. (Breaking a stick.) A weight vector is uniform on the simplex exactly if the i-th of
these shares has the law Beta(1, k - i), independently of the others. Samplers see a share as its place u in that law,

    u = 1 - (1 - share)^(k - i),    share = 1 - (1 - u)^(1 / (k - i)),

which is uniform on [0, 1]. Source: Devroye, *Non-Uniform Random Variate Generation*, 1986, chapter XI.4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sweep.space.distributions import Reals, Suggester, is_number

SHARE = ".share"
"""Ends the names of searched shares."""


@dataclass(frozen=True, slots=True)
class Share(Reals):
    """One part's share of what the parts before it leave."""

    low: float = 0.0
    high: float = 1.0
    before: tuple[str, ...] = ()
    """The parts before it."""
    after: int = 1
    """How many parts come after it."""

    def suggest(self, suggester: Suggester, name: str) -> float:
        """See `Distribution`."""
        return self._at(suggester.suggest_float(name, 0.0, 1.0))

    def encode(self, value: Any) -> float:
        """See `Distribution`: the share's place u in its law."""
        return float(1 - (1 - value) ** self.after)

    def typical(self) -> float:
        """See `Distribution`: the share that makes all weights equal."""
        return 1 / (self.after + 1)

    def points(self, count: int | None) -> list[float] | None:
        """See `Distribution`; a grid takes the points of the whole simplex instead (`Simplex.lattice`)."""
        return None if count is None else [self._at(index / (count - 1)) for index in range(count)]

    def words(self) -> str:
        """See `Distribution`."""
        left = f"what {' and '.join(self.before)} leave{'s' if len(self.before) == 1 else ''}"
        return f"0 to 1 of {left if self.before else 'the whole'}"

    def _at(self, place: float) -> float:
        """Return the share at a place u in its law, the inverse of `encode`."""
        return float(1 - (1 - place) ** (1 / self.after))


@dataclass(frozen=True, slots=True)
class Simplex:
    """Parts whose weights sum to 1."""

    prefix: str
    """What the weights' names begin with: ``text.mix``."""
    parts: tuple[str, ...]
    """Two or more; the last gets what is left."""

    @property
    def targets(self) -> tuple[str, ...]:
        """Dotted names of the weights."""
        return tuple(f"{self.prefix}.{part}" for part in self.parts)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the shares that are searched."""
        return tuple(target + SHARE for target in self.targets[:-1])

    def distributions(self) -> dict[str, Share]:
        """Return the distributions of the shares by name, independent of each other."""
        last = len(self.parts) - 1
        return {name: Share(before=self.parts[:index], after=last - index) for index, name in enumerate(self.names)}

    def weights(self, shares: Mapping[str, float]) -> dict[str, float]:
        """Return the weights that shares make, by dotted name.

        >>> Simplex("text.mix", ("human", "caption", "tags")).weights(
        ...     {"text.mix.human.share": 0.2, "text.mix.caption.share": 0.5})
        {'text.mix.human': 0.2, 'text.mix.caption': 0.4, 'text.mix.tags': 0.4}
        """
        weights, left = {}, 1.0
        for target, name in zip(self.targets[:-1], self.names, strict=True):
            weights[target] = left * shares[name]
            left -= weights[target]
        # What is left, and not a product, so that the weights sum to 1.
        return weights | {self.targets[-1]: left}

    def shares(self, weights: Sequence[Any]) -> dict[str, float] | None:
        """Return the shares that give weights in these proportions, or None if no shares do.

        Where the parts before leave nothing, any share would do: it is then the one of equal weights.

        >>> Simplex("text.mix", ("tags", "caption")).shares([1, 3])
        {'text.mix.tags.share': 0.25}
        """
        if not all(is_number(weight) and weight >= 0 for weight in weights) or not sum(weights) > 0:
            return None
        shares = {}
        for index, (name, share) in enumerate(self.distributions().items()):
            left = sum(weights[index:])
            shares[name] = weights[index] / left if left > 0 else share.typical()
        return shares

    def lattice(self, points: int) -> Iterator[dict[str, float]]:
        """Yield the shares of every weight vector whose weights are multiples of 1 / (points - 1), each vector once."""
        for counts in _compositions(points - 1, len(self.parts)):
            yield self.shares(counts) or {}


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to write a total as an ordered sum of `parts` whole numbers, 0 among them."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total, -1, -1):
        for rest in _compositions(total - first, parts - 1):
            yield first, *rest
