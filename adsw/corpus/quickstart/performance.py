"""Performance of a piece: its tempo, its instruments and the ten seconds that are played."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from adsw.corpus.quickstart.scores import Piece, ScoreNote, UnreadableScoreError
from adsw.corpus.quickstart.synth import SoundingNote
from adsw.corpus.quickstart.theory import beat_quarters, downbeats, stated_metre, true_metre


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument of the corpus."""

    name: str
    """The tag."""
    family: str
    """The tag of its family."""
    program: int
    """General MIDI program, from 0."""
    lowest: int
    highest: int
    """Usual range, MIDI notes as they sound."""
    chords: bool = False
    """Whether one player plays several voices (or a choir of them is usual)."""
    solo: bool = True
    """Whether it is ever chosen alone."""
    sounds_at: int = 0
    """Semitones from the written to the strongest heard pitch: an organ's sub-octave stop."""


INSTRUMENTS: tuple[Instrument, ...] = (
    Instrument("piano", "keyboards", 0, 33, 96, chords=True),
    Instrument("harpsichord", "keyboards", 6, 36, 88, chords=True),
    Instrument("church organ", "keyboards", 19, 36, 88, chords=True, sounds_at=-12),
    Instrument("electric piano", "keyboards", 4, 36, 96, chords=True),
    Instrument("celesta", "keyboards", 8, 60, 100, chords=True),
    Instrument("harmonium", "free reeds", 20, 41, 84, chords=True),
    Instrument("harmonica", "free reeds", 22, 55, 89),
    Instrument("vibraphone", "mallet percussion", 11, 53, 89, chords=True),
    Instrument("marimba", "mallet percussion", 12, 45, 93, chords=True),
    Instrument("xylophone", "mallet percussion", 13, 60, 96),
    Instrument("music box", "mallet percussion", 10, 60, 96, chords=True),
    Instrument("classical guitar", "plucked strings", 24, 40, 83, chords=True),
    Instrument("harp", "plucked strings", 46, 36, 96, chords=True),
    Instrument("banjo", "plucked strings", 105, 48, 84),
    Instrument("sitar", "plucked strings", 104, 48, 79),
    Instrument("koto", "plucked strings", 107, 48, 84, chords=True),
    Instrument("violin", "bowed strings", 40, 55, 96),
    Instrument("viola", "bowed strings", 41, 48, 84, solo=False),
    Instrument("cello", "bowed strings", 42, 36, 72),
    Instrument("double bass", "bowed strings", 43, 28, 55),
    Instrument("string ensemble", "bowed strings", 48, 36, 91, chords=True),
    Instrument("flute", "woodwind", 73, 60, 96),
    Instrument("piccolo", "woodwind", 72, 74, 105),
    Instrument("pan flute", "woodwind", 75, 60, 93),
    Instrument("clarinet", "woodwind", 71, 50, 90),
    Instrument("oboe", "woodwind", 68, 58, 89),
    Instrument("bassoon", "woodwind", 70, 34, 67),
    Instrument("alto saxophone", "woodwind", 65, 49, 81),
    Instrument("bagpipe", "woodwind", 109, 55, 86),
    Instrument("trumpet", "brass", 56, 54, 86),
    Instrument("trombone", "brass", 57, 40, 72),
    Instrument("French horn", "brass", 60, 41, 77),
    Instrument("tuba", "brass", 58, 29, 58),
    Instrument("choir", "voices", 52, 41, 81, chords=True),
)

BY_NAME = {instrument.name: instrument for instrument in INSTRUMENTS}

_DUOS = (
    ("flute", "cello"), ("flute", "bassoon"), ("oboe", "bassoon"), ("clarinet", "bassoon"), ("violin", "cello"),
    ("trumpet", "trombone"), ("trumpet", "tuba"), ("oboe", "cello"), ("violin", "French horn"), ("flute", "harp"),
    ("violin", "harpsichord"), ("oboe", "church organ"), ("trumpet", "church organ"), ("flute", "classical guitar"),
    ("clarinet", "piano"), ("cello", "piano"), ("alto saxophone", "electric piano"),
)  # fmt: skip
"""Upper and lower instrument of music in several voices. A lower one that plays chords takes all but the highest
voice."""

