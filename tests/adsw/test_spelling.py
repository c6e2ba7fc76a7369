"""When two strings are one text, and when they are one name."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsw.spelling import commonest, distinct, folded, is_blank, one_text

CAFE = "a slow café waltz"
SAME_TEXT = [
    unicodedata.normalize("NFD", CAFE),
    "  a slow  café waltz ",
    "a\u00a0slow caf\u00e9\u2009waltz",
    "a slow\ncafé\twaltz",
    "\ufeffa slow\u200bcafé\u200b walt\u00adz",
]


@pytest.mark.parametrize("text", SAME_TEXT)
def test_unicode_form_and_blanks_make_no_other_text(text: str) -> None:
    assert one_text(text) == CAFE


@pytest.mark.parametrize("text", [CAFE, "Jazz", "x²", "\U0001f468\u200d\U0001f469", "Straße", "a, b; c."])
def test_a_clean_text_stays_as_it_is(text: str) -> None:
    assert one_text(text) == text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("The\u00a0Beatles", "the beatles"),
        (unicodedata.normalize("NFD", "Beyoncé"), "BEYONCÉ"),
        ("Straße", "STRASSE"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("jazz\u200d", "\u200eJazz"),
    ],
)
def test_case_makes_no_other_name(first: str, second: str) -> None:
    assert folded(first) == folded(second)


@pytest.mark.parametrize(("first", "second"), [("x²", "x2"), ("rock", "rocks"), ("Beyoncé", "Beyonce"), ("a b", "ab")])
def test_what_reads_differently_is_another_name(first: str, second: str) -> None:
    assert folded(first) != folded(second)


@given(st.text())
def test_both_are_settled_at_once(text: str) -> None:
    assert one_text(one_text(text)) == one_text(text)
    assert folded(folded(text)) == folded(text) == folded(one_text(text))
    assert folded(unicodedata.normalize("NFD", text)) == folded(unicodedata.normalize("NFC", text))


def test_blanks_that_cannot_be_seen_are_blanks() -> None:
    assert all(is_blank(text) for text in ("", " ", "\u00a0", "\u200b", "\u200d\ufeff", "\u2003\u2060"))
    assert not is_blank(".")


def test_the_commonest_spelling_is_used_and_ties_are_decided() -> None:
    assert commonest({"Jazz": 3, "jazz": 2}) == "Jazz"
    assert commonest({"Jazz": 2, "jazz": 2, "JAZZ": 2}) == commonest({"JAZZ": 2, "jazz": 2, "Jazz": 2}) == "jazz"
    assert distinct(["Rock", "jazz", "rock", "JAZZ"]) == ("Rock", "jazz")
