"""What a text denies."""

from __future__ import annotations

import pytest

from adsw.augment.denial import Denial
from adsw.augment.english import Words


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
        ("no drums no bass, flute", {"drums": True, "bass": True, "flute": True}),  # a list runs on
        (
            "There are no vocals, drums or bass, just piano.",
            {"vocals": True, "drums": True, "bass": True, "piano": False},
        ),
        ("No drums, bass or vocals.", {"drums": True, "bass": True, "vocals": True}),
        ("hardly any piano, and it is calm", {"piano": True, "calm": False}),
        ("free of guitars", {"guitars": True}),
        ("without a flute, a drum or a harp", {"flute": True, "drum": True, "harp": True}),
        ("no drums, a flute plays", {"drums": True, "flute": False}),
        ("neither drums nor bass; a harp", {"drums": True, "bass": True, "harp": False}),
        ("The piano is calm. Drums and bass are absent.", {"piano": False, "Drums": True, "bass": True}),
        ("a vocal-free harp", {"vocal": True, "harp": False}),
        ("a drumless harp", {"drum": True, "harp": False}),
        ("not only drums but bass", {"drums": False, "bass": False}),
        ("anything but calm", {"calm": True}),
        ("everything except for drums", {"drums": True}),
        ("minus the drums", {"drums": True}),
        ("no longer sad", {"sad": True}),
        ("Symphony No. 5 for flute", {"flute": False}),
        ("It doesn't have drums, bass, or any vocals, only a harp", {"drums": True, "vocals": True, "harp": False}),
        ("devoid of drums and bass, but with a harp", {"drums": True, "bass": True, "harp": False}),
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