_DUO_SHARE = 0.4

_FITTING = 0.97
"""Share of a part's notes that must lie in the instrument's range."""


@dataclass(frozen=True, slots=True)
class Seat:
    """What one voice of the score plays on, and how many semitones (whole octaves) it is moved to fit."""

    instrument: Instrument
    shift: int


def seating(
    parts: Mapping[int, Sequence[int]], rng: np.random.Generator, ensemble: str | None = None
) -> dict[int, Seat]:
    """Give every voice an instrument that can play it.

    Args:
        parts: voice of the score, 0 the highest -> its pitches; none is empty.
        rng: decides; the same generator gives the same seating.
        ensemble: ``"string quartet"`` where the score asks for one.

    Returns:
        A seat for each voice. Voices on one instrument move together.
    """
    if ensemble == "string quartet":
        return {voice: _string_seat(voice, pitches) for voice, pitches in parts.items()}
    voices = sorted(parts)
    pitches = [parts[voice] for voice in voices]
    duo = _duo(pitches, rng) if len(voices) > 1 and rng.random() < _DUO_SHARE else None
    return dict(zip(voices, duo or _one_kind(pitches, rng), strict=True))


def _one_kind(parts: list[Sequence[int]], rng: np.random.Generator) -> list[Seat]:
    """Seat all voices on one instrument; several voices on one that can play them together."""
    everything = [pitch for part in parts for pitch in part]
    players = [player for player in INSTRUMENTS if player.solo and (player.chords or len(parts) == 1)]
    for index in rng.permutation(len(players)):
        shifts = _fitting(players[index], everything)
        if shifts:
            return [Seat(players[index], int(rng.choice(shifts)))] * len(parts)
    return [Seat(BY_NAME["piano"], 0)] * len(parts)


def _duo(parts: list[Sequence[int]], rng: np.random.Generator) -> list[Seat] | None:
    """Seat the upper voices on one instrument and the lower on another, or return None if no pair can play them."""
    for index in rng.permutation(len(_DUOS)):
        upper, lower = (BY_NAME[name] for name in _DUOS[index])
        above = 1 if lower.chords else (len(parts) + 1) // 2
        high = _fitting(upper, [pitch for part in parts[:above] for pitch in part])
        low = _fitting(lower, [pitch for part in parts[above:] for pitch in part])
        if high and low and low[0] <= high[0]:  # the lower voices must not be moved above the upper ones
            return [Seat(upper, high[0])] * above + [Seat(lower, low[0])] * (len(parts) - above)
    return None


def _string_seat(voice: int, pitches: Sequence[int]) -> Seat:
    """Seat two violins, a viola and a cello; an instrument that cannot go so low gives way to the next."""
    wanted = ("violin", "violin", "viola", "cello")[min(voice, 3) :]
    playing = (BY_NAME[name] for name in wanted)
    return Seat(next((player for player in playing if _share(player, pitches, 0) >= _FITTING), BY_NAME["cello"]), 0)


def _fitting(instrument: Instrument, pitches: Sequence[int]) -> list[int]:
    """Return the shifts in semitones that bring the pitches into range: 0 and one octave, else two octaves."""
    for octaves in ((0, -1, 1), (-2, 2)):
        shifts = [12 * octave for octave in octaves if _share(instrument, pitches, 12 * octave) >= _FITTING]
        if shifts:
            return shifts
    return []


def _share(instrument: Instrument, pitches: Sequence[int], shift: int) -> float:
    """Return the share of the pitches, moved by a shift, that lie in the instrument's range."""
    return sum(instrument.lowest <= pitch + shift <= instrument.highest for pitch in pitches) / len(pitches)


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
