"""Small scores for the tests, written by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from adsw.corpus.quickstart.scores import Piece, ScoreNote, soundfont_path
from adsw.corpus.quickstart.synth import Sampler, SoundFont

MakePiece = Callable[..., Piece]


@pytest.fixture(scope="session")
def make_piece() -> MakePiece:
    """A piece of one voice from (pitch, quarters) pairs, in bars of a metre, after an upbeat."""

    def make(
        melody: Sequence[tuple[int, float]],
        metre: str = "4/4",
        upbeat: float = 0.0,
        final: int | None = None,
        tonics: Sequence[int] = (0,),
        headers: dict[str, tuple[str, ...]] | None = None,
        complete: bool = True,
    ) -> Piece:
        notes, at = [], 0.0
        for pitch, quarters in melody:
            notes.append(ScoreNote(at, quarters, pitch, 0))
            at += quarters
        count, unit = metre.split("/")
        bar, bars = 4 * int(count) / int(unit), [0.0]
        while bars[-1] + (upbeat if len(bars) == 1 and upbeat else bar) < at - 1e-6:
            bars.append(bars[-1] + (upbeat if len(bars) == 1 and upbeat else bar))
        return Piece(
            notes=tuple(notes),
            length=at,
            complete=complete,
            metres=((0.0, metre),),
            bars=tuple(bars),
            tonics=frozenset(tonics),
            final=melody[-1][0] % 12 if final is None else final,
            headers=headers or {},
        )

    return make


@pytest.fixture(scope="session")
def sampler() -> Sampler:
    """The corpus's instruments."""
    return Sampler(SoundFont(soundfont_path()), 22050)
