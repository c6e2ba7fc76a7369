"""Synthesis of notes from the recorded instruments of a SoundFont.

Ready-made players were measured first: symusic 0.5.9's synthesizer transposes keys of this SoundFont by up to two
octaves, unevenly, so that neither mode nor register would be true of the audio; the other packaged ones need a sound
library of the system. This one is small, exact in pitch and gives the same bytes each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from adsw.corpus.quickstart.soundfont import SoundFont, Zone

_SILENCE_DB = 100.0
"""Envelope times of a SoundFont are the times to fall by this much."""
_TAIL_DB = 60.0
"""A released note is cut after it has fallen by this much."""

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SoundingNote:
    """A note as it is played."""

    start_s: float
    duration_s: float
    pitch: int
    """MIDI note number."""
    velocity: int
    program: int
    """General MIDI program, from 0."""
    part: int
    """The voice of the score it belongs to, 0 the highest."""


class Sampler:
    """Player of notes on the instruments of a SoundFont.

    Args:
        soundfont: the recordings.
        rate: sampling rate of the result, Hz. Internally twice as high, so that high notes do not alias.
    """

    def __init__(self, soundfont: SoundFont, rate: int) -> None:
        self._soundfont = soundfont
        self._rate = rate
        self._inner = 2 * rate

    def render(self, notes: Sequence[SoundingNote], seconds: float) -> Samples:
        """Render notes from 0 s, cut at `seconds`.

        Returns:
            float32 [seconds * rate], not normalised; silence if there are no notes.
        """
        from scipy.signal import resample_poly

        mixed = np.zeros(round(seconds * self._rate) * 2, dtype=np.float32)
        by_zone: dict[tuple[int, int, int, Zone], list[SoundingNote]] = {}
        for note in notes:
            zones = self._soundfont.zones(note.program, note.pitch, note.velocity)
            for layer, zone in enumerate(zones):
                by_zone.setdefault((note.program, note.pitch, layer, zone), []).append(note)
        # A fixed order of summing: float32 sums depend on it in their last bits.
        for key in sorted(by_zone, key=lambda key: key[:3]):
            self._add(mixed, key[3], sorted(by_zone[key], key=lambda note: (note.start_s, note.part)))
        return np.asarray(resample_poly(mixed, 1, 2), dtype=np.float32)

    def _add(self, mixed: Samples, zone: Zone, notes: list[SoundingNote]) -> None:
        """Add notes of one pitch: the recording is read once, and each note's envelope is applied to it."""
        envelopes = [_envelope(zone, note.duration_s, self._inner) for note in notes]
        source = self._recording(zone, max(len(envelope) for envelope in envelopes))
        for note, envelope in zip(notes, envelopes, strict=True):
            start = round((note.start_s + _delay(zone)) * self._inner)
            # A recording that is not looped may end before the note does.
            length = min(len(envelope), len(source), len(mixed) - start)
            if length > 0:
                # SoundFonts attenuate by 40 dB per decade of velocity (default modulator, section 8.4.1).
                loudness = np.float32((note.velocity / 127) ** 2)
                mixed[start : start + length] += loudness * envelope[:length] * source[:length]

    def _recording(self, zone: Zone, length: int) -> Samples:
        """Return the recording at the note's pitch, looped and filtered: at most `length` samples at the inner rate."""
        pool = self._soundfont.samples
        recording = pool[zone.start : zone.end + 4]  # four more samples for the interpolation at the end
        position = np.arange(length, dtype=np.float64) * (zone.step * zone.rate / self._inner)
        if zone.loop is None:
            position = position[: np.searchsorted(position, zone.end - zone.start - 1)]
        else:
            first, last = zone.loop
            beyond = position >= last
            position[beyond] = first + np.mod(position[beyond] - first, last - first)
        sound = zone.gain * _interpolated(recording, position)
        return sound if zone.cutoff_hz is None else _low_passed(sound, zone.cutoff_hz, self._inner)


def _delay(zone: Zone) -> float:
    """Return the delay of a zone in seconds, 0 if it is too short to hear."""
    return zone.delay_s if zone.delay_s > 0.002 else 0.0


def _interpolated(recording: Samples, position: NDArray[np.float64]) -> Samples:
    """Interpolate a recording at fractional positions (Catmull-Rom cubic)."""
    whole = position.astype(np.int64)
    t = (position - whole).astype(np.float32)
    padded = np.concatenate([recording[:1], recording, recording[-1:].repeat(3)])
    whole = np.minimum(whole, len(padded) - 4)
    before, at, after, later = (padded[whole + offset] for offset in range(4))
    slope = after - before
    curve = 2 * before - 5 * at + 4 * after - later
    bend = 3 * (at - after) + later - before
    return np.asarray(at + 0.5 * t * (slope + t * (curve + t * bend)), dtype=np.float32)


def _low_passed(sound: Samples, cutoff_hz: float, rate: int) -> Samples:
    """Filter a sound by a second-order Butterworth low-pass: the SoundFont's filter without resonance, held open."""
    from scipy.signal import sosfilt

    if cutoff_hz >= 0.45 * rate:  # too near half the rate for `butter`, and nothing audible lies above it
        return sound
    return np.asarray(sosfilt(_filter(round(cutoff_hz), rate), sound), dtype=np.float32)


@lru_cache(maxsize=1024)
def _filter(cutoff_hz: int, rate: int) -> Samples:
    """Return the second-order sections of the low-pass."""
    from scipy.signal import butter

    return np.asarray(butter(2, cutoff_hz, fs=rate, output="sos"), dtype=np.float32)


def _envelope(zone: Zone, held_s: float, rate: int) -> Samples:
    """Return loudness over time: attack, hold, decay to the sustained level, then release. float32 [samples]."""
    held = max(round(held_s * rate), 1)
    level = np.full(held, zone.sustain, dtype=np.float32)
    plateau = min(round((zone.attack_s + zone.hold_s) * rate), held)
    rise = min(round(zone.attack_s * rate), held)
    level[rise:plateau] = 1.0
    level[:rise] = np.arange(rise, dtype=np.float32) / max(zone.attack_s * rate, 1.0)
    falling = _fall(held - plateau, zone.decay_s, rate)
    level[plateau:] = np.maximum(falling, zone.sustain)
    tail = _fall(max(round(zone.release_s * _TAIL_DB / _SILENCE_DB * rate), 1), zone.release_s, rate)
    return np.concatenate([level, level[-1] * tail])


def _fall(samples: int, seconds: float, rate: int) -> Samples:
    """Return a decay from 1, by _SILENCE_DB in so many seconds, linear in decibels. float32 [samples]."""
    per_sample = -_SILENCE_DB / 20 * np.log(10.0) / (max(seconds, 1e-3) * rate)
    return np.asarray(np.exp(np.float32(per_sample) * np.arange(samples, dtype=np.float32)), dtype=np.float32)
