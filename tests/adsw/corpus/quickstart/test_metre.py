"""The metre that the bars have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adsw.corpus.quickstart.theory import beat_quarters, downbeats, stated_metre, true_metre


@pytest.mark.parametrize(
    ("metre", "beat"),
    [
        ("4/4", 1), ("3/4", 1), ("2/4", 1), ("2/2", 2), ("3/2", 2), ("4/2", 2), ("6/8", 1.5), ("9/8", 1.5),
        ("12/8", 1.5), ("6/4", 3), ("3/8", 0.5), ("2/8", 1), ("4/8", 1), ("2/1", 2), (None, 1),
    ],
)  # fmt: skip
def test_the_beat_of_a_metre(metre: str | None, beat: float) -> None:
    assert beat_quarters(metre) == beat


def test_the_header_comes_before_the_bars(make_piece) -> None:  # type: ignore[no-untyped-def]
    notes = [(60, 1.0)] * 16
    assert stated_metre(make_piece(notes)) == "4/4"
    assert stated_metre(make_piece(notes, headers={"metre": ("C",)})) == "4/4"
    assert stated_metre(make_piece(notes, headers={"metre": ("C|",)})) == "2/2"
    assert stated_metre(make_piece(notes, headers={"metre": ("6/8",)})) == "6/8"
    assert stated_metre(make_piece(notes, headers={"metre": ("none",)})) is None
    assert stated_metre(replace(make_piece(notes), metres=())) is None


@pytest.mark.parametrize(("metre", "upbeat"), [("3/4", 0.0), ("3/4", 1.0), ("6/8", 0.5), ("2/2", 2.0)])
def test_regular_bars_confirm_the_metre(make_piece, metre: str, upbeat: float) -> None:  # type: ignore[no-untyped-def]
    piece = make_piece([(60, 0.5)] * 47, metre, upbeat)
    assert true_metre(piece, 20.0) == metre
    assert true_metre(piece, 1000.0) == metre


def test_bars_that_do_not_fit_leave_it_out(make_piece) -> None:  # type: ignore[no-untyped-def]
    piece = make_piece([(60, 1.0)] * 32)
    assert true_metre(replace(piece, headers={"metre": ("3/4",)}), 20.0) is None
    uneven = replace(piece, bars=(0.0, 4.0, 7.0, 11.0, 14.0, 18.0))
    assert true_metre(uneven, 30.0) is None
    assert true_metre(replace(piece, bars=()), 20.0) is None
    assert true_metre(make_piece([(60, 1.0)] * 4), 20.0) is None  # one bar shows no metre


def test_a_bar_cut_by_a_repeat_sign_is_one(make_piece) -> None:  # type: ignore[no-untyped-def]
    piece = replace(make_piece([(60, 1.0)] * 16), bars=(0.0, 4.0, 7.0, 8.0, 12.0))
    assert true_metre(piece, 30.0) == "4/4"


def test_downbeats_leave_the_upbeat_out(make_piece) -> None:  # type: ignore[no-untyped-def]
    assert downbeats(make_piece([(60, 1.0)] * 13, "4/4", 1.0)) == {1.0, 5.0, 9.0}
    assert downbeats(make_piece([(60, 1.0)] * 12)) == {0.0, 4.0, 8.0}


def test_without_a_metre_every_bar_is_strong(make_piece) -> None:  # type: ignore[no-untyped-def]
    piece = make_piece([(60, 1.0)] * 8, headers={"metre": ("none",)})
    assert downbeats(piece) == {0.0, 4.0}
    assert downbeats(replace(piece, bars=())) == frozenset()
