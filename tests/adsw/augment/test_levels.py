"""Which kept counts a bank holds, and how many views of each."""

from __future__ import annotations

from itertools import pairwise
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.augment.bank import BankConfig
from adsw.augment.views import Quota, quotas, spread


@pytest.mark.parametrize(
    ("n", "levels", "counts"),
    [(0, 1, []), (1, 1, [1]), (5, 1, [5]), (5, 2, [1, 5]), (4, 4, [1, 2, 3, 4]), (10, 4, [1, 4, 7, 10]),
     (9, 3, [1, 5, 9])],
)  # fmt: skip
def test_counts_are_spread_with_both_ends(n: int, levels: int, counts: list[int]) -> None:
    assert spread(n, levels) == counts


@given(st.integers(1, 60), st.data())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_spread_counts_are_even(n: int, data: st.DataObject) -> None:
    levels = data.draw(st.integers(2, max(2, n)))
    if levels > n:
        return
    counts = spread(n, levels)
    gaps = [after - before for before, after in pairwise(counts)]
    assert len(counts) == levels
    assert (counts[0], counts[-1]) == (1, n)
    assert max(gaps) - min(gaps) <= 1


def test_without_bounds_every_count_is_held() -> None:
    assert quotas(3, 2) == dict.fromkeys([1, 2, 3], Quota(2, 2, 2))
    assert quotas(3, 2, laws=1) == dict.fromkeys([1, 2, 3], Quota(2, 2, 0))
    assert list(quotas(9, 2, levels=3)) == [1, 5, 9]


@given(st.integers(1, 30), st.integers(1, 12), st.integers(1, 12), st.integers(1, 40), st.sampled_from([1, 2]))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_the_bound_holds_and_is_used(n: int, views: int, levels: int, most: int, laws: int) -> None:
    held = quotas(n, views, levels, most, laws)
    total = sum(quota.listed for quota in held.values())
    assert total <= most
    assert n in held
    assert len(held) <= levels
    for kept, quota in held.items():
        assert quota.uniform + quota.category == quota.listed
        assert 1 <= quota.listed <= min(comb(n, kept), laws * views)
        # What is drawn and not listed is drawn for both laws.
        assert quota.listed == comb(n, kept) or laws == 1 or (quota.uniform and quota.category)
    room = sum(min(comb(n, kept), laws * views) for kept in held)
    assert total == min(most, room) or total >= most - 1


def test_the_papers_bank_has_about_ten_views() -> None:
    paper = BankConfig.paper(seed=3)
    assert (paper.most_views, paper.seed) == (10, 3)
    for n in range(4, 30):
        held = quotas(n, paper.views_per_count, paper.levels, paper.most_views)
        assert sum(quota.listed for quota in held.values()) == 10
    assert sum(q.listed for q in quotas(3, paper.views_per_count, None, paper.most_views).values()) == 7


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((-1, 2), "n must be"), ((3, 0), "views_per_count"), ((3, 1, 0), "levels"), ((3, 1, 1, 0), "most_views")],
)  # fmt: skip
def test_numbers_below_their_least_are_refused(arguments: tuple[int, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        quotas(*arguments)
