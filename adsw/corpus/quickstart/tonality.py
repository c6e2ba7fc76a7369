"""The mode of a piece, from the notes that sound.

The tonic must be stated by the score's key, and confirmed by its last bass note or by key analysis. The mode is then
what the third, second, sixth and seventh degrees say, counted by duration: the third by the notes heard alone, the
others by them and the score's. Where the degrees disagree (a modulation), or the tonic is not sure, there is no tag.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

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
