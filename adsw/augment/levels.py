"""Number of views that a bank holds of each kept count."""

from __future__ import annotations

from math import comb
from typing import NamedTuple


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
