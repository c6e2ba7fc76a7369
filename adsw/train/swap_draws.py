"""TextSwap: whether a text brings hard negatives, how many terms each replaces, and which of the bank's it is.

n is the number of the text's terms that can be replaced within the allowed categories, M the most that may be replaced.
With `unit: text` a text brings one with probability p, and the number of terms k is uniform on 1 .. min(M, n). With
`unit: term` each of the n terms is replaced with probability p on its own: k is binomial, cut to M, and none is brought
if k = 0. Given k the set of terms is uniform: for k = 1 a category is drawn in proportion to its terms, and one of the
bank's swaps of such a term evenly; for k > 1 one of all of k terms evenly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from adsw.arrays import Ints
from adsw.spelling import one_text
from adsw.train.schedules import Linear, Probability

if TYPE_CHECKING:
    from adsw.train.block import Block

Floats = NDArray[np.float64]

MOST_NEGATIVES = 16

_Name = Annotated[str, AfterValidator(one_text)]


class SwapConfig(BaseModel):
    """TextSwap: hard negatives made of a text by replacing terms, as extra columns (NegCLIP, Yuksekgonul et al. 2023).

    In the paper *keywords* of a text are replaced stochastically, with a probability that rises linearly from 0 to 15 %
    over 20 epochs. Read word for word that is a probability of each keyword (`unit: term`, the default): a text of four
    terms then brings a hard negative at 48 % of its visits in the end. With `unit: text` it is the text's own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    probability: Probability = Linear(start=0.0, end=0.15, epochs=20.0)
    """Probability that a term is replaced, or that a text brings a hard negative, by `unit`."""
    unit: Literal["text", "term"] = "term"
    """What the probability is of."""
    max_terms: Annotated[int, Field(ge=1)] = 3
    """Most terms replaced in a hard negative."""
    categories: Annotated[tuple[_Name, ...], Field(strict=False, min_length=1)] | None = None
    """Categories whose terms may be replaced; null for all."""
    scope: Literal["own", "batch"] = "batch"
    """Who sees a hard negative: every audio of the batch, as in NegCLIP, or its own audio."""
    negatives: Annotated[int, Field(ge=1, le=MOST_NEGATIVES)] = 1
    """Hard negatives that a text brings when it brings any, all different; fewer where the bank holds fewer."""
    weight: Annotated[float, Field(gt=0, le=1e6)] = 1.0
    """Weight of a hard negative beside another text of the batch, as if it stood there so many times."""


def asked_probability(config: SwapConfig, probability: float, terms_n: Ints) -> Floats:
    """Return the probability with which texts of n replaceable terms are to bring a hard negative, [n].

    With `unit: text` it is p also where there is nothing to replace, which is counted apart.
    """
    if config.unit == "text":
        return np.full(len(terms_n), probability)
    # 1 - (1 - p)^n without cancellation; p = 1 brings one wherever there is a term.
    rate = np.log1p(-min(probability, 1 - 1e-16))
    return np.asarray(-np.expm1(terms_n * rate))


def law_of_terms(config: SwapConfig, probability: float, terms: int) -> list[float]:
    """Return the law of the number of replaced terms, given that there are some: of 1, of 2, ... of min(M, n).

    Args:
        config: gives the unit and the most terms, M.
        probability: p, above 0.
        terms: n, at least 1.

    >>> law_of_terms(SwapConfig(unit="term", max_terms=2), 0.5, 3)
    [0.42857142857142855, 0.5714285714285714]
    """
    most = min(config.max_terms, terms)
    if config.unit == "text":
        return [1 / most] * most
    binomial = [math.comb(terms, k) * probability**k * (1 - probability) ** (terms - k) for k in range(1, terms + 1)]
    law = [*binomial[: most - 1], math.fsum(binomial[most - 1 :])]
    return [value / math.fsum(law) for value in law]


@dataclass(frozen=True, slots=True)
class SwapDraws:
    """The hard negatives that n visits show.

    Attributes:
        swap: int64 [n, K], indices of texts, -1 for none; a visit's come first.
        wanted: bool [n], one was drawn for, whether or not the text has any.
        asked: float64 [n], the probability with which that was.
        short: bool [n], the bank holds none of the number of terms drawn, and the first is of another number.
    """

    swap: Ints
    wanted: NDArray[np.bool_]
    asked: Floats
    short: NDArray[np.bool_]

    @classmethod
    def none(cls, visits: int, negatives: int) -> SwapDraws:
        """Return the draws of visits that bring none and were not asked to."""
        nothing = np.zeros(visits, dtype=np.bool_)
        return cls(np.full((visits, negatives), -1, dtype=np.int64), nothing, np.zeros(visits), nothing)


