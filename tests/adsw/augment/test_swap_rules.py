"""What a text denies."""

from __future__ import annotations

import pytest

from adsw.augment.english import Words
from adsw.augment.swap_rules import Denial


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("no drums, but a flute", {"drums": True, "flute": False}),
        ("It isn't sad; calm", {"sad": True, "calm": False}),
        ("It ISN\u2019T sad", {"sad": True}),
        ("NOT sad but calm", {"sad": True, "calm": False}),
        ("far from sleepy. calm", {"sleepy": True, "calm": False}),
        ("from far away a flute", {"flute": False}),
        ("a harp rather than a flute", {"harp": False, "flute": True}),
        ("rather slow", {"slow": False}),
        ("a harp instead of drums", {"harp": False, "drums": True}),
        ("lacks a melody", {"melody": True}),
        ("a t flute", {"flute": False}),
        ("no\u0308 drums", {"drums": True}),
        ("no drums no bass, flute", {"drums": True, "bass": True, "flute": False}),
        ("no " + "very " * 30 + "drums", {"drums": False}),
    ],
)
def test_what_is_denied(text: str, denied: dict[str, bool]) -> None:
    words = Words(text)
    denial = Denial(words)
    assert {word: text.index(word) in denial for word in denied} == denied
    assert Denial.in_any(words) or not any(denied.values())


def test_what_denies_nothing_is_known_at_once() -> None:
    assert not Denial.in_any(Words("a slow flute"))
    assert 0 not in Denial(Words("a slow flute"))
    assert 0 not in Denial(Words(""))
