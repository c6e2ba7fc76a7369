"""Texture, register and density from notes."""

from __future__ import annotations

import pytest

from adsw.corpus.quickstart.synth import SoundingNote
from adsw.corpus.quickstart.theory import onsets_per_second, register_of, texture_of


def note(start: float, duration: float, pitch: int = 60, part: int = 0, program: int = 0) -> SoundingNote:
    return SoundingNote(start, duration, pitch, 90, program, part)


def voices(*spans: tuple[float, float]) -> list[SoundingNote]:
    """One voice per (start, end), in half seconds."""
    return [
        note(start + step / 2, 0.5, 70 - 5 * part, part)
        for part, (start, end) in enumerate(spans)
        for step in range(int(2 * (end - start)))
    ]


@pytest.mark.parametrize(
    ("spans", "texture"),
    [
        ([(0, 10)], "monophonic"),
        ([(0, 5), (5, 10)], "monophonic"),  # one after the other
        ([(0, 10), (0, 10)], "two-part"),
        ([(0, 10)] * 4, "four-part"),
        ([(0, 10), (3, 10), (7, 10)], "three-part"),
        ([(0, 10), (0, 10), (9.5, 10)], "two-part"),  # a third voice that only just enters
        ([(0, 10), (0, 10), (8.5, 10)], None),  # one that enters late
        ([(0, 10)] * 8, None),  # more voices than there is a word for
    ],
)
def test_voices_are_counted_as_they_sound(spans: list[tuple[float, float]], texture: str | None) -> None:
    assert texture_of(voices(*spans), 10.0) == texture


def test_overlaps_of_a_moment_do_not_make_a_second_voice() -> None:
    assert texture_of([note(step, 1.02) for step in range(10)], 10.0) == "monophonic"


def test_chords_in_one_voice_are_chordal() -> None:
    chords = [note(step, 1.0, pitch) for step in range(10) for pitch in (60, 64, 67)]
    assert texture_of(chords, 10.0) == "chordal"


@pytest.mark.parametrize(
    ("pitch", "register"),
    [(56, "low register"), (57, "middle register"), (71, "middle register"), (72, "high register")],
)
def test_register_is_the_median_pitch(pitch: int, register: str) -> None:
    assert register_of([note(0, 1, 30), note(1, 5, pitch), note(6, 1, 90)], {}) == register


def test_register_counts_what_is_heard() -> None:
    assert register_of([note(0, 1, 65, program=19)], {19: -12}) == "low register"


def test_onsets_are_moments() -> None:
    assert onsets_per_second([note(0, 1), note(0, 1, part=1), note(0.5, 1)], 10.0) == 0.2
