"""Augmented View Dropout: partial views of a track's tags, and the laws they follow.

The ideal keeps every tag with probability 1 - r, given that at least one is kept. The bank holds views by
kept count m, and a trial draws m from the truncated binomial and then a view of that count by its weight.
Within a count there are two laws:

- ``none``: every subset of m tags is as likely (what independent dropping gives);
- ``category``: the categories take turns in a random order, each giving one of its unused tags, until m are
kept.

`sample_view` is the online reference: no bank, exact at any rate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adsw.spelling import folded


class Quota(NamedTuple):
    """Numbers of views of one kept count."""

    listed: int
    """If there are no more subsets than this, all are held; otherwise the two numbers below."""
    uniform: int
    """Number of different subsets, uniformly drawn."""
    category: int
    """Number of draws from the category law; 0 if it is the uniform law."""


def quotas(
    n: int, views_per_count: int, levels: int | None = None, most_views: int | None = None, laws: int = 2
) -> dict[int, Quota]:
    """Return what a bank holds of each kept count, in ascending order.

    `levels` spreads the kept counts evenly over 1 .. n, both ends among them (one level: n). `most_views` is
    distributed over them: a level of several subsets takes at least one view per law, so that both laws can be
    drawn at it, and there are as few levels as that requires; the rest goes one by one to the level with the
    fewest views, and among equals to the one with the most subsets.

    Args:
        n: tags of the track.
        views_per_count: V: views of each kept count and law.
        levels: largest number of kept counts; all n for None.
        most_views: largest number of views of the track; no bound for None.
        laws: 2, or 1 where the category law is the uniform law (no category has two tags).

    Raises:
        ValueError: a number below 1 (or below 0 for n).

    >>> list(quotas(9, 2, levels=3))
    [1, 5, 9]
    >>> {kept: quota.listed for kept, quota in quotas(9, 10, most_views=10).items()}
    {1: 2, 3: 2, 5: 3, 7: 2, 9: 1}
    """
    _check(n=(n, 0), views_per_count=(views_per_count, 1), levels=(levels, 1), most_views=(most_views, 1))
    wanted = n if levels is None else min(levels, n)
    if most_views is None:
        plain = Quota(views_per_count, views_per_count, views_per_count if laws == 2 else 0)
        return dict.fromkeys(spread(n, wanted), plain)
    # The level of all n tags has one subset and takes one view; each other level takes one per law.
    counts = spread(n, min(wanted, 1 + (most_views - 1) // laws))
    held = _dealt(n, counts, most_views, views_per_count, laws)
    drawn = {kept: views // 2 if laws == 2 else 0 for kept, views in held.items()}
    return {kept: Quota(views, views - drawn[kept], drawn[kept]) for kept, views in held.items()}


def _check(**values: tuple[int | None, int]) -> None:
    """Raise ValueError for the first value below its least one."""
    for name, (value, least) in values.items():
        if value is not None and value < least:
            raise ValueError(f"{name} must be at least {least}, not {value}")


def spread(n: int, levels: int) -> list[int]:
    """Return evenly spaced whole numbers of 1 .. n, both ends among them; n alone for one level.

    >>> spread(10, 4)
    [1, 4, 7, 10]
    """
    if levels < 2:
        return [n] * min(n, levels)
    # Rounded in whole numbers, halves up: floats round differently at large n.
    return [1 + (2 * place * (n - 1) + levels - 1) // (2 * (levels - 1)) for place in range(levels)]


def _dealt(n: int, counts: list[int], most_views: int, views_per_count: int, laws: int) -> dict[int, int]:
    """Return the number of views of each kept count: `most_views` altogether, or as many as there can be."""
    room = {kept: min(comb(n, kept), laws * views_per_count) for kept in counts}
    held = {kept: min(laws, room[kept]) for kept in counts}
    left = most_views - sum(held.values())
    while left > 0 and (open_ones := [kept for kept in counts if held[kept] < room[kept]]):
        held[min(open_ones, key=lambda kept: (held[kept], -comb(n, kept), kept))] += 1
        left -= 1
    return held


Tags = Mapping[str, Sequence[str]]

Balance = Literal["none", "category"]

BALANCES: tuple[Balance, ...] = ("none", "category")

_Subset = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A kept subset of a track's tags."""

    tags: dict[str, tuple[str, ...]]
    """Category -> kept tags, in the track's order; categories without any are left out."""
    kept: int
    """Number of kept tags."""
    weight_none: float
    """Probability among the bank's views of this count if tags are dropped independently."""
    weight_category: float
    """Probability among them if tags are kept evenly over categories."""
    captioned: tuple[float, float] | None
    """The two probabilities among the captioned views of this count; None for a view without a caption."""


