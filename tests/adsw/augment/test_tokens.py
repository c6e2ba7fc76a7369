"""Words, folding and places."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.augment.english import Words, mark_of, words_of


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Hip-Hop", ("hip", "hop")),
        ("R&B", ("r", "&b")),
        ("drum & bass", ("drum", "&bass")),
        ("3/4 time", ("3", "/4", "time")),
        ("rock 'n' roll", ("rock", "n", "roll")),
        ("Étude", ("etude",)),
        (unicodedata.normalize("NFD", "Étude"), ("etude",)),
        ("acoustic_guitar", ("acoustic", "guitar")),
        ("ﬁddle", ("ﬁddle",)),
        ("...", ()),
        ("", ()),
    ],
)
def test_keys(text: str, key: tuple[str, ...]) -> None:
    assert words_of(text) == key


@pytest.mark.parametrize(
    ("gap", "mark"),
    [(" ", ""), ("-", ""), ("\u2011", ""), ("'", ""), (" '", ""), ("\n", ""), (" & ", "&"), ("&", "&"), ("+", "&"),
     (" + ", "&"), ("/", "/"),
     (", ", None), (". ", None), (" - ", None), (" / ", None), ("\u2014", None), ("    ", None)],
)  # fmt: skip
def test_what_may_stand_between_words(gap: str, mark: str | None) -> None:
    assert mark_of(gap, "drum") == mark


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(max_size=60))
def test_words_lie_where_their_places_say(text: str) -> None:
    words = Words(text)
    end = 0
    for word in words.words:
        start, gap = words.next_word(end)
        assert not any(char.isalnum() for char in gap)
        end = start + len(word)
        assert words.folded[start:end] == word
        places = words.places or range(len(text) + 1)
        assert 0 <= places[start] < places[end] <= len(text)
        assert words_of(text[places[start] : places[end]]) == (word,)


def test_what_cannot_be_seen_is_no_part_of_a_word() -> None:
    assert words_of("fl\u00adute \u200fhip\u2060-hop\ufeff") == ("flute", "hip", "hop")
    assert words_of("flute\u200bsolo") == ("flute", "solo")


def test_the_places_of_a_word() -> None:
    text = "No, e\u0301tude; NO etudes, no no"
    assert [text[place : place + 2].lower() for place in Words(text).where("no")] == ["no"] * 4
    assert list(Words("far from, far  from, far from").where("far from")) == [0, 21]
    assert list(Words("nothing").where("no")) == []


def test_a_full_stop_joins_after_an_initial_only() -> None:
    assert mark_of(". ", "j") == mark_of(".", "s") == ""
    assert mark_of(". ", "hip") is None
