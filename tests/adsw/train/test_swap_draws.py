"""Hard negatives are drawn by the law that a recipe asks for, per text and per term, by going through all outcomes."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import Any

import numpy as np
import pytest

from adsw.train.block import Block
from adsw.train.swap_draws import SwapDraws, asked_probability, law_of_terms

from .synthetic import DIMENSIONS, table_of, text_of
from .test_sampling import assert_law, config, counted

CATEGORIES = ("genre", "mood", "mood", "tempo")
"""Of the terms of the text: 0 to 3."""


def swapped(*terms: int, text: int = 0, note: str = "") -> dict[str, object]:
    """A swap of the text in which these terms are replaced."""
    return text_of(
        "".join(map(str, terms)) + note,
        swap_of=text,
        swap_terms=len(terms),
        swap_categories=sorted({CATEGORIES[term] for term in terms}),
    )


def bank_of(*swaps: dict[str, object]) -> list[dict[str, object]]:
    return [text_of("x", swappable=list(CATEGORIES)), *swaps]


ALL = bank_of(*(swapped(*terms) for k in (1, 2, 3, 4) for terms in itertools.combinations(range(4), k)))
"""A bank of every set of terms."""


def drawn_of(bank: list[dict[str, object]], **settings: Any) -> SwapDraws:
    return counted(bank, config(**{f"swap__{name}": value for name, value in settings.items()})).swaps


def found_in(bank: list[dict[str, object]], swap: np.ndarray[Any, Any]) -> Counter[str]:
    return Counter("none" if place < 0 else str(bank[place]["text"]) for place in swap.tolist())


def law_by_enumeration(unit: str, p: float, most: int, allowed: tuple[str, ...] = CATEGORIES) -> dict[str, float]:
    """The law of the set of replaced terms: each term on its own coin, or the text on one."""
    terms = [term for term in range(4) if CATEGORIES[term] in allowed]
    law: Counter[str] = Counter()
    if unit == "text":
        law["none"] = 1 - p
        most = min(most, len(terms))
        for k in range(1, most + 1):
            for chosen in itertools.combinations(terms, k):
                law["".join(map(str, chosen))] += p / most / math.comb(len(terms), k)
        return dict(law)
    for coins in itertools.product((False, True), repeat=len(terms)):
        heads = [term for term, head in zip(terms, coins, strict=True) if head]
        probability = math.prod(p if head else 1 - p for head in coins)
        # Beyond the most that may be replaced, any so many of those that came up.
        cut = list(itertools.combinations(heads, min(most, len(heads))))
        for chosen in cut:
            law["".join(map(str, chosen)) or "none"] += probability / len(cut)
    return dict(law)


@pytest.mark.parametrize("allowed", [None, ("mood",), ("genre", "tempo")])
@pytest.mark.parametrize("most", [1, 2, 3, 9])
@pytest.mark.parametrize(("unit", "p"), [("text", 0.3), ("term", 0.15), ("text", 1.0), ("term", 1.0), ("term", 0.9)])
def test_sets_of_terms_have_the_law_of_drawing_without_a_bank(
    unit: str, p: float, most: int, allowed: tuple[str, ...] | None
) -> None:
    drawn = drawn_of(ALL, unit=unit, probability=p, max_terms=most, categories=allowed)
    law = law_by_enumeration(unit, p, most, allowed or CATEGORIES)
    assert_law(found_in(ALL, drawn.swap[:, 0]), law)
    assert not drawn.short.any()
    assert drawn.asked == pytest.approx(1 - law.get("none", 0.0))
    assert np.array_equal(drawn.wanted, drawn.swap[:, 0] >= 0), "what is asked for is what is brought"


SMALL = bank_of(
    *map(swapped, (0, 1, 3)), swapped(0, 1), swapped(1, 2, note="a"), swapped(1, 2, note="b"), swapped(0, 1, 3)
)
"""What a bank holds: one of each category, two or more of two terms, one of three."""


def test_a_category_is_drawn_by_its_terms_and_the_rest_evenly() -> None:
    """Category mood has two of the four terms, and one swap in the bank."""
    drawn = drawn_of(SMALL, unit="text", probability=1)
    law = {"0": 1 / 12, "1": 2 / 12, "3": 1 / 12, "01": 1 / 9, "12a": 1 / 9, "12b": 1 / 9, "013": 1 / 3}
    assert_law(found_in(SMALL, drawn.swap[:, 0]), law)
    one = drawn_of(SMALL, unit="text", probability=0.4, max_terms=1)
    assert_law(found_in(SMALL, one.swap[:, 0]), {"none": 0.6, "0": 0.1, "1": 0.2, "3": 0.1})


@pytest.mark.parametrize("unit", ["text", "term"])
def test_a_number_that_is_not_held_becomes_a_smaller_one_and_is_counted(unit: str) -> None:
    """Of genre and mood the bank holds none of three terms."""
    allowed = ("genre", "mood")
    drawn = drawn_of(SMALL, unit=unit, probability=0.5, categories=allowed)
    sets = law_by_enumeration(unit, 0.5, 3, allowed)
    by_number = {k: math.fsum(p for name, p in sets.items() if name != "none" and len(name) == k) for k in (1, 2, 3)}
    two = (by_number[2] + by_number[3]) / 3
    law = {"none": 0.5 if unit == "text" else 0.125, "0": by_number[1] / 3, "1": 2 * by_number[1] / 3}
    assert_law(found_in(SMALL, drawn.swap[:, 0]), law | {"01": two, "12a": two, "12b": two})
    of_two = drawn.swap[:, 0] >= 4
    assert not drawn.short[~of_two].any()
    share = by_number[3] / (by_number[2] + by_number[3])
    assert_law(Counter(drawn.short[of_two].tolist()), {True: share, False: 1 - share})


@pytest.mark.parametrize("negatives", [2, 3, 16])
def test_more_hard_negatives_are_drawn_without_repetition(negatives: int) -> None:
    """By the law of drawing one after the other, each in proportion to what is left."""
    bank = bank_of(swapped(0), swapped(1), swapped(3))
    one = drawn_of(bank, unit="text", probability=0.7, max_terms=1)
    more = drawn_of(bank, unit="text", probability=0.7, max_terms=1, negatives=negatives)
    assert np.array_equal(more.swap[:, 0], one.swap[:, 0]), "the first is the one that would be alone"
    brought = more.swap[more.wanted]
    assert ((brought >= 0).sum(axis=1) == min(3, negatives)).all()
    assert (more.swap[~more.wanted] == -1).all()
    assert all(len(set(row[row >= 0])) == min(3, negatives) for row in brought)
    first = {1: 0.25, 2: 0.5, 3: 0.25}
    law = {(i, j): first[i] * first[j] / (1 - first[i]) for i in first for j in first if i != j}
    assert_law(Counter(map(tuple, brought[:, :2].tolist())), law)


@pytest.mark.parametrize(("unit", "told"), [("text", True), ("term", False)])
def test_a_text_with_nothing_to_replace_brings_none(unit: str, told: bool) -> None:
    drawn = drawn_of([text_of("x")], unit=unit, probability=1)
    assert (drawn.swap == -1).all()
    assert drawn.wanted.all() == drawn.wanted.any() == told
    other = drawn_of(ALL, unit=unit, probability=1, categories=["instrument"])
    assert (other.swap == -1).all()


def test_the_asked_probability_is_exact() -> None:
    text = config(swap__unit="term").swap
    terms = np.array([0, 1, 2, 7])
    assert asked_probability(text, 0.15, terms) == pytest.approx(1 - 0.85**terms, rel=1e-14)
    assert asked_probability(text, 1.0, terms) == pytest.approx([0, 1, 1, 1])
    assert asked_probability(text, 1e-18, terms) == pytest.approx(terms * 1e-18, rel=1e-9)


@pytest.mark.parametrize("unit", ["text", "term"])
@pytest.mark.parametrize("p", [1e-9, 0.3, 1.0])
@pytest.mark.parametrize(("most", "terms"), [(1, 1), (3, 2), (3, 3), (2, 200), (16, 200)])
def test_the_law_of_the_number_is_a_law(unit: str, p: float, most: int, terms: int) -> None:
    law = law_of_terms(config(swap__unit=unit, swap__max_terms=most).swap, p, terms)
    assert len(law) == min(most, terms)
    assert math.fsum(law) == pytest.approx(1)
    assert min(law) >= 0


def test_a_bank_that_does_not_know_what_can_be_replaced_is_refused() -> None:
    table = table_of({"track": [text_of("x", swappable=None)]})
    with pytest.raises(ValueError, match="not known how many of their terms"):
        _ = Block.from_table(table, DIMENSIONS).swappable
