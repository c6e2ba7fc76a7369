"""Texture, register and density of a performance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from adsw.corpus.quickstart.sampler import SoundingNote

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
