"""What the spectral features say."""

from __future__ import annotations

import numpy as np
import pytest

from adsw.encoders.audio.spectral import FEATURES, MELS, PITCHES, SAMPLE_RATE, SLICES, TOKENS, Spectral, fitted
from adsw.encoders.protocol import AudioSettings, Parts


@pytest.fixture(scope="module")
def spectral() -> Spectral:
    return Spectral(Parts("spectral", None, AudioSettings()))


def sine(hertz: float, seconds: float = 10.0) -> np.ndarray:
    times = np.arange(int(SAMPLE_RATE * seconds)) / SAMPLE_RATE
    return (0.5 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def chroma(features_TD: np.ndarray) -> np.ndarray:
    return features_TD[:, 2 * MELS : 2 * MELS + PITCHES]


def test_shape() -> None:
    assert (TOKENS, FEATURES) == (16, 152)
    assert 2 * MELS + PITCHES + SLICES == FEATURES


@pytest.mark.parametrize(("hertz", "pitch"), [(440.0, 9), (261.63, 0), (392.0, 7)])
def test_chroma_names_the_pitch(spectral: Spectral, hertz: float, pitch: int) -> None:
    assert (chroma(spectral.features(sine(hertz))).argmax(axis=1) == pitch).all()


def test_mel_bands_rise_with_the_tone(spectral: Spectral) -> None:
    bands = [spectral.features(sine(hertz))[8, :MELS].argmax() for hertz in (110, 440, 1760, 7040)]
    assert bands == sorted(set(bands))


def test_onsets_are_where_the_clicks_are(spectral: Spectral) -> None:
    wave = np.zeros(SAMPLE_RATE * 10, dtype=np.float32)
    seconds = [2.0, 5.5, 8.1]
    for second in seconds:
        at = int(second * SAMPLE_RATE)
        wave[at : at + 200] = np.random.default_rng(0).normal(0, 0.5, 200)
    onset = spectral.features(wave)[:, -SLICES:].reshape(-1)
    found = np.flatnonzero(onset > onset.max() / 2) * 10.0 / len(onset)
    assert all(np.abs(found - second).min() < 0.11 for second in seconds)
    assert all(min(abs(place - second) for second in seconds) < 0.11 for place in found)


def test_loudness_does_not_matter(spectral: Spectral) -> None:
    wave = sine(330) * np.linspace(0.1, 1, SAMPLE_RATE * 10, dtype=np.float32)
    assert np.allclose(spectral.encode([wave]), spectral.encode([0.01 * wave]), atol=1e-3)


def test_of_longer_audio_the_middle_is_taken(spectral: Spectral) -> None:
    wave = np.concatenate([sine(200, 7), sine(500, 10), sine(900, 7)])
    middle = wave[7 * SAMPLE_RATE : 17 * SAMPLE_RATE]
    assert np.array_equal(spectral.encode([wave]), spectral.encode([middle]))


def test_shorter_audio_is_followed_by_silence(spectral: Spectral) -> None:
    short = spectral.features(sine(440, 2.0))
    assert np.allclose(short[6:, :MELS], -80)
    assert (short[0, :MELS] > -80).any()


def test_fitted() -> None:
    assert fitted(np.array([1, 2], dtype=np.float32), 4).tolist() == [1, 2, 0, 0]
    assert fitted(np.arange(7, dtype=np.float32), 3).tolist() == [2, 3, 4]


def test_constants_bring_music_near_the_standard(spectral: Spectral) -> None:
    """Chords with harmonics, notes that begin and end: features of the size a head can use."""
    rng = np.random.default_rng(1)
    waves = []
    for _ in range(6):
        wave = np.zeros(SAMPLE_RATE * 10, dtype=np.float32)
        for start in range(0, len(wave), SAMPLE_RATE // 2):
            root = 110 * 2 ** (rng.integers(0, 36) / 12)
            note = sum(sine(root * k, 0.5) / k for k in range(1, 6))
            wave[start : start + len(note)] += note * np.exp(-6 * np.arange(len(note)) / SAMPLE_RATE)
        waves.append(wave + rng.normal(0, 0.003, len(wave)).astype(np.float32))
    encoded = spectral.encode(waves)
    assert abs(encoded.mean()) < 1
    assert 0.4 < encoded.std() < 2
    assert np.abs(encoded).max() < 15
