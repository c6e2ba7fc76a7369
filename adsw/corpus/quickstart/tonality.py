"""The mode of a piece, from the notes that sound.

The tonic must be stated by the score's key and confirmed by its last bass note. The mode is then what the third, second, sixth and
seventh degrees say, counted by duration: the third by the notes heard alone, the others by them and the score's. Where the degrees
disagree (a modulation, a melodic minor), or the tonic is not sure, there is no tag.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_CLEAR = 5.0
"""How many times longer the mode's own form of a degree must sound than the other."""
_HEARD = 0.015
"""Share of the time from which on a degree counts as used."""
_PENTATONIC = frozenset({0, 2, 4, 7, 9})

Weights = NDArray[np.float64]


def weights_of(notes: Iterable[tuple[int, float]]) -> Weights:
    """Share of the sounding time of each pitch class, shape [12].

    Args:
        notes: (pitch, duration).
    """
    weights = np.zeros(12)
    for pitch, duration in notes:
        weights[pitch % 12] += duration
    return weights / max(weights.sum(), 1e-9)


def mode_of(heard: Weights, score: Weights, tonic: int | None, final: int | None) -> str | None:
    """The mode's tag, or None where it is not sure.

    Args:
        heard: pitch classes of the excerpt.
        score: pitch classes of all that was read of the score.
        tonic: the tonic that the score's key states and its end confirms.
        final: the last bass note's pitch class.
    """
    if is_pentatonic(heard) and is_pentatonic(score):
        return "pentatonic"
    if tonic is None or tonic != final:
        return None
    degrees = np.roll((heard + score) / 2, -tonic)
    if degrees[0] < 0.06 or degrees[0] + degrees[7] < 0.2:
        return None
    third = _which(np.roll(heard, -tonic), 3, 4)
    if third == 4:
        return _major(degrees)
    return _minor(degrees) if third == 3 else None


def is_pentatonic(weights: Weights) -> bool:
    """Whether exactly the five tones of an anhemitonic pentatonic scale sound, on whichever tonic."""
    used = frozenset(np.flatnonzero(weights > 0).tolist())
    return any(used == frozenset((tone + root) % 12 for tone in _PENTATONIC) for root in range(12))


def _which(degrees: Weights, lower: int, upper: int) -> int | None:
    """Which of two forms of a degree is used; None where neither or both are."""
    low, high = degrees[lower], degrees[upper]
    if max(low, high) < _HEARD:
        return None
    if high >= _CLEAR * low:
        return upper
    return lower if low >= _CLEAR * high else None


def _major(degrees: Weights) -> str | None:
    if degrees[6] > degrees[5] and degrees[6] >= _HEARD:
        return None  # Lydian, or on its way to the dominant
    seventh = _which(degrees, 10, 11)
    return {11: "major", 10: "mixolydian"}.get(seventh or 0)


def _minor(degrees: Weights) -> str | None:
    second, sixth, seventh = _which(degrees, 1, 2), _which(degrees, 8, 9), _which(degrees, 10, 11)
    if second == 1:
        return "phrygian" if sixth != 9 else None
    if sixth == 9:
        return "dorian" if seventh == 10 else None
    return "minor" if sixth == 8 or seventh is not None else None
