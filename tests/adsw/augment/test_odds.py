"""With what odds replacements are drawn: by enumeration on small sets."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from adsw.augment.bank import vocabulary_of
from adsw.augment.odds import SwapDraw, balanced
from adsw.augment.pools import NEAREST, SYNONYM, Pools
from adsw.augment.replaceable import replaceable
from adsw.augment.swap import swap, swappable
from adsw.augment.vocabulary import Vocabulary, builtin
from adsw.draws import generator

INSTRUMENTS = {"oboe": 40, "cello": 30, "banjo": 20, "koto": 10}


def corpus() -> Vocabulary:
    """A corpus in which every track has one instrument."""
    return vocabulary_of([{"instrument": (name,)} for name, count in INSTRUMENTS.items() for _ in range(count)])


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.integers(1, 40), min_size=3, max_size=12))
def test_of_two_terms_each_is_as_often_true_as_false(counts: list[int]) -> None:
    odds, shares = np.array(balanced(counts)), np.array(counts) / sum(counts)
    assert odds.sum() == pytest.approx(1)
    pairs = shares[:, None] * odds[None, :] / (1 - odds)[:, None]
    np.fill_diagonal(pairs, 0)
    if shares.max() < 0.48:  # one of more than half has to be replaced by the others
        assert pairs == pytest.approx(pairs.T, abs=2e-3)


def test_odds_of_few_counts() -> None:
    assert balanced([]) == []
    assert balanced([0, 0]) == [0, 0]
    assert balanced([0, 3]) == [0, 1]
    assert balanced([5, 4, 0])[2] == 0
    assert max(balanced([1000, 1, 1])) > 0.97


def test_replacements_come_by_the_corpus_s_frequencies() -> None:
    """Counted over all texts of one instrument, each as often as in the corpus."""
    vocabulary = corpus()
    pairs: Counter[tuple[str, str]] = Counter()
    for name, count in INSTRUMENTS.items():
        for seed in range(8 * count):
            made = swap(f"music with {name}", vocabulary, [name], generator(seed, name))
            assert made is not None
            pairs[made.terms[0]] += 1
    assert {new for _, new in pairs} == set(INSTRUMENTS)
    for (old, new), count in pairs.items():
        other = pairs[new, old]
        assert abs(count - other) < 5 * (count + other) ** 0.5
    more_frequent = sum(count for (old, new), count in pairs.items() if INSTRUMENTS[old] > INSTRUMENTS[new])
    assert abs(more_frequent / sum(pairs.values()) - 0.5) < 0.06


def test_even_draws() -> None:
    vocabulary = corpus()
    counts: Counter[str] = Counter()
    for seed in range(600):
        made = swap("music with oboe", vocabulary, ["oboe"], generator(seed), draw="uniform")
        assert made is not None
        counts[made.terms[0][1]] += 1
    assert set(counts) == set(INSTRUMENTS) - {"oboe"}
    assert chisquare(list(counts.values())).pvalue > 1e-3


def test_a_tag_counts_once_a_track_under_whatever_names_and_spellings() -> None:
    tags = {"genre": ("Rock", "rock"), "mood/theme": ("rock",), "era": ("baroque",), "form": ("baroque",)}
    vocabulary = vocabulary_of([tags, tags])
    counts = {(term.category, term.term.casefold()): term.count for term in vocabulary.terms if term.count}
    assert counts["genre", "rock"] == 2
    assert counts["era", "baroque"] == 2
    assert len([term for term in vocabulary.terms if term.category == "genre" and term.term.casefold() == "rock"]) == 1
    captions = vocabulary_of([{}, {}], None, ["a flute", "a flute and a harp"])
    assert {term.term: term.count for term in captions.terms if term.count} == {"flute": 2, "harp": 1}


def test_a_term_of_most_texts_is_replaced_in_as_many_as_others_give() -> None:
    """Nine in ten texts are monophonic: it is replaced in one of nine, and so is true as often as false."""
    vocabulary = vocabulary_of([{"texture": ("monophonic",)}] * 90 + [{"texture": ("polyphonic",)}] * 10)
    texts = [f"monophonic, number {number}" for number in range(1000)]
    share = np.mean([bool(swappable(vocabulary.read(text), vocabulary, ["monophonic"])) for text in texts])
    assert abs(share - 1 / 9) < 0.04
    assert all(
        (swap(text, vocabulary, ["monophonic"], generator(1)) is not None)
        == bool(swappable(vocabulary.read(text), vocabulary, ["monophonic"]))
        for text in texts[:200]
    )
    assert all(swappable(vocabulary.read(text), vocabulary, [], "uniform") for text in texts[:50])


def test_hard_draws_take_the_nearest_that_are_no_synonyms() -> None:
    terms = [term for term in builtin().terms if term.category == "instrument" and "singular" in term.forms][:40]
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(len(terms), 6)).astype(np.float32)
    vectors[1] = vectors[0] + 1e-3
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    pools = Pools(terms, vectors=vectors)
    every = pools.pool("instrument", ("singular",), "lower", "hard").all
    nearest = pools.nearest(0, every)
    cosines = vectors @ vectors[0]
    assert len(nearest.members) == NEAREST
    assert not {0, 1} & set(nearest.members)
    worst = min(cosines[place] for place in nearest.members)
    left = set(every.members) - set(nearest.members)
    assert all(cosines[place] <= worst + 1e-4 or cosines[place] >= SYNONYM for place in left)
    with pytest.raises(ValueError, match="vectors"):
        Pools(terms).nearest(0, every)


@pytest.mark.parametrize("draw", ["frequency", "uniform", "hard"])
def test_draws_are_the_generator_s_alone(draw: SwapDraw) -> None:
    vocabulary = corpus().placed(lambda texts: np.array([generator(text).normal(size=8) for text in texts]))
    made = [swap("an oboe, a cello", vocabulary, ["oboe"], generator(seed), draw=draw) for seed in range(20)]
    assert made == [swap("an oboe, a cello", vocabulary, ["oboe"], generator(seed), draw=draw) for seed in range(20)]
    assert any(made)


def test_what_a_text_s_swaps_share_is_found_out_once_for_each_vocabulary_and_draw() -> None:
    plain = builtin()
    counted = vocabulary_of([{"texture": ("monophonic",)}] * 90 + [{"texture": ("polyphonic",)}] * 10)
    reading = plain.read("hard rock, rock, a flute and no drums")
    found = replaceable(reading, plain, "uniform")
    assert replaceable(reading, plain, "uniform") is found
    assert replaceable(reading, counted, "uniform") is not found
    names = {plain.terms[index].term: index for index in found.present}
    assert [plain.terms[index].term for index in found.units] == ["hard rock", "flute"]
    assert {index: set(broader) for index, broader in found.broader.items()} == {names["hard rock"]: {names["rock"]}}
    assert len(found.present) == 4


def test_words_that_must_not_stand_beside_a_term() -> None:
    vocabulary = builtin()
    rock = next(index for index, term in enumerate(vocabulary.terms) if term.term == "rock")
    written = vocabulary.pools.written[rock, next(iter(vocabulary.terms[rock].forms))]
    assert (written.surface, written.first, written.last, written.is_lower) == ("rock", "rock", "rock", True)
    assert written.never_after == {before for before, after in vocabulary.seams if after == "rock"} | {"rock"}
    assert written.never_before == {after for before, after in vocabulary.seams if before == "rock"} | {"rock"}
    assert "hard" in written.never_after
