"""What visits show has the stated law, and belongs to (seed, epoch, track, visit) alone."""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from adsw.augment.captions.checks import CaptionChecker
from adsw.augment.captions.template import TemplateCaptioner
from adsw.augment.vocabulary import builtin
from adsw.store.schema import SOURCES
from adsw.train.recipe import resolve
from adsw.train.sampling import TextConfig
from adsw.visits import Shown, Visit, Words, Writer

VISITS = 1500
UNLIKELY = 1e-4
TAGS = {"genre": ("jazz",), "instrument": ("flute", "piano", "violin"), "mood": ("calm",)}
FLAT = [tag for given_tags in TAGS.values() for tag in given_tags]
HUMAN = ("Somebody plays jazz.", "A calm tune.")
VOCABULARY = builtin()
WRITER = Writer(VOCABULARY, TemplateCaptioner(VOCABULARY))


def config(**changes: Any) -> TextConfig:
    return resolve({f"text.{name.replace('__', '.')}": value for name, value in changes.items()}).text


def shown(text: TextConfig, words: Words | None = None, epoch: int = 0, visits: int = VISITS) -> list[Shown]:
    """So many visits to one track."""
    words = words or Words("track", TAGS, HUMAN)
    return WRITER.write(text, 0, epoch, [Visit(words, number) for number in range(visits)])


def assert_law(found: Counter[Any], law: dict[Any, float]) -> None:
    keys = [key for key, probability in law.items() if probability > 0]
    assert set(found) <= set(keys)
    if len(keys) > 1:
        total = sum(found.values())
        assert chisquare([found[key] for key in keys], [law[key] * total for key in keys]).pvalue > UNLIKELY


def tags_of(one: Shown) -> frozenset[str]:
    return frozenset(one.text.split(", "))


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_tags_are_dropped_independently_given_one_is_kept(rate: float) -> None:
    subsets = [frozenset(subset) for kept in range(1, 6) for subset in combinations(FLAT, kept)]
    if rate == 1:
        law = {subset: (len(subset) == 1) / 5 for subset in subsets}
    else:
        law = {subset: (1 - rate) ** len(subset) * rate ** (5 - len(subset)) for subset in subsets}
    law = {subset: weight / sum(law.values()) for subset, weight in law.items()}
    found = shown(config(view_dropout__rate=rate, mix__caption=0))
    assert_law(Counter(tags_of(one) for one in found), law)
    assert all(one.kept_share == len(tags_of(one)) / 5 for one in found)


def test_categories_take_turns_where_asked() -> None:
    """Two kept tags come from two of the three categories, and the instrument is any of its three."""
    found = shown(config(view_dropout__balance="category", view_dropout__rate=0.5, mix__caption=0))
    counts = Counter(len(tags_of(one)) for one in found)
    assert_law(counts, {kept: math.comb(5, kept) / 31 for kept in range(1, 6)})
    two = Counter(tags_of(one) for one in found if len(tags_of(one)) == 2)
    law = {frozenset({"jazz", "calm"}): 1 / 3}
    law |= {frozenset({other, played}): 1 / 9 for other in ("jazz", "calm") for played in TAGS["instrument"]}
    assert_law(two, law)


def test_the_order_of_tags_is_drawn() -> None:
    found = shown(config(view_dropout__rate=0, mix__caption=0), Words("track", {"mood": ("calm", "sad", "dark")}, ()))
    assert_law(Counter(one.text for one in found), dict.fromkeys({one.text for one in found}, 1 / 6))


def test_rates_follow_their_schedules() -> None:
    ramp = {"kind": "linear", "start": 0, "end": 1, "epochs": 4}
    text = config(view_dropout__rate=ramp, mix__caption=0, swap__probability=ramp, swap__unit="text")
    assert {len(tags_of(one)) for one in shown(text, epoch=0, visits=50)} == {5}
    assert {len(tags_of(one)) for one in shown(text, epoch=4, visits=50)} == {1}
    assert not any(one.wanted for one in shown(text, epoch=0, visits=50))
    half = shown(text, epoch=2)
    assert_law(Counter(one.wanted for one in half), {True: 0.5, False: 0.5})


