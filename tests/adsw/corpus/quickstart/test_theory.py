"""Modes from scale degrees, by hand: what is clear gets a name, what is not gets none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsw.corpus.quickstart.theory import is_pentatonic, mode_of, tonic_of, weights_of

# Degrees in semitones over the tonic, each as long as it stands there often.
SCALES = {
    "major": [0, 0, 0, 2, 4, 4, 5, 7, 7, 9, 11],
    "minor": [0, 0, 0, 2, 3, 3, 5, 7, 7, 8, 11],
    "dorian": [0, 0, 0, 2, 3, 3, 5, 7, 7, 9, 10],
    "mixolydian": [0, 0, 0, 2, 4, 4, 5, 7, 7, 9, 10],
    "phrygian": [0, 0, 0, 1, 3, 3, 5, 7, 7, 8, 10],
}


def weights(degrees: list[int], tonic: int = 0) -> np.ndarray:
    return weights_of([(degree + tonic, 1.0) for degree in degrees])


@pytest.mark.parametrize("name", SCALES)
@given(tonic=st.integers(0, 11))
def test_each_mode_is_found_on_each_tonic(name: str, tonic: int) -> None:
    heard = weights(SCALES[name], tonic)
    assert mode_of(heard, heard, tonic) == name


@pytest.mark.parametrize(
    ("degrees", "mode"),
    [
        ([0, 0, 0, 2, 4, 4, 5, 7, 7, 9], "major"),  # no seventh: a major third says enough
        ([0, 0, 0, 2, 3, 3, 5, 7, 7], "minor"),  # no sixth
        ([0, 0, 0, 2, 3, 3, 5, 7, 7, 8, 9, 10, 11], "minor"),  # melodic minor: both sixths
        ([0, 0, 0, 2, 3, 4, 5, 7, 7, 9, 11], None),  # both thirds
        ([0, 0, 0, 2, 5, 7, 7, 9, 11], None),  # no third
        ([0, 0, 0, 2, 4, 4, 6, 6, 7, 7, 9, 11], None),  # Lydian, or leaving for the dominant
        ([0, 0, 0, 2, 4, 4, 5, 7, 7, 9, 10, 11], None),  # both sevenths
        ([0, 0, 0, 1, 3, 3, 5, 7, 7, 9, 10], None),  # flat second, sharp sixth
        ([0, 0, 0, 2, 3, 3, 5, 7, 7, 9, 11], None),  # sharp sixth and seventh over a minor third
        ([0] + [1, 2, 3, 5, 8, 9, 10] * 4, None),  # the tonic hardly sounds
    ],
)
def test_what_is_not_clear_has_no_mode(degrees: list[int], mode: str | None) -> None:
    assert mode_of(weights(degrees), weights(degrees), 0) == mode


def test_the_third_must_be_heard_in_the_excerpt_itself() -> None:
    score = weights(SCALES["major"])
    assert mode_of(weights([0, 2, 5, 7]), score, 0) is None
    assert mode_of(weights([0, 2, 4, 7]), score, 0) == "major"


def test_an_excerpt_that_leans_to_the_relative_key_has_no_mode() -> None:
    score = weights(SCALES["minor"], 9)
    heard = weights([0, 0, 0, 4, 4, 7, 7, 7, 2, 5, 9, 9], 0)  # C major, of a piece in A minor
    assert mode_of(score, score, 9) == "minor"
    assert mode_of(heard, score, 9) is None


def test_pentatonic_needs_no_tonic() -> None:
    five = weights([0, 2, 4, 7, 9], 5)
    assert is_pentatonic(five)
    assert mode_of(five, five, None) == "pentatonic"
    six = weights([0, 2, 4, 7, 9, 11], 5)
    assert not is_pentatonic(six)
    assert mode_of(six, six, None) is None
    assert mode_of(five, six, None) is None  # pentatonic by chance of the excerpt


def test_the_tonic_needs_two_sources() -> None:
    major = weights(SCALES["major"], 2)
    assert tonic_of(frozenset({2}), 2, major) == 2  # key and last note
    assert tonic_of(frozenset({2}), 9, major) == 2  # key and analysis
    assert tonic_of(frozenset({2, 11}), 11, major) == 11  # a signature's minor, by the last note
    assert tonic_of(frozenset({7}), 2, major) is None
    assert tonic_of(frozenset(), 2, major) is None
