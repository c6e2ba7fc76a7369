"""Synthesis of notes from the recorded instruments of a SoundFont.

Ready-made players were measured first: symusic 0.5.9's synthesizer transposes keys of this SoundFont by up to two
octaves, unevenly, so that neither mode nor register would be true of the audio; the other packaged ones need a sound
library of the system. This one is small, exact in pitch and gives the same bytes each time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_LOOP_OFFSETS = {
    0: (0, 1),
    1: (1, 1),
    2: (2, 1),
    3: (3, 1),
    4: (0, 32768),
    12: (1, 32768),
    45: (2, 32768),
    50: (3, 32768),
}
"""Generators that move a sample's start, end, loop start and loop end: (which of the four, samples per unit)."""

_INSTRUMENT, _KEY_RANGE, _VELOCITY_RANGE, _SAMPLE = 41, 43, 44, 53

_NEVER_ADDED = frozenset({_INSTRUMENT, _KEY_RANGE, _VELOCITY_RANGE, _SAMPLE, 46, 47, 54, 57, 58, *_LOOP_OFFSETS})

_DEFAULTS = {8: 13500, 33: -12000, 34: -12000, 35: -12000, 36: -12000, 37: 0, 38: -12000, 56: 100, 58: -1}

_FULL = (0, 127)


@dataclass(frozen=True, slots=True)
class Zone:
    """One recording as one key plays it."""

    start: int
    """First sample of the recording in the SoundFont's pool."""
    end: int
    loop: tuple[int, int] | None
    """Start and end of the looped stretch, relative to `start`; None for a recording played once."""
    step: float
    """Recorded seconds per sounding second: 2 plays an octave higher, at equal sampling rates."""
    rate: int
    """Sampling rate of the recording, Hz."""
    gain: float
    cutoff_hz: float | None
    """Cutoff of the low-pass filter; None if it is open."""
    delay_s: float
    attack_s: float
    hold_s: float
    decay_s: float
    """Time to fall by 100 dB, as the specification counts."""
    sustain: float
    """Level held after the decay, 0 to 1 as amplitude."""
    release_s: float
    """Time to fall by 100 dB."""


@dataclass(frozen=True, slots=True)
class _Header:
    """A sample's header: places in the pool of samples, sampling rate in Hz, and the key it was recorded at."""

    start: int
    end: int
    loop_start: int
    loop_end: int
    rate: int
    key: int
    correction_cents: int


_Generators = dict[int, int]


class SoundFont:
    """A SoundFont in memory.

    Raises:
        ValueError: the file is no SoundFont 2 file.
    """

    def __init__(self, path: Path) -> None:
        chunks = dict(_chunks(path.read_bytes()))
        missing = {"smpl", "phdr", "pbag", "pgen", "inst", "ibag", "igen", "shdr"} - set(chunks)
        if missing:
            raise ValueError(f"{path} is no SoundFont 2 file: it lacks {', '.join(sorted(missing))}")
        self.samples: NDArray[np.float32] = np.frombuffer(chunks["smpl"], dtype="<i2").astype(np.float32) / 32768.0
        self._headers = [_Header(*fields) for fields in struct.iter_unpack("<20xIIIIIBb4x", chunks["shdr"])]
        presets = [(fields[0], fields[1], fields[2]) for fields in struct.iter_unpack("<20xHHH12x", chunks["phdr"])]
        instruments = [bag for (bag,) in struct.iter_unpack("<20xH", chunks["inst"])]
        preset_zones = _zones(chunks["pbag"], chunks["pgen"])
        instrument_zones = _zones(chunks["ibag"], chunks["igen"])
        self._instruments = [instrument_zones[first:last] for first, last in pairwise(instruments)]
        self._presets = {
            (bank, program): preset_zones[first:last] for (program, bank, first), (_, _, last) in pairwise(presets)
        }

    def zones(self, program: int, key: int, velocity: int) -> list[Zone]:
        """Return the zones that sound when an instrument plays a note.

        Args:
            program: General MIDI program, from 0.
            key: MIDI note number.
            velocity: 1 to 127.

        Raises:
            KeyError: the SoundFont has no such program.
        """
        zones = []
        for preset, instrument in _played(self._presets[0, program], _INSTRUMENT, key, velocity):
            for zone, sample in _played(self._instruments[instrument], _SAMPLE, key, velocity):
                # An instrument's generators replace the defaults; a preset's are added to them (section 9.4).
                generators = _DEFAULTS | zone
                for number, amount in preset.items():
                    if number not in _NEVER_ADDED:
                        generators[number] = generators.get(number, 0) + amount
                zones.append(_zone(self._headers[sample], generators, key))
        return zones


