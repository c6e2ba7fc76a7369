"""The mode of a piece, from the notes that sound.

The tonic must be stated by the score's key, and confirmed by its last bass note or by key analysis. The mode is then
what the third, second, sixth and seventh degrees say, counted by duration: the third by the notes heard alone, the
others by them and the score's. Where the degrees disagree (a modulation), or the tonic is not sure, there is no tag.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from adsw.corpus.quickstart.scores import Piece
from adsw.corpus.quickstart.synth import SoundingNote

_CLEAR = 5.0
"""How many times longer the mode's form of a degree must sound than the other form."""

_HEARD = 0.015
"""Share of the sounding time from which a degree counts as used."""

_PENTATONIC = frozenset({0, 2, 4, 7, 9})

_PROFILES = np.array(
    [
        [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
        [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
    ]
)
"""How well each degree fits a major and a minor key (Krumhansl and Kessler, Psychological Review 89, 1982)."""

Weights = NDArray[np.float64]


def weights_of(notes: Iterable[tuple[int, float]]) -> Weights:
    """Return the share of the sounding time of each pitch class, shape [12].

    Args:
        notes: (pitch, duration).
    """
    weights = np.zeros(12)
    for pitch, duration in notes:
        weights[pitch % 12] += duration
    return np.asarray(weights / max(float(weights.sum()), 1e-9))


def tonic_of(stated: frozenset[int], final: int | None, score: Weights) -> int | None:
    """Return the pitch class of the tonic if two sources agree on it, else None.

    Args:
        stated: pitch classes that the key signature allows.
        final: pitch class of the last bass note.
        score: pitch classes of all that was read of the score.
    """
    if final in stated:
        return final
    analysed = _analysed_tonic(score)
    return analysed if analysed in stated else None


def mode_of(heard: Weights, score: Weights, tonic: int | None) -> str | None:
    """Return the mode's tag, or None if it is not sure.

    Args:
        heard: pitch classes of the excerpt.
        score: pitch classes of all that was read of the score.
        tonic: see `tonic_of`.
    """
    if is_pentatonic(heard) and is_pentatonic(score):
        return "pentatonic"
    if tonic is None:
        return None
    degrees = np.roll((heard + score) / 2, -tonic)
    # A tonic that hardly sounds, with its fifth or without, is not the excerpt's tonic.
    if degrees[0] < 0.06 or degrees[0] + degrees[7] < 0.2:
        return None
    third = _which(np.roll(heard, -tonic), 3, 4)
    mode = {4: _major, 3: _minor}.get(third or 0, _unknown)(degrees)
    return None if _leans_to_relative(np.roll(heard, -tonic), mode) else mode


def is_pentatonic(weights: Weights) -> bool:
    """Return whether exactly the five tones of an anhemitonic pentatonic scale sound, on whichever tonic."""
    used = frozenset(np.flatnonzero(weights > 0).tolist())
    return any(used == frozenset((tone + root) % 12 for tone in _PENTATONIC) for root in range(12))


def _fits(weights: Weights) -> Weights:
    """Compute how well the 12 major and the 12 minor keys fit, shape [12, 2].

    Up to a factor, the correlation of the weights with the keys' profiles (Krumhansl's key-finding algorithm).
    """
    # The weights' own norm is the same for all keys and left out.
    # Row t: the weights as degrees above tonic t.
    rotated = np.stack([np.roll(weights, -tonic) for tonic in range(12)])
    rotated = rotated - rotated.mean(axis=1, keepdims=True)
    profiles = _PROFILES - _PROFILES.mean(axis=1, keepdims=True)
    return np.asarray(rotated @ (profiles / np.linalg.norm(profiles, axis=1, keepdims=True)).T)


def _analysed_tonic(weights: Weights) -> int:
    """Return the tonic of the key that fits best."""
    return int(np.argmax(_fits(weights).max(axis=1)))


def _leans_to_relative(degrees: Weights, mode: str | None) -> bool:
    """Return whether the relative key fits the excerpt better: the piece's key is then not the excerpt's."""
    fits = _fits(degrees)
    # The relative minor lies 9 semitones above a major tonic, the relative major 3 above a minor one.
    return bool(mode == "major" and fits[9, 1] > fits[0, 0]) or bool(mode == "minor" and fits[3, 0] > fits[0, 1])


def _unknown(degrees: Weights) -> None:
    """Return no mode: without one clear third there is none."""
    del degrees


def _which(degrees: Weights, lower: int, upper: int, clear: float = _CLEAR) -> int | None:
    """Return which of two forms of a degree is used, or None if neither or both are."""
    low, high = degrees[lower], degrees[upper]
    if max(low, high) < _HEARD:
        return None
    if high >= clear * low:
        return upper
    return lower if low >= clear * high else None


def _major(degrees: Weights) -> str | None:
    """Return major, or Mixolydian if the seventh is flat; None if the degrees disagree."""
    if degrees[6] > degrees[5] and degrees[6] >= _HEARD:
        return None  # Lydian, or on its way to the dominant
    seventh = _which(degrees, 10, 11, clear=2.0)
    if seventh is None:  # without any seventh a major third says enough
        return "major" if max(degrees[10], degrees[11]) < _HEARD else None
    return "major" if seventh == 11 else "mixolydian" if _which(degrees, 10, 11) == 10 else None


def _minor(degrees: Weights) -> str | None:
    """Return minor, Dorian if only the sharp sixth and the flat seventh sound, or Phrygian if the second is flat."""
    second, sixth = _which(degrees, 1, 2), _which(degrees, 8, 9)
    if second == 1:
        return "phrygian" if sixth != 9 else None
    if sixth == 9:
        return "dorian" if _which(degrees, 10, 11) == 10 else None
    return "minor"


_REGULAR = 0.85
"""Share of the bars that must be as long as the metre says."""


def stated_metre(piece: Piece) -> str | None:
    """Return the time signature at the beginning: the tune's header if it has one, else the first in the bars."""
    header = next(iter(piece.headers.get("metre", ())), None)
    # ABC's signs for common time and alla breve.
    named = {"C": "4/4", "C|": "2/2"}.get(header or "", header)
    if named is None:
        named = piece.metres[0][1] if piece.metres else None
    numbers = (named or "").split("/")
    return named if len(numbers) == 2 and all(number.isdigit() for number in numbers) else None


def bar_quarters(metre: str) -> float:
    """Return the number of quarter notes in a bar.

    >>> bar_quarters("6/8")
    3.0
    """
    count, unit = metre.split("/")
    return 4 * int(count) / int(unit)


def beat_quarters(metre: str | None) -> float:
    """Return the quarter notes in one counted beat: a dotted note in compound metres, a half note over 2.

    >>> beat_quarters("6/8"), beat_quarters("2/2"), beat_quarters("3/4"), beat_quarters("3/8")
    (1.5, 2.0, 1.0, 0.5)
    """
    if metre is None:
        return 1.0
    count, unit = (int(number) for number in metre.split("/"))
    if count > 3 and count % 3 == 0:  # 6/8, 9/8, 12/8: three units make a beat
        return 12 / unit
    return min(4 / unit, 2.0) if unit != 8 or count == 3 else 1.0


def true_metre(piece: Piece, until: float) -> str | None:
    """Return the stated metre if the bars heard agree with it, or None if they do not.

    Args:
        piece: the score.
        until: where the excerpt ends, in quarter notes; a repeat from the beginning adds nothing new.
    """
    metre = stated_metre(piece)
    if metre is None or not piece.bars:
        return None
    full = bar_quarters(metre)
    lengths = [length for start, length in _whole_bars(piece, full) if start < until]
    right = sum(abs(length - full) < 1e-6 for length in lengths)
    return metre if len(lengths) >= 2 and right >= _REGULAR * len(lengths) else None


def downbeats(piece: Piece) -> frozenset[float]:
    """Return where whole bars begin; where every bar begins if there is no metre."""
    metre = stated_metre(piece)
    if metre is None or not piece.bars:
        return frozenset(round(bar, 4) for bar in piece.bars)
    return frozenset(round(start, 4) for start, _ in _whole_bars(piece, bar_quarters(metre)))


def _whole_bars(piece: Piece, full: float) -> list[tuple[float, float]]:
    """Return (start, length) of the whole bars.

    A bar that a repeat sign cuts in two counts as one. An upbeat is left out, and the last bar if it is too short.
    """
    ends = [*piece.bars[1:], piece.length]
    bars = [(start, end - start) for start, end in zip(piece.bars, ends, strict=True)]
    if bars[0][1] < full - 1e-6:
        bars = bars[1:]
    if bars and bars[-1][1] < full - 1e-6:
        bars = bars[:-1]
    whole: list[tuple[float, float]] = []
    for start, length in bars:
        if whole and whole[-1][1] < full - 1e-6 and whole[-1][1] + length <= full + 1e-6:
            whole[-1] = (whole[-1][0], whole[-1][1] + length)
        else:
            whole.append((start, length))
    return whole


_GRID_S = 0.02
"""Step in seconds at which the sounding notes are counted."""

_NAMES = {2: "two-part", 3: "three-part", 4: "four-part", 5: "five-part", 6: "six-part"}

_LOW, _HIGH = 57.0, 72.0
"""Median pitch below which the register is low (A3) and from which it is high (C5)."""


def texture_of(notes: Sequence[SoundingNote], seconds: float) -> str | None:
    """Return the tag of the texture, or None if it is neither monophonic, chordal nor in n parts.

    Monophonic: never more than one note, but for 3 % of the time. n-part: n is the largest number of notes that sound
    together for a fifth of the time, and as many voices as that take part, each a single line. Chordal: a voice plays
    several notes at once for a fifth of the time.
    """
    parts = sorted({note.part for note in notes})
    counts_PT = np.stack([_counts([note for note in notes if note.part == part], seconds) for part in parts])
    together_T = counts_PT.sum(axis=0)
    sounding = max(int((together_T > 0).sum()), 1)
    if (together_T > 1).sum() <= 0.03 * sounding:
        return "monophonic"
    if ((counts_PT > 1).any(axis=0)).sum() >= 0.2 * sounding:
        return "chordal"
    voices = int((counts_PT.sum(axis=1) > 0.1 * counts_PT.shape[1]).sum())
    most = max((n for n in range(1, 9) if (together_T >= n).sum() >= 0.2 * sounding), default=0)
    return _NAMES.get(most) if most == voices else None


def register_of(notes: Sequence[SoundingNote], offsets: dict[int, int]) -> str:
    """Return the tag of the median pitch, weighted by duration.

    Args:
        notes: the sounding notes, at least one.
        offsets: program -> semitones from the written to the strongest heard pitch.
    """
    order = sorted((note.pitch + offsets.get(note.program, 0), note.duration_s) for note in notes)
    passed = np.cumsum([duration for _, duration in order])
    median = order[int(np.searchsorted(passed, passed[-1] / 2))][0]
    return "low register" if median < _LOW else "high register" if median >= _HIGH else "middle register"


def onsets_per_second(notes: Sequence[SoundingNote], seconds: float) -> float:
    """Return the number of moments at which a note begins, per second."""
    return len({round(note.start_s, 2) for note in notes}) / seconds


def _counts(notes: Sequence[SoundingNote], seconds: float) -> NDArray[np.int64]:
    """Count the notes sounding at each step of a grid, shape [T]."""
    change = np.zeros(round(seconds / _GRID_S) + 1, dtype=np.int64)
    for note in notes:
        first = min(round(note.start_s / _GRID_S), len(change) - 1)
        last = min(max(round((note.start_s + note.duration_s) / _GRID_S), first + 1), len(change) - 1)
        # Changes at the ends of notes, summed up afterwards: no inner loop over the grid.
        change[first] += 1
        change[last] -= 1
    return np.cumsum(change)[:-1]