def flat_tags(tags: Tags) -> list[tuple[str, str]]:
    """Return (category, tag) in order, without blank ones. A tag stands once, in the first category that has it."""
    first: dict[str, tuple[str, str]] = {}
    for category, given in tags.items():
        for tag in given:
            first.setdefault(folded(tag), (category, tag))
    return [pair for name, pair in first.items() if name]


def views_of(
    tags: Tags,
    views_per_count: int,
    rng: np.random.Generator,
    levels: int | None = None,
    most_views: int | None = None,
    captions_per_count: int | None = None,
) -> list[View]:
    """Return the bank's views of a track, by kept count, all tags last.

    Where a count m of n tags has no more than V = `views_per_count` subsets, all are listed, with their exact
    probabilities under both laws. Otherwise there are V distinct ones, uniformly drawn, of equal weight; and,
    unless the laws coincide (one tag in every category), as many draws from the category law, each of weight
    1 / V there. Either way the expected weight of a subset is its probability. Fewer counts and fewer views of
    them: `adsw.augment.views.quotas`.

    Args:
        tags: category -> tags.
        views_per_count: V, at least 1.
        rng: decides which views are taken.
        levels: largest number of kept counts; all for None.
        most_views: largest number of views; no bound for None.
        captions_per_count: number of the views of each count and law that get a caption, the first ones drawn: they
            are distributed as those of a bank of as many views. All where a count's subsets are listed, and for None.

    Raises:
        ValueError: a number below 1.
    """
    pairs = flat_tags(tags)
    law = _CategoryLaw(pairs)
    views = []
    held = quotas(len(pairs), views_per_count, levels, most_views, laws=1 if law.is_uniform else 2)
    for kept, quota in held.items():
        total = comb(len(pairs), kept)
        if total <= quota.listed:
            weights = {subset: (1.0 / total, law.probability(subset)) for subset in combinations(range(law.n), kept)}
            worded = weights
        else:
            uniform = _distinct_subsets(law.n, kept, quota.uniform, rng)
            balanced = [law.draw(kept, rng) for _ in range(quota.category)] if not law.is_uniform else uniform
            weights = _weights(uniform, balanced)
            worded = _weights(uniform[:captions_per_count], balanced[:captions_per_count])
        views += [View(_tags_of(pairs, subset), kept, *both, worded.get(subset)) for subset, both in weights.items()]
    return views


def _weights(uniform: Sequence[_Subset], balanced: Sequence[_Subset]) -> dict[_Subset, tuple[float, float]]:
    """Return the weights under both laws of subsets drawn by the uniform law and by the category law."""
    weights = dict.fromkeys(uniform, (1.0 / len(uniform), 0.0))
    # Draws of the category law may repeat, and may be among the uniform ones: their weights add up.
    for subset in balanced:
        none, category = weights.get(subset, (0.0, 0.0))
        weights[subset] = (none, category + 1.0 / len(balanced))
    return weights


def _distinct_subsets(n: int, kept: int, count: int, rng: np.random.Generator) -> list[_Subset]:
    """Draw `count` different subsets, every set of them equally likely."""
    subsets: dict[_Subset, None] = {}
    while len(subsets) < count:  # a repeated draw changes nothing
        subsets[tuple(sorted(rng.permutation(n)[:kept].tolist()))] = None
    return list(subsets)


