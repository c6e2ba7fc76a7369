"""Performance of a piece: its tempo, its instruments and the ten seconds that are played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adsw.corpus.quickstart.instruments import Seat, seating
from adsw.corpus.quickstart.metre import beat_quarters, downbeats, stated_metre, true_metre
from adsw.corpus.quickstart.sampler import SoundingNote
from adsw.corpus.quickstart.scores import Piece, ScoreNote, UnreadableScoreError

SECONDS = 10.0
TEMPO_CLASSES: tuple[tuple[float, str], ...] = (
    (72.0, "slow"),
    (104.0, "moderate"),
    (140.0, "fast"),
    (float("inf"), "very fast"),
)
"""(beats a minute below which, tag)."""
_MARGIN = 0.04
"""No tempo is taken within this share of a class's border."""
_DOWNBEAT, _BEAT, _OFFBEAT = 104, 92, 82
"""Velocities: accents make the metre audible."""


class ShortExcerptError(UnreadableScoreError):
    """The part of the score that was read does not last ten seconds."""


@dataclass(frozen=True, slots=True)
class Performance:
    """The sounding notes of a piece, with its tempo, metre and instruments."""

    notes: tuple[SoundingNote, ...]
    """From 0 s to SECONDS at most, each cut there."""
    beats_per_minute: float
    beat: float
    """Quarter notes in a beat."""
    metre: str | None
    """The metre; None if the bars heard do not agree with it."""
    seats: dict[int, Seat]
    """Voice -> its instrument, for the voices that sound."""


def perform(
    piece: Piece, tempo: tuple[float, float], rng: np.random.Generator, ensemble: str | None = None
) -> Performance:
    """Play the first ten seconds of a piece; a shorter one is played again from its beginning.

    Args:
        piece: the score.
        tempo: slowest and quickest, beats a minute.
        rng: decides on tempo and instruments.
        ensemble: see `seating`.

    Raises:
        ShortExcerptError: more of the score must be read.
    """
    beat = beat_quarters(stated_metre(piece))
    beats_per_minute = choose_tempo(tempo, rng)
    per_second = beats_per_minute * beat / 60.0
    begin = piece.notes[0].start
    needed = SECONDS * per_second
    if piece.length - begin < needed and not piece.complete:
        raise ShortExcerptError("the excerpt read is too short")
    notes = _repeated(piece, begin, needed)
    seats = seating(_by_voice(notes), rng, ensemble)
    strong = downbeats(piece)
    return Performance(
        notes=tuple(
            _sounding(note, begin, per_second, seats[note.part], _velocity(note, piece, strong, beat)) for note in notes
        ),
        beats_per_minute=beats_per_minute,
        beat=beat,
        metre=true_metre(piece, begin + needed),
        seats=seats,
    )


def choose_tempo(bounds: tuple[float, float], rng: np.random.Generator) -> float:
    """Draw a tempo between the bounds, evenly on a logarithmic scale, off the borders of the tempo classes."""
    low, high = bounds
    tempo = float(low * (high / low) ** rng.random())
    for border, _ in TEMPO_CLASSES:
        if border * (1 - _MARGIN) < tempo < border * (1 + _MARGIN):
            below = border * (1 - _MARGIN)
            tempo = (
                below if (tempo < border and below >= low) or border * (1 + _MARGIN) > high else border * (1 + _MARGIN)
            )
    # Rounded, so that the record of a track holds the very tempo that was played.
    return round(tempo, 2)


def tempo_class(beats_per_minute: float) -> str:
    """Return the tag of a tempo."""
    return next(name for border, name in TEMPO_CLASSES if beats_per_minute < border)


def _by_voice(notes: Sequence[ScoreNote]) -> dict[int, list[int]]:
    """Return the pitches of each voice."""
    pitches: dict[int, list[int]] = {}
    for note in notes:
        pitches.setdefault(note.part, []).append(note.pitch)
    return pitches


def _repeated(piece: Piece, begin: float, needed: float) -> list[ScoreNote]:
    """Return the notes of the excerpt; a complete piece begins again at its end."""
    notes: list[ScoreNote] = []
    offset, length = 0.0, max(piece.length, 1.0)  # a piece of almost no length would be repeated without end
    while offset < begin + needed:
        notes.extend(
            ScoreNote(note.start + offset, note.duration, note.pitch, note.part)
            for note in piece.notes
            if note.start + offset < begin + needed - 1e-6  # a note at the very end would not be heard
        )
        offset += length
    return notes


def _velocity(note: ScoreNote, piece: Piece, strong: frozenset[float], beat: float) -> int:
    """Return the velocity of a note: loudest on a downbeat, then on another beat, then between beats."""
    at = round(note.start % max(piece.length, 1.0), 4)
    if at in strong:
        return _DOWNBEAT
    last = max((bar for bar in strong if bar <= at), default=0.0)
    return _BEAT if abs((at - last) / beat - round((at - last) / beat)) < 1e-3 else _OFFBEAT


def _sounding(note: ScoreNote, begin: float, per_second: float, seat: Seat, velocity: int) -> SoundingNote:
    """Return a score's note as it is played: in seconds, moved into its instrument's range, cut at the end."""
    start = (note.start - begin) / per_second
    return SoundingNote(
        start_s=start,
        duration_s=min(note.duration / per_second, SECONDS - start),
        pitch=note.pitch + seat.shift,
        velocity=velocity,
        program=seat.instrument.program,
        part=note.part,
    )
