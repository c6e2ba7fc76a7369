"""What the instruments sound like, in numbers."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from adsw.corpus.quickstart.performance import BY_NAME, INSTRUMENTS, Instrument
from adsw.corpus.quickstart.synth import Sampler, SoundingNote, Zone

RATE = 22050


def play(sampler: Sampler, program: int, *pitches: int, each: float = 1.0, velocity: int = 90) -> np.ndarray:
    notes = [SoundingNote(index * each, each, pitch, velocity, program, 0) for index, pitch in enumerate(pitches)]
    return sampler.render(notes, len(pitches) * each)


def cents_off(sound: np.ndarray, pitch: int) -> float:
    """How far a sound is from a pitch, by the harmonics of its spectrum, within half a semitone."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 18))
    steps = np.arange(-50, 51)
    wanted = 440 * 2 ** ((pitch - 69) / 12 + steps / 1200)
    strength = sum(
        spectrum[np.minimum((wanted * harmonic * (1 << 18) / RATE).astype(int), len(spectrum) - 1)]
        for harmonic in (1, 2, 3, 4)
        if wanted.max() * harmonic < 8000
    )
    return float(steps[np.argmax(strength)])


@pytest.mark.parametrize("found", INSTRUMENTS, ids=lambda found: found.name)
def test_every_instrument_is_in_tune(sampler: Sampler, found: Instrument) -> None:
    for pitch in np.linspace(found.lowest, found.highest, 4).astype(int):
        sound = play(sampler, found.program, int(pitch))
        assert np.sqrt(np.mean(sound**2)) > 0.003, pitch
        # A musette accordion and a celesta's bars are meant to beat a little.
        assert abs(cents_off(sound[2000:], int(pitch))) <= 34, pitch


def test_the_organ_is_heard_an_octave_lower(sampler: Sampler) -> None:
    librosa = pytest.importorskip("librosa")
    organ = BY_NAME["church organ"]
    heard = librosa.yin(play(sampler, organ.program, 69)[4000:], fmin=100, fmax=1000, sr=RATE)
    assert 12 * np.log2(np.median(heard) / 440) == pytest.approx(organ.sounds_at, abs=0.3)


def test_instruments_sound_different(sampler: Sampler) -> None:
    librosa = pytest.importorskip("librosa")
    profiles = {}
    for found in INSTRUMENTS:
        middle = (found.lowest + found.highest) // 2
        sound = play(sampler, found.program, middle, middle + 4, middle + 7, each=0.5)
        features = librosa.feature.mfcc(y=sound / np.sqrt(np.mean(sound**2)), sr=RATE, n_mfcc=20)[1:]
        profiles[found.name] = np.concatenate([features.mean(axis=1), features.std(axis=1)])
    gaps = {pair: np.linalg.norm(profiles[pair[0]] - profiles[pair[1]]) for pair in itertools.combinations(profiles, 2)}
    nearest = min(gaps, key=gaps.__getitem__)
    assert gaps[nearest] > 15, nearest  # repetitions of one instrument differ by about 5


def test_the_same_notes_give_the_same_samples_in_any_order(sampler: Sampler) -> None:
    notes = [SoundingNote(0.1 * index, 0.3, 60 + 5 * (index % 3), 80, 40, 0) for index in range(9)]
    assert np.array_equal(sampler.render(notes, 1.5), sampler.render(notes[::-1], 1.5))


def test_notes_add_and_louder_ones_more(sampler: Sampler) -> None:
    both = sampler.render([SoundingNote(0, 1, 60, 90, 0, 0), SoundingNote(0.2, 1, 67, 90, 6, 0)], 1.5)
    alone = sampler.render([SoundingNote(0, 1, 60, 90, 0, 0)], 1.5) + sampler.render(
        [SoundingNote(0.2, 1, 67, 90, 6, 0)], 1.5
    )
    assert both == pytest.approx(alone, abs=1e-6)
    assert play(sampler, 73, 72, velocity=127) == pytest.approx(
        4 * play(sampler, 73, 72, velocity=63), rel=0.02, abs=1e-3
    )


def test_bowed_tones_last_and_struck_ones_fade(sampler: Sampler) -> None:
    def level(program: int, begin: float) -> float:
        sound = play(sampler, program, 60, each=5.0)
        return float(np.sqrt(np.mean(sound[int(begin * RATE) : int((begin + 0.5) * RATE)] ** 2)))

    assert level(19, 4.4) > 0.8 * level(19, 0.4)
    assert level(40, 4.4) > 0.6 * level(40, 0.4)
    assert level(0, 4.4) < 0.4 * level(0, 0.1)
    assert level(13, 2.0) < 0.1 * level(13, 0.0)


def test_released_notes_fade_within_the_time_left(sampler: Sampler) -> None:
    sound = sampler.render([SoundingNote(0.0, 0.5, 60, 90, 19, 0)], 2.0)
    assert len(sound) == 2 * RATE
    assert np.abs(sound[: RATE // 4]).max() > 50 * np.abs(sound[-RATE // 4 :]).max()


def test_nothing_to_play_is_silence(sampler: Sampler) -> None:
    assert not sampler.render([], 1.0).any()
    assert not sampler.render([SoundingNote(5.0, 1.0, 60, 90, 0, 0)], 1.0).any()


def test_recordings_without_a_loop_end_and_open_filters_change_nothing() -> None:
    def font(cutoff_hz: float | None, loop: tuple[int, int] | None) -> SimpleNamespace:
        zone = Zone(0, 2000, loop, 1.0, RATE, 1.0, cutoff_hz, 0.0, 0.0, 0.0, 0.0, 1.0, 0.01)
        samples = np.sin(np.arange(2004, dtype=np.float32) * 0.3)
        return SimpleNamespace(zones=lambda *_: [zone], samples=samples)

    note = [SoundingNote(0.0, 0.5, 60, 127, 0, 0)]
    once = Sampler(font(None, None), RATE).render(note, 0.5)
    assert np.abs(once[:1900]).max() == pytest.approx(1.0, abs=0.02)
    assert np.abs(once[2100:]).max() < 0.01
    looped = Sampler(font(None, (100, 1900)), RATE).render(note, 0.5)
    assert np.abs(looped[2100:-200]).max() == pytest.approx(1.0, abs=0.1)
    assert np.array_equal(Sampler(font(20000.0, None), RATE).render(note, 0.5), once)
    assert np.abs(Sampler(font(200.0, None), RATE).render(note, 0.5)[200:1900]).max() < 0.2
