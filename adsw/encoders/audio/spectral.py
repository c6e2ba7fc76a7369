"""A weightless audio encoder: timbre, pitch and rhythm over time, as 16 tokens over 10 s.

Each token covers 0.63 s (24 frames) and holds, standardised by constants:

- 64 means and 64 standard deviations over its frames of log-mel bands (dB below the clip's loudest band),
- 12 means of chroma (each frame scaled to its strongest pitch class),
- 12 onset strengths, one per 52 ms, as log(1 + x), so that rhythm within the token stays visible.

All come from one short-time Fourier transform by librosa (McFee et al., *librosa*, SciPy 2015).

The constants were measured once, over 47 windows of 10 s of eight recordings that librosa offers as
examples (waltz, ragtime, orchestra, bluegrass song, celesta, vibraphone, drum and bass, trumpet) and 20
melodies of decaying harmonic tones. Means and deviations per mel band lie near straight lines, which are used
here; they bring the features near mean 0 and deviation 1, and are no claim about any corpus.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Float32s as Float32Array
from adsw.encoders.protocol import AudioSettings, EncoderInfo, Parts

SAMPLE_RATE = 22_050
SECONDS = 10.0
TOKENS = 16
MELS = 64
PITCHES = 12
SLICES = 12  # onset values per token
FEATURES = 2 * MELS + PITCHES + SLICES

_SAMPLES = int(SAMPLE_RATE * SECONDS)
_N_FFT = 2048
_HOP = 575  # 384 frames in 10 s: 24 per token, 2 per onset slice
_FRAMES = 1 + _SAMPLES // _HOP
_FLOOR_DB = 80.0


def _by_feature(level: tuple[float, float], spread: tuple[float, float], pitch: float, onset: float) -> Float32Array:
    """Return a constant for every feature, [D]: level and spread run linearly from lowest to highest band."""
    bands = [np.linspace(*level, MELS), np.linspace(*spread, MELS)]
    return np.concatenate([*bands, np.full(PITCHES, pitch), np.full(SLICES, onset)], dtype=np.float32)


_MEAN = _by_feature(level=(-36.0, -70.0), spread=(9.5, 5.0), pitch=0.25, onset=0.5)
_SCALE = _by_feature(level=(22.0, 12.0), spread=(7.0, 4.0), pitch=0.25, onset=0.55)


class Spectral:
    """Log-mel, chroma and onset features over time."""

    Settings = AudioSettings

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def info(self) -> EncoderInfo:
        """See `AudioEncoder.info`."""
        return EncoderInfo(
            name=self._parts.name,
            revision=self._parts.revision("1"),
            settings=self._parts.settings.model_dump(),
            kind="audio",
            tokens=TOKENS,
            features=FEATURES,
            sample_rate=SAMPLE_RATE,
            seconds=SECONDS,
            parameters=0,
            licence="Apache-2.0",
            source="adsw.encoders.audio.spectral, computed with librosa",
        )

    def encode(self, waves: Sequence[Float32Array]) -> Float32Array:
        """Encode waves, see `AudioEncoder.encode`: shorter ones followed by silence, of longer ones the middle."""
        out = np.empty((len(waves), TOKENS, FEATURES), dtype=np.float32)
        for index, wave in enumerate(waves):
            out[index] = (self.features(wave) - _MEAN) / _SCALE
        return out

    def features(self, wave: Float32Array) -> Float32Array:
        """Compute the features of one wave before they are standardised, [T, D]."""
        import librosa
        from librosa.onset import onset_strength

        mel, chroma = self._filters
        spectrum = librosa.stft(fitted(wave, _SAMPLES), n_fft=_N_FFT, hop_length=_HOP)
        power = spectrum.real**2 + spectrum.imag**2
        mel_db = _decibels(mel @ power)
        pitch = chroma @ power
        # Silent frames stay 0: `tiny` only keeps their division finite.
        pitch = pitch / np.maximum(pitch.max(axis=0, keepdims=True), np.finfo(np.float32).tiny)
        onset = onset_strength(S=mel_db, sr=SAMPLE_RATE, hop_length=_HOP, n_fft=_N_FFT)
        mel_TFM = mel_db.T.reshape(TOKENS, _FRAMES // TOKENS, MELS)
        parts = [
            mel_TFM.mean(axis=1),
            mel_TFM.std(axis=1),
            pitch.T.reshape(TOKENS, _FRAMES // TOKENS, PITCHES).mean(axis=1),
            np.log1p(onset).reshape(TOKENS, SLICES, -1).mean(axis=2),
        ]
        return np.concatenate(parts, axis=1, dtype=np.float32)

    @cached_property
    def _filters(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Filter banks over the power spectrum, mel [64, 1025] and chroma [12, 1025]."""
        from librosa import filters  # type: ignore[attr-defined]

        mel = filters.mel(sr=SAMPLE_RATE, n_fft=_N_FFT, n_mels=MELS)
        return mel, filters.chroma(sr=SAMPLE_RATE, n_fft=_N_FFT, tuning=0.0)


def fitted(wave: Float32Array, samples: int) -> Float32Array:
    """Return a wave of exactly `samples` samples: the middle of a longer one, a shorter one followed by silence."""
    start = max(0, (len(wave) - samples) // 2)
    cut = np.asarray(wave[start : start + samples], dtype=np.float32)
    return np.pad(cut, (0, samples - len(cut)))


def _decibels(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return decibels below the loudest value, from -80 to 0; silence is -80 throughout."""
    loudest = max(float(power.max()), 1e-10)  # digital silence has no loudest value
    decibels: NDArray[np.float32] = 10 * np.log10(np.maximum(power / loudest, 10 ** (-_FLOOR_DB / 10)))
    return decibels
