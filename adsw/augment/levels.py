"""How many views a bank holds of which kept counts."""

from __future__ import annotations

from math import comb
from typing import NamedTuple


class Quota(NamedTuple):
    """What a bank holds of one kept count."""

    listed: int
    """Where there are no more subsets than this, all are held."""
    uniform: int
    """Otherwise, so many different subsets, uniformly drawn,"""
    category: int
    """and so many draws from the category law; 0 where it is the uniform law."""


def quotas(
    n: int, views_per_count: int, levels: int | None = None, most_views: int | None = None, laws: int = 2
) -> dict[int, Quota]:
    """Kept count -> what a bank holds of it, in ascending order.

    `levels` spreads the kept counts evenly over 1 .. n, both ends among them (one level: n). `most_views` is
    dealt out over them: a level of several subsets takes at least one view per law, so that both laws can be
    drawn at it, and there are as few levels as that asks for; what remains goes one by one to the level with
    the fewest views, of the most subsets where several have as few.

    Args:
        n: tags of the track.
        views_per_count: V: views of each kept count and law.
        levels: kept counts at most; all n for None.
        most_views: views of the track altogether; no bound for None.
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
    """So many whole numbers of 1 .. n, evenly apart, both ends among them; n alone for one.

    >>> spread(10, 4)
    [1, 4, 7, 10]
    """
    if levels < 2:
        return [n] * min(n, levels)
    return [1 + (2 * place * (n - 1) + levels - 1) // (2 * (levels - 1)) for place in range(levels)]


def _dealt(n: int, counts: list[int], most_views: int, views_per_count: int, laws: int) -> dict[int, int]:
    """Kept count -> views, `most_views` of them or what there is room for."""
    room = {kept: min(comb(n, kept), laws * views_per_count) for kept in counts}
    held = {kept: min(laws, room[kept]) for kept in counts}
    left = most_views - sum(held.values())
    while left > 0 and (open_ones := [kept for kept in counts if held[kept] < room[kept]]):
        held[min(open_ones, key=lambda kept: (held[kept], -comb(n, kept), kept))] += 1
        left -= 1
    return held
