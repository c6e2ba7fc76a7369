"""Views of the bank against enumeration and against the online sampler, under both laws."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, permutations, product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from adsw.augment.views import (
    BALANCES,
    Balance,
    View,
    flat_tags,
    sample_view,
    truncated_binomial,
    truncated_binomials,
    views_of,
)
from adsw.draws import generator
from adsw.spelling import folded

TAG_SETS = [
    {"a": ["1", "2", "3"], "b": ["4"]},
    {"a": ["1"], "b": ["2"], "c": ["3"], "d": ["4"]},
    {"a": ["1", "2"], "b": ["3", "4"], "c": ["5"]},
    {"a": ["1", "2", "3", "4"], "b": ["5", "6"]},
]
RATES = [0.1, 0.5, 0.8]
Law = dict[frozenset[str], float]


def kept(tags: dict[str, tuple[str, ...]]) -> frozenset[str]:
    return frozenset(tag for given in tags.values() for tag in given)


def law_none(tags: dict[str, list[str]], rate: float) -> Law:
    """By definition: every tag kept with probability 1 - rate, given that one is."""
    all_tags = [tag for given in tags.values() for tag in given]
    n = len(all_tags)
    return {
        frozenset(subset): rate ** (n - m) * (1 - rate) ** m / (1 - rate**n)
        for m in range(1, n + 1)
        for subset in combinations(all_tags, m)
    }


def law_category(tags: dict[str, list[str]], rate: float) -> Law:
    """By definition: all orders of the categories and of the tags in each are played."""
    n = sum(map(len, tags.values()))
    weights = [comb(n, m) * (1 - rate) ** m * rate ** (n - m) / (1 - rate**n) for m in range(1, n + 1)]
    plays = list(product(permutations(tags), *(permutations(given) for given in tags.values())))
    law: Law = {}
    for order, *queues in plays:
        by_name = dict(zip(tags, queues, strict=True))
        turns = [by_name[name][turn] for turn in range(n) for name in order if turn < len(by_name[name])]
        for m, weight in enumerate(weights, start=1):
            subset = frozenset(turns[:m])
            law[subset] = law.get(subset, 0.0) + weight / len(plays)
    return law


LAWS = {"none": law_none, "category": law_category}


def law_of_bank(views: list[View], tags: dict[str, list[str]], rate: float, balance: Balance) -> Law:
    probabilities = truncated_binomial(sum(map(len, tags.values())), rate)
    law: Law = {}
    for view in views:
        weight = view.weight_none if balance == "none" else view.weight_category
        if weight:
            law[kept(view.tags)] = law.get(kept(view.tags), 0.0) + float(probabilities[view.kept - 1]) * weight
    return law


def p_value(counts: Counter[frozenset[str]], law: Law) -> float:
    assert set(counts) <= set(law)
    total = sum(counts.values())
    subsets = list(law)
    return float(chisquare([counts[s] for s in subsets], [law[s] * total for s in subsets]).pvalue)


@pytest.mark.parametrize("tags", TAG_SETS)
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("balance", BALANCES)
def test_a_bank_that_lists_all_subsets_has_the_law_exactly(
    tags: dict[str, list[str]], rate: float, balance: Balance
) -> None:
    bank = law_of_bank(views_of(tags, 64, generator(0)), tags, rate, balance)
    expected = {subset: chance for subset, chance in LAWS[balance](tags, rate).items() if chance}
    assert set(bank) == set(expected)
    assert all(abs(bank[subset] - expected[subset]) < 1e-12 for subset in expected)


@pytest.mark.parametrize("tags", TAG_SETS[:3])
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("balance", BALANCES)
def test_the_online_sampler_has_the_law(tags: dict[str, list[str]], rate: float, balance: Balance) -> None:
    rng = generator("online", rate, balance)
    counts = Counter(kept(sample_view(tags, rate, balance, rng)) for _ in range(4000))
    law = {subset: chance for subset, chance in LAWS[balance](tags, rate).items() if chance}
    assert p_value(counts, law) > 1e-3


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("balance", BALANCES)
def test_sampling_small_banks_has_the_law_of_online_sampling(rate: float, balance: Balance) -> None:
    """Two views a count only: over many banks their draws follow the law too."""
    tags = TAG_SETS[2]
    rng = generator("bank", rate, balance)
    probabilities = truncated_binomial(5, rate)
    counts: Counter[frozenset[str]] = Counter()
    for _ in range(3000):
        m = 1 + rng.choice(5, p=probabilities)
        views = [view for view in views_of(tags, 2, rng) if view.kept == m]
        weights = [view.weight_none if balance == "none" else view.weight_category for view in views]
        counts[kept(views[rng.choice(len(views), p=weights)].tags)] += 1
    assert p_value(counts, {s: chance for s, chance in LAWS[balance](tags, rate).items() if chance}) > 1e-3


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("balance", BALANCES)
def test_a_paper_bank_has_the_law_within_its_counts(rate: float, balance: Balance) -> None:
    """Bounded views and counts: the law of online sampling given the kept counts that the bank has."""
    tags = TAG_SETS[2]
    rng = generator("paper", rate, balance)
    counts: Counter[frozenset[str]] = Counter()
    levels = {1, 3, 5}
    law = {s: chance for s, chance in LAWS[balance](tags, rate).items() if chance and len(s) in levels}
    law = {subset: chance / sum(law.values()) for subset, chance in law.items()}
    probabilities = np.array([truncated_binomial(5, rate)[m - 1] for m in sorted(levels)])
    for _ in range(3000):
        m = sorted(levels)[rng.choice(3, p=probabilities / probabilities.sum())]
        views = views_of(tags, 10, rng, levels=3, most_views=7)
        assert {view.kept for view in views} == levels
        assert len(views) <= 7
        views = [view for view in views if view.kept == m]
        weights = [view.weight_none if balance == "none" else view.weight_category for view in views]
        counts[kept(views[rng.choice(len(views), p=weights)].tags)] += 1
    assert p_value(counts, law) > 1e-3


def test_limited_views_are_uniform_over_the_sets_of_subsets() -> None:
    tags = {"a": ["1"], "b": ["2"], "c": ["3"], "d": ["4"]}
    rng = generator("uniform")
    pairs = Counter(
        frozenset(kept(view.tags) for view in views_of(tags, 2, rng) if view.kept == 2) for _ in range(3000)
    )
    assert len(pairs) == comb(6, 2)
    assert chisquare(list(pairs.values())).pvalue > 1e-3


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.dictionaries(st.text(max_size=3), st.lists(st.text(max_size=3), max_size=4), max_size=4),
    st.integers(1, 5),
    st.none() | st.integers(1, 5),
    st.none() | st.integers(1, 12),
    st.integers(0, 3),
)
def test_views_are_distinct_nonempty_subsets_whose_weights_sum_to_one(
    tags: dict[str, list[str]], limit: int, levels: int | None, most: int | None, seed: int
) -> None:
    views = views_of(tags, limit, generator(seed), levels, most)
    assert views == views_of(tags, limit, generator(seed), levels, most)
    assert len(views) <= (most or len(views))
    assert len({view.kept for view in views}) <= (levels or len(views))
    pairs = set(flat_tags(tags))
    assert len({folded(tag) for _, tag in pairs}) == len(pairs)
    assert {folded(tag) for _, tag in pairs} == {folded(t) for given in tags.values() for t in given if folded(t)}
    assert bool(views) == bool(pairs)
    seen = [frozenset((name, tag) for name, given in view.tags.items() for tag in given) for view in views]
    assert len(set(seen)) == len(seen)
    for view, subset in zip(views, seen, strict=True):
        assert subset
        assert subset <= pairs
        assert len(subset) == view.kept == sum(map(len, view.tags.values()))
        assert all(view.tags.values())
    assert not pairs or views[-1].kept == len(pairs)
    for m in {view.kept for view in views}:
        level = [view for view in views if view.kept == m]
        assert sum(view.weight_none for view in level) == pytest.approx(1)
        assert sum(view.weight_category for view in level) == pytest.approx(1)
        assert most or sum(view.weight_none > 0 for view in level) == min(limit, comb(len(pairs), m))


def test_laws_that_coincide_share_their_views() -> None:
    views = views_of({"a": ["1"], "b": ["2"], "c": ["3"], "d": ["4"], "e": ["5"]}, 2, generator(0))
    assert all(view.weight_none == view.weight_category for view in views)
    assert [view.kept for view in views] == [1, 1, 2, 2, 3, 3, 4, 4, 5]


def test_views_keep_the_tracks_order() -> None:
    (view,) = [v for v in views_of({"b": ["2", "1"], "a": ["3"]}, 1, generator(0)) if v.kept == 3]
    assert list(view.tags.items()) == [("b", ("2", "1")), ("a", ("3",))]


def test_truncated_binomial() -> None:
    for n in (1, 2, 7, 40):
        for rate in (0.0, 1e-9, 0.3, 0.999999, 1.0):
            probabilities = truncated_binomial(n, rate)
            assert probabilities.shape == (n,)
            assert probabilities.sum() == pytest.approx(1)
    assert truncated_binomial(3, 0.0).tolist() == [0, 0, 1]
    assert truncated_binomial(3, 1.0).tolist() == [1, 0, 0]
    assert truncated_binomial(3, 1 - 1e-12) == pytest.approx([1, 0, 0])
    assert truncated_binomial(3, 0.4) == pytest.approx([0.288 / 0.936, 0.432 / 0.936, 0.216 / 0.936])


def test_truncated_binomials_of_many() -> None:
    table = truncated_binomials(np.array([3, 0, 1]), 0.4)
    assert table.shape == (3, 3)
    assert table[0] == pytest.approx(truncated_binomial(3, 0.4))
    assert table[1].tolist() == [0, 0, 0]
    assert table[2].tolist() == [1, 0, 0]
    assert truncated_binomials(np.array([], dtype=np.int64), 0.4).shape == (0, 0)


@pytest.mark.parametrize("rate", [0.0, 1.0])
@pytest.mark.parametrize("balance", BALANCES)
def test_the_ends_of_the_rate(rate: float, balance: Balance) -> None:
    rng = generator("ends")
    sizes = {len(kept(sample_view(TAG_SETS[0], rate, balance, rng))) for _ in range(30)}
    assert sizes == {4 if rate == 0.0 else 1}


def test_what_cannot_be_sampled() -> None:
    rng = generator(0)
    with pytest.raises(ValueError, match="without tags"):
        sample_view({"a": [" "]}, 0.5, "none", rng)
    with pytest.raises(ValueError, match="balance"):
        sample_view({"a": ["1"]}, 0.5, "even", rng)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="rate"):
        sample_view({"a": ["1"]}, 1.5, "none", rng)
    with pytest.raises(ValueError, match="rate"):
        sample_view({"a": ["1"]}, -0.1, "category", rng)
    with pytest.raises(ValueError, match="views_per_count"):
        views_of({"a": ["1"]}, 0, rng)


def test_a_tag_of_several_categories_or_spellings_is_one() -> None:
    tags = {"genre": ["rock", "Rock", "jazz"], "mood": ["ROCK", "calm"], "other": ["rock\u00a0", "\u200b"]}
    assert flat_tags(tags) == [("genre", "rock"), ("genre", "jazz"), ("mood", "calm")]