class _CategoryLaw:
    """The law under which categories, in a random order, give one unused tag each in turns, until m are kept."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.n = len(pairs)
        places: dict[str, list[int]] = {}
        for place, (category, _) in enumerate(pairs):
            places.setdefault(category, []).append(place)
        self.places = list(places.values())
        self.is_uniform = all(len(members) == 1 for members in self.places)

    def probability(self, subset: _Subset) -> float:
        """Compute the exact probability of a subset given its size.

        After p full turns every category has given min(n_c, p) tags. Those left over come from a uniform
        choice among the categories that have more than p; within a category every choice of its tags is as
        likely.
        """
        # The number of full turns that so many tags allow, at most until the largest category is used up.
        turns = 0
        while sum(min(len(members), turns + 1) for members in self.places) <= len(subset):
            turns += 1
            if turns == max(map(len, self.places)):
                break
        left = len(subset) - sum(min(len(members), turns) for members in self.places)
        chance = 1.0 / comb(sum(len(members) > turns for members in self.places), left)
        chosen = set(subset)
        for members in self.places:
            given = sum(place in chosen for place in members)
            least = min(len(members), turns)
            if given - least not in (0, 1):  # taking turns never gives two tags more than the full turns did
                return 0.0
            chance /= comb(len(members), given)
        return chance

    def draw(self, kept: int, rng: np.random.Generator) -> _Subset:
        """Draw one subset by playing the turns."""
        order = rng.permutation(len(self.places)).tolist()
        queues = [rng.permutation(self.places[index]).tolist() for index in order]
        return tuple(sorted(place for place, _ in zip(_turns(queues), range(kept), strict=False)))


def _turns(queues: Sequence[Sequence[int]]) -> Iterator[int]:
    """Yield the first place of each queue in turn, then the second of each, until all are empty."""
    for turn in range(max(map(len, queues), default=0)):
        for queue in queues:
            if turn < len(queue):
                yield queue[turn]


def _tags_of(pairs: Sequence[tuple[str, str]], subset: Sequence[int]) -> dict[str, tuple[str, ...]]:
    """Return the tags of a subset by category."""
    kept: dict[str, list[str]] = {}
    for place in subset:
        category, tag = pairs[place]
        kept.setdefault(category, []).append(tag)
    return {category: tuple(names) for category, names in kept.items()}


def truncated_binomial(n: int, rate: float) -> NDArray[np.float64]:
    """Compute the probabilities of keeping m = 1 .. n tags, given that at least one is kept.

    Each tag is dropped with probability `rate`. At rate 1 this is the limit: exactly one tag.

    >>> truncated_binomial(2, 0.5).round(3).tolist()
    [0.667, 0.333]
    """
    row: NDArray[np.float64] = truncated_binomials(np.array([n]), rate)[0]
    return row


def truncated_binomials(counts_N: NDArray[np.int64], rate: float) -> NDArray[np.float64]:
    """Compute `truncated_binomial` for many tag counts at once.

    Args:
        counts_N: tags of each track, at least 0.
        rate: probability of dropping a tag, in [0, 1].

    Returns:
        float64 [N, M], M the largest count: column m - 1 is the probability of keeping m; rows of 0 tags are
        all zero.

    Raises:
        ValueError: for a rate outside [0, 1].
    """
    if not 0.0 <= rate <= 1.0:
        raise ValueError(f"a dropout rate must be in [0, 1], not {rate}")
    counts = np.asarray(counts_N, dtype=np.int64)
    largest = int(counts.max(initial=0))
    # Many tracks have as many tags: each count is computed once.
    table = np.zeros((largest + 1, largest))
    for n in range(1, largest + 1):
        table[n, :n] = _one_truncated_binomial(n, rate)
    out: NDArray[np.float64] = table[counts]
    return out


def _one_truncated_binomial(n: int, rate: float) -> NDArray[np.float64]:
    """Compute `truncated_binomial` of a rate that was checked."""
    kept = np.arange(1, n + 1)
    if rate in (0.0, 1.0):
        certain: NDArray[np.float64] = (kept == (n if rate == 0.0 else 1)).astype(np.float64)
        return certain
    # In logarithms: binomial coefficients of many tags exceed float64.
    choices = np.log(np.array([comb(n, int(m)) for m in kept], dtype=np.float64))
    logs = choices + kept * np.log1p(-rate) + (n - kept) * np.log(rate)
    weights = np.exp(logs - logs.max())
    out: NDArray[np.float64] = weights / weights.sum()
    return out


def sample_view(tags: Tags, rate: float, balance: Balance, rng: np.random.Generator) -> dict[str, tuple[str, ...]]:
    """Draw one view online, without a bank: the exact reference.

    ``none`` drops tag by tag: the first kept tag is drawn from its law given that one is kept, and every later one
    is kept or dropped independently. ``category`` draws the count from the truncated binomial and plays the turns.

    Args:
        tags: category -> tags, at least one.
        rate: probability of dropping a tag, in [0, 1]; at 1 one tag is left.
        balance: the law.
        rng: decides.

    Raises:
        ValueError: no tags, a rate outside [0, 1], or another balance.
    """
    pairs = flat_tags(tags)
    if not pairs:
        raise ValueError("a track without tags has no views")
    if balance not in BALANCES:
        raise ValueError(f"balance must be one of {', '.join(BALANCES)}, not {balance!r}")
    if balance == "category":
        probabilities = truncated_binomial(len(pairs), rate)
        kept = 1 + int(rng.choice(len(pairs), p=probabilities))
        return _tags_of(pairs, _CategoryLaw(pairs).draw(kept, rng))
    if not 0.0 <= rate <= 1.0:
        raise ValueError(f"a dropout rate must be in [0, 1], not {rate}")
    # P(first kept tag is i) is proportional to rate^i; a plain retry until one is kept would not end at rate 1.
    chances = rate ** np.arange(len(pairs))
    first = int(rng.choice(len(pairs), p=chances / chances.sum()))
    later = [place for place in range(first + 1, len(pairs)) if rng.random() >= rate]
    return _tags_of(pairs, [first, *later])
