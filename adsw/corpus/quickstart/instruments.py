"""The instruments of the quickstart corpus and who plays what.

Chosen are General MIDI programs that render distinctly with the SoundFont, one per kind: a viola beside a violin, or a fiddle,
would be two names for what sounds alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument as the corpus knows it."""

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
    sounds_at: int = 0
    """Semitones from the written to the strongest heard pitch: an organ's sub-octave stop."""


INSTRUMENTS: tuple[Instrument, ...] = (
    Instrument("piano", "keyboard", 0, 33, 96, chords=True),
    Instrument("harpsichord", "keyboard", 6, 36, 88, chords=True),
    Instrument("church organ", "keyboard", 19, 36, 88, chords=True, sounds_at=-12),
    Instrument("electric piano", "keyboard", 4, 36, 96, chords=True),
    Instrument("celesta", "keyboard", 8, 60, 100, chords=True),
    Instrument("accordion", "free reed", 21, 48, 88, chords=True),
    Instrument("harmonica", "free reed", 22, 55, 89),
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
    Instrument("french horn", "brass", 60, 41, 77),
    Instrument("tuba", "brass", 58, 29, 58),
    Instrument("choir", "voices", 52, 41, 81, chords=True),
)
BY_NAME = {instrument.name: instrument for instrument in INSTRUMENTS}
_DUOS = (
    ("flute", "cello"), ("flute", "bassoon"), ("oboe", "bassoon"), ("clarinet", "bassoon"), ("violin", "cello"),
    ("trumpet", "trombone"), ("trumpet", "tuba"), ("oboe", "cello"), ("violin", "french horn"), ("flute", "harp"),
    ("violin", "harpsichord"), ("oboe", "church organ"), ("trumpet", "church organ"), ("flute", "classical guitar"),
    ("clarinet", "piano"), ("cello", "piano"), ("alto saxophone", "electric piano"),
)  # fmt: skip
"""Upper and lower instrument of music in several voices. Where the lower one is a chordal instrument it takes all but the
highest voice."""
_DUO_SHARE = 0.4
_FITTING = 0.97
"""Share of a part's notes that must lie in the instrument's range."""


@dataclass(frozen=True, slots=True)
class Seat:
    """What one voice of the score plays on, and how many semitones (whole octaves) it is moved to fit."""

    instrument: Instrument
    shift: int


def seating(parts: Sequence[Sequence[int]], rng: np.random.Generator, ensemble: str | None = None) -> list[Seat]:
    """Give every voice an instrument that can play it.

    Args:
        parts: the pitches of each voice, highest voice first; none is empty.
        rng: decides; the same generator gives the same seating.
        ensemble: ``"strings"`` for a string quartet, as the score asks for it.

    Returns:
        One seat per voice. Voices on one instrument move together.
    """
    chordal = len(parts) > 1 or len(set(parts[0])) > 40
    if ensemble == "strings":
        return _strings(parts)
    if len(parts) > 1 and rng.random() < _DUO_SHARE:
        found = _duo(parts, rng)
        if found:
            return found
    players = [found for found in INSTRUMENTS if found.chords or not chordal]
    for index in rng.permutation(len(players)):
        shift = _fit(players[index], [pitch for part in parts for pitch in part])
        if shift is not None:
            return [Seat(players[index], shift)] * len(parts)
    return [Seat(BY_NAME["piano"], 0)] * len(parts)


def _duo(parts: Sequence[Sequence[int]], rng: np.random.Generator) -> list[Seat] | None:
    for index in rng.permutation(len(_DUOS)):
        upper, lower = (BY_NAME[name] for name in _DUOS[index])
        above = 1 if lower.chords else (len(parts) + 1) // 2
        low = _fit(lower, [pitch for part in parts[above:] for pitch in part])
        high = _fit(upper, [pitch for part in parts[:above] for pitch in part])
        if low is not None and high is not None and low <= high:
            return [Seat(upper, high)] * above + [Seat(lower, low)] * (len(parts) - above)
    return None


def _strings(parts: Sequence[Sequence[int]]) -> list[Seat]:
    """Violins, and a cello for what lies below them."""
    seats = []
    for part in parts:
        violin, cello = BY_NAME["violin"], BY_NAME["cello"]
        seats.append(Seat(violin if _share(violin, part, 0) >= _FITTING else cello, 0))
    return seats


def _fit(instrument: Instrument, pitches: Sequence[int]) -> int | None:
    """The smallest move by octaves that brings the pitches into range; None where none does."""
    for octaves in (0, -1, 1, -2, 2):
        if _share(instrument, pitches, 12 * octaves) >= _FITTING:
            return 12 * octaves
    return None


def _share(instrument: Instrument, pitches: Sequence[int], shift: int) -> float:
    return sum(instrument.lowest <= pitch + shift <= instrument.highest for pitch in pitches) / len(pitches)
