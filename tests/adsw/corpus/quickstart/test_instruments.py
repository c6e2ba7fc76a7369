"""Who plays what."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.corpus.quickstart.performance import INSTRUMENTS, seating


def test_names_and_programs_are_unique() -> None:
    assert (
        len({found.name for found in INSTRUMENTS}) == len({found.program for found in INSTRUMENTS}) == len(INSTRUMENTS)
    )
    assert len(INSTRUMENTS) >= 20


def test_programs_are_what_general_midi_calls_so() -> None:
    pretty_midi = pytest.importorskip("pretty_midi")
    called = {"harmonium": "reed organ", "alto saxophone": "alto sax"}
    for found in INSTRUMENTS:
        official = pretty_midi.program_to_instrument_name(found.program).lower()
        assert any(word in official for word in called.get(found.name, found.name.lower()).split()), found.name


@given(
    middle=st.lists(st.integers(52, 76), min_size=1, max_size=5),
    spread=st.integers(1, 6),
    seed=st.integers(0, 2**16),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_everybody_can_play_their_voice(middle: list[int], spread: int, seed: int) -> None:
    parts = {voice: list(range(at - spread, at + spread)) for voice, at in enumerate(sorted(middle, reverse=True))}
    seats = seating(parts, np.random.default_rng(seed))
    assert set(seats) == set(parts)
    assert seats == seating(parts, np.random.default_rng(seed))
    for voice, seat in seats.items():
        inside = [seat.instrument.lowest <= pitch + seat.shift <= seat.instrument.highest for pitch in parts[voice]]
        assert np.mean(inside) >= 0.8
    if len(parts) > 1 and len({seat.instrument for seat in seats.values()}) == 1:
        assert seats[0].instrument.chords


def test_everything_is_played_by_somebody() -> None:
    impossible = {0: [20, 110]}
    assert seating(impossible, np.random.default_rng(0))[0].instrument.name == "piano"


def test_all_instruments_are_used() -> None:
    tune = {0: list(range(60, 78))}
    chosen = {seating(tune, np.random.default_rng(seed))[0].instrument.name for seed in range(800)}
    assert chosen == {found.name for found in INSTRUMENTS if found.solo}


def test_a_string_quartet_is_one() -> None:
    parts = {0: [76], 1: [67], 2: [60], 3: [43]}
    seats = seating(parts, np.random.default_rng(0), "string quartet")
    assert [seats[voice].instrument.name for voice in range(4)] == ["violin", "violin", "viola", "cello"]
    assert all(seat.shift == 0 for seat in seats.values())
    low = seating({1: [50], 2: [40], 5: [43]}, np.random.default_rng(0), "string quartet")
    assert [low[voice].instrument.name for voice in (1, 2, 5)] == ["viola", "cello", "cello"]


def test_two_instruments_share_the_voices() -> None:
    parts = {0: list(range(67, 75)), 1: list(range(60, 68)), 2: list(range(52, 60)), 3: list(range(45, 53))}
    found = [seating(parts, np.random.default_rng(seed)) for seed in range(60)]
    pairs = [seats for seats in found if len({seat.instrument for seat in seats.values()}) == 2]
    assert 10 < len(pairs) < 40
    for seats in pairs:
        order = [seats[voice].instrument for voice in range(4)]
        assert order[0] != order[3]
        assert order == sorted(order, key=order.index)  # upper voices on one, lower ones on the other


def test_voices_that_no_pair_can_share_stay_together() -> None:
    crossed = {0: [20, 110], 1: [20, 110]}
    for seed in range(20):
        seats = seating(crossed, np.random.default_rng(seed))
        assert len({seat.instrument for seat in seats.values()}) == 1
