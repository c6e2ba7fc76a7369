"""How scores become notes in seconds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.corpus.quickstart.performance import (
    SECONDS,
    TEMPO_CLASSES,
    ShortExcerptError,
    choose_tempo,
    perform,
    tempo_class,
)

SCALE = [(60 + step, 1.0) for step in (0, 2, 4, 5, 7, 9, 11, 12)] * 4


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("tempo", "name"),
    [(50, "slow"), (71.9, "slow"), (72, "moderate"), (104, "fast"), (139, "fast"), (140, "very fast")],
)
def test_tempo_classes(tempo: float, name: str) -> None:
    assert tempo_class(tempo) == name


@given(low=st.floats(40, 120), width=st.floats(1.1, 2.0), seed=st.integers(0, 1000))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_tempi_stay_off_the_borders_of_their_classes(low: float, width: float, seed: int) -> None:
    tempo = choose_tempo((low, low * width), rng(seed))
    assert low * 0.92 <= tempo <= low * width * 1.09
    assert all(abs(tempo / border - 1) > 0.039 for border, _ in TEMPO_CLASSES[:-1])


def test_beats_come_at_the_tempo(make_piece) -> None:  # type: ignore[no-untyped-def]
    played = perform(make_piece(SCALE), (120, 120.5), rng())
    assert played.beat == 1.0
    gaps = np.diff([note.start_s for note in played.notes])
    assert gaps == pytest.approx(60 / played.beats_per_minute)
    compound = perform(make_piece([(60, 0.5)] * 60, "6/8"), (120, 120.5), rng())
    assert np.diff([note.start_s for note in compound.notes]) == pytest.approx(20 / compound.beats_per_minute)


def test_a_short_piece_begins_again_and_ends_with_the_excerpt(make_piece) -> None:  # type: ignore[no-untyped-def]
    played = perform(make_piece(SCALE[:8]), (120, 120.5), rng())
    first, again = played.notes[0], played.notes[8]
    assert again.pitch == first.pitch
    assert again.start_s - first.start_s == pytest.approx(8 * 60 / played.beats_per_minute)
    assert played.notes[0].start_s == 0.0
    assert max(note.start_s + note.duration_s for note in played.notes) == pytest.approx(SECONDS)
    assert played.metre is None or played.metre == "4/4"


def test_silence_before_the_first_note_is_cut(make_piece) -> None:  # type: ignore[no-untyped-def]
    piece = make_piece(SCALE)
    late = replace(piece, notes=piece.notes[3:])
    assert perform(late, (120, 120.5), rng()).notes[0].start_s == 0.0


def test_an_excerpt_too_short_is_not_repeated(make_piece) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ShortExcerptError, match="too short"):
        perform(make_piece(SCALE[:8], complete=False), (120, 120.5), rng())


def test_downbeats_are_loudest_and_offbeats_softest(make_piece) -> None:  # type: ignore[no-untyped-def]
    played = perform(make_piece([(60, 0.5)] * 32, "3/4", 0.5), (110, 110.5), rng())
    assert [note.velocity for note in played.notes[:8]] == [92, 104, 82, 92, 82, 92, 82, 104]


def test_all_notes_move_by_whole_octaves(make_piece) -> None:  # type: ignore[no-untyped-def]
    for seed in range(40):
        played = perform(make_piece(SCALE), (120, 120.5), rng(seed))
        (seat,) = played.seats.values()
        assert seat.shift % 12 == 0
        assert all(seat.instrument.lowest <= note.pitch <= seat.instrument.highest for note in played.notes)
        assert {note.program for note in played.notes} == {seat.instrument.program}