def test_sources_follow_the_mix_among_those_a_track_has() -> None:
    text = config(mix__tags=1, mix__caption=2, mix__human=1)
    all_sources = shown(text)
    assert_law(Counter(one.source for one in all_sources), {0: 0.25, 1: 0.5, 2: 0.25})
    human = [one for one in all_sources if one.source == SOURCES.index("human")]
    assert_law(Counter(one.text for one in human), dict.fromkeys(HUMAN, 0.5))
    assert all(math.isnan(one.kept_share) for one in human)
    assert not any(one.other_source for one in all_sources)
    tagged = shown(text, Words("track", TAGS, ()))
    assert_law(Counter(one.source for one in tagged), {0: 1 / 3, 1: 2 / 3})
    assert {one.source for one in shown(text, Words("track", {}, HUMAN), visits=20)} == {2}


def test_a_track_without_a_wanted_source_shows_what_it_has() -> None:
    found = shown(config(mix__tags=0, mix__caption=0, mix__human=1), Words("track", TAGS, ()))
    assert_law(Counter(one.source for one in found), {0: 0.5, 1: 0.5})
    assert all(one.other_source for one in found)


def test_a_track_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="track mute has no text to draw"):
        shown(config(), Words("mute", {"genre": ()}, ()))


def test_captions_state_the_tags_kept_and_are_worded_anew() -> None:
    found = shown(config(view_dropout__rate=0, mix__tags=0), visits=60)
    assert all(CaptionChecker(TAGS, VOCABULARY).check(one.text) == ((), ()) for one in found)
    assert len({one.text for one in found}) > 20


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.dictionaries(
        st.sampled_from(["genre", "instrument", "mood"]),
        st.lists(st.sampled_from(["jazz", "flute", "calm", "ska", "drum and bass"]), min_size=1, max_size=3),
        min_size=1,
    ),
    st.sampled_from([None, ("mood",), ("genre", "instrument")]),
)
def test_a_hard_negative_says_nothing_that_is_true(
    tags: dict[str, list[str]], categories: tuple[str, ...] | None
) -> None:
    words = Words("track", {category: tuple(given_tags) for category, given_tags in tags.items()}, ())
    text = config(swap__probability=1, swap__unit="text", swap__categories=categories, swap__negatives=2)
    true = VOCABULARY.forbidden_by(tag for given_tags in tags.values() for tag in given_tags)
    for one in shown(text, words, visits=5):
        assert one.wanted
        assert len({hard.text for hard in one.swaps}) == len(one.swaps)
        for hard in one.swaps:
            own = Counter(hit.form.term for hit in VOCABULARY.read(one.text).hits)
            put_in = Counter(hit.form.term for hit in VOCABULARY.read(hard.text).hits) - own
            assert put_in
            assert true.isdisjoint(put_in)
            if categories is not None:
                assert {VOCABULARY.terms[index].category for index in put_in} <= set(categories)


def test_draws_belong_to_seed_epoch_track_and_visit() -> None:
    text = config(swap__probability=0.5)
    visits = [Visit(Words(f"track {number}", TAGS, HUMAN), visit) for number in range(20) for visit in range(2)]
    told = WRITER.write(text, 3, 5, visits)
    assert [repr(one) for one in WRITER.write(text, 3, 5, visits[::-1])] == [repr(one) for one in told[::-1]]
    assert repr(WRITER.write(text, 3, 5, visits[7:8])) == repr(told[7:8])
    others = [WRITER.write(text, 4, 5, visits), WRITER.write(text, 3, 6, visits)]
    firsts, seconds = told[::2], told[1::2]
    assert all([one.text for one in other] != [one.text for one in told] for other in others)
    assert [one.text for one in firsts] != [one.text for one in seconds]