def _chunks(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield every leaf chunk of a RIFF file with its four-letter name."""
    position = 12 if data[:4] == b"RIFF" and data[8:12] == b"sfbk" else len(data)
    while position + 8 <= len(data):
        name, size = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "little")
        if name == b"LIST":
            position += 12  # into the list: its chunks follow the list's type
            continue
        yield name.decode("latin1"), data[position + 8 : position + 8 + size]
        position += 8 + size + size % 2  # chunks are padded to an even length


def _zones(bags: bytes, generators: bytes) -> list[_Generators]:
    """Return the generators of each zone: number -> amount (signed; ranges stay two packed bytes)."""
    starts = [first for first, _ in struct.iter_unpack("<HH", bags)]
    all_generators = list(struct.iter_unpack("<Hh", generators))
    return [dict(all_generators[first:last]) for first, last in pairwise(starts)]


def _played(zones: list[_Generators], target: int, key: int, velocity: int) -> Iterator[tuple[_Generators, int]]:
    """Yield the zones that answer to a key and velocity, merged over their global zone, with their target's index."""
    shared: _Generators = {}
    for index, zone in enumerate(zones):
        if target not in zone:  # only the first zone without a target is the global one, the others are ignored
            shared = zone if index == 0 else shared
            continue
        merged = shared | zone
        if _within(merged.get(_KEY_RANGE), key) and _within(merged.get(_VELOCITY_RANGE), velocity):
            yield merged, zone[target]


def _within(packed: int | None, value: int) -> bool:
    """Return whether a value lies in a packed range; a missing range allows all."""
    low, high = _FULL if packed is None else (packed & 0xFF, packed >> 8 & 0xFF)
    return low <= value <= high


def _zone(header: _Header, generators: _Generators, key: int) -> Zone:
    """Return a zone with its generators converted to samples, seconds, amplitude and Hz."""
    edges = [header.start, header.end, header.loop_start, header.loop_end]
    for number, (edge, unit) in _LOOP_OFFSETS.items():
        edges[edge] += generators.get(number, 0) * unit
    start, end, loop_start, loop_end = edges
    looped = generators.get(54, 0) & 1 and loop_end > loop_start + 1
    root = generators[58] if generators[58] >= 0 else header.key
    cents = (
        (key - root) * generators[56] + header.correction_cents + 100 * generators.get(51, 0) + generators.get(52, 0)
    )
    return Zone(
        start=start,
        end=end,
        loop=(loop_start - start, loop_end - start) if looped else None,
        step=2.0 ** (cents / 1200),
        rate=header.rate,
        # Hardware and every player since take 0.4 of the stated attenuation (E-mu 8000's scale).
        gain=10.0 ** (-0.4 * generators.get(48, 0) / 200),
        cutoff_hz=_cutoff(generators),
        delay_s=_seconds(generators[33]),
        attack_s=_seconds(generators[34]),
        hold_s=_seconds(generators[35] + generators.get(39, 0) * (60 - key)),
        decay_s=_seconds(generators[36] + generators.get(40, 0) * (60 - key)),
        sustain=10.0 ** (-min(max(generators[37], 0), 1440) / 200),
        release_s=_seconds(generators[38]),
    )


def _cutoff(generators: _Generators) -> float | None:
    """Return the cutoff of the low-pass filter in Hz with its envelope fully open, or None if it filters nothing."""
    cents = generators[8] + max(generators.get(11, 0), 0)
    # Absolute cents count from MIDI note 0, 8.176 Hz; 13500 (20 kHz) is the format's "open".
    return None if cents >= 13500 else 8.176 * 2.0 ** (cents / 1200)


def _seconds(timecents: int) -> float:
    """Convert timecents to seconds."""
    return float(2.0 ** (max(timecents, -12000) / 1200))


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