class SwapSampler:
    """The swaps of a block that a configuration allows, by the text they are made of; made once per block."""

    def __init__(self, block: Block, config: SwapConfig) -> None:
        categories, counts = block.swappable
        wanted = [config.categories is None or name in config.categories for name in categories]
        self.terms: Ints = counts[:, wanted].sum(axis=1)
        """n: replaceable terms of each text within the categories, int64 [M]."""
        self._most = max(1, min(config.max_terms, int(self.terms.max(initial=0))))
        allowed = (block.swap_of >= 0) & (block.swap_terms <= self._most)
        names, masks = block.swap_categories
        bits = sum(1 << bit for bit, name in enumerate(names) if config.categories is None or name in config.categories)
        # Every term that a swap replaces must be of an allowed category: no bit beside the allowed ones.
        allowed &= (masks & ~np.uint64(bits)) == 0
        chosen = np.flatnonzero(allowed)
        self._ordered = chosen[np.lexsort((block.swap_terms[chosen], block.swap_of[chosen]))]
        owner, self._replaced = block.swap_of[self._ordered], block.swap_terms[self._ordered]
        held = np.bincount(owner, minlength=len(block.swap_of))
        self._starts = np.concatenate([[0], np.cumsum(held)])
        self._share = self._shares(owner, masks[self._ordered], names, categories, counts)
        self._instead = self._nearest_held(owner, len(block.swap_of))

    def draw(self, config: SwapConfig, probability: float, text_n: Ints, u: Floats) -> SwapDraws:
        """Draw the hard negatives of each text [n].

        Args:
            config: the one that this was made for, in its categories and most terms.
            probability: p.
            text_n: the texts.
            u: uniform draws, [n, 1 + K]: whether, and which K.
        """
        terms = self.terms[text_n]
        asked = asked_probability(config, probability, terms)
        wanted = u[:, 0] < asked
        swap = np.full((len(text_n), config.negatives), -1, dtype=np.int64)
        short = np.zeros(len(text_n), dtype=np.bool_)
        rows = np.flatnonzero(wanted & (self._starts[text_n + 1] > self._starts[text_n]) & (terms > 0))
        if len(rows):
            swap[rows], short[rows] = self._drawn(config, probability, text_n[rows], u[rows, 1:])
        return SwapDraws(swap, wanted, asked, short)

    def _drawn(
        self, config: SwapConfig, probability: float, text_n: Ints, u_nK: Floats
    ) -> tuple[Ints, NDArray[np.bool_]]:
        """Draw from texts that hold some: the swaps [n, K], and whether the first is of another number of terms."""
        own, moved = self._masses(config, probability, text_n)
        start, held = self._starts[text_n], np.diff(self._starts)[text_n]
        place = start[:, None] + np.arange(held.max())
        # Places beyond a text's own have no mass; what stands there is not looked at.
        beyond = place >= (start + held)[:, None]
        place[beyond] = start[0]
        number = self._replaced[place]
        share = np.where(beyond, 0.0, self._share[place])
        rows = np.arange(len(text_n))
        kept, mass = own[rows[:, None], number] * share, (own + moved)[rows[:, None], number] * share
        swap = np.full(u_nK.shape, -1, dtype=np.int64)
        short = np.zeros(len(text_n), dtype=np.bool_)
        # One after the other without repetition, each in proportion to the masses of those left.
        for draw in range(u_nK.shape[1]):
            cumulative = np.cumsum(mass, axis=1)
            whole = cumulative[:, -1]
            # Rounding may not carry a draw beyond the last that has mass.
            point = np.minimum(u_nK[:, draw] * whole, np.nextafter(whole, 0))
            chosen = np.minimum((cumulative <= point[:, None]).sum(axis=1), mass.shape[1] - 1)
            some = whole > 0
            swap[some, draw] = self._ordered[place[rows, chosen]][some]
            if draw == 0:
                # Where within the swap's mass the draw fell: first its own part, then that of numbers not held.
                before = cumulative[rows, chosen] - mass[rows, chosen]
                short = point - before >= kept[rows, chosen]
            mass[rows, chosen] = 0.0
        return swap, short

    def _masses(self, config: SwapConfig, probability: float, text_n: Ints) -> tuple[Floats, Floats]:
        """Return the probability of each number of terms, and what it has from numbers not held, [n, most + 1] each."""
        law = np.zeros((int(self.terms.max()) + 1, self._most + 1))
        for terms in np.unique(self.terms[text_n]):
            known = law_of_terms(config, probability, int(terms))
            law[terms, 1 : 1 + len(known)] = known
        drawn, instead = law[self.terms[text_n]], self._instead[text_n]
        own, moved = np.zeros_like(drawn), np.zeros_like(drawn)
        rows = np.arange(len(text_n))
        for number in range(1, self._most + 1):
            target = instead[:, number]
            stays = target == number
            own[stays, number] = drawn[stays, number]
            moved[rows[~stays], target[~stays]] += drawn[~stays, number]
        return own, moved

    def _shares(
        self,
        owner: Ints,
        masks: NDArray[np.uint64],
        names: tuple[str, ...],
        categories: tuple[str, ...],
        counts: Ints,
    ) -> Floats:
        """Return the probability of each held swap given its text and its number of terms."""
        weight = np.ones(len(owner))
        single = self._replaced == 1
        for bit, name in enumerate(names):
            if name in categories:
                # A category with twice the terms is drawn twice as often, however many of its swaps are held.
                cell = single & (masks == np.uint64(1 << bit))
                in_cell = np.bincount(owner[cell], minlength=len(counts))[owner[cell]]
                weight[cell] = counts[owner[cell], categories.index(name)] / in_cell
        group = owner * (self._most + 1) + self._replaced
        whole = np.bincount(group, weights=weight)
        return np.divide(weight, whole[group], out=np.zeros_like(weight), where=whole[group] > 0)

    def _nearest_held(self, owner: Ints, texts: int) -> Ints:
        """Return for each text and number of terms the number held instead, [M, most + 1].

        It is the number itself where a swap of it is held, else the nearest smaller one, else the smallest.
        """
        held = np.zeros((texts, self._most + 1), dtype=np.bool_)
        held[owner, self._replaced] = True
        below = np.maximum.accumulate(np.where(held, np.arange(self._most + 1), 0), axis=1)
        return np.where(below > 0, below, held.argmax(axis=1)[:, None])
