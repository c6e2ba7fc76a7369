"""Decoding of a file to the mono waves that an encoder hears, or to the reason why it cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Float32s as Float32Array
from adsw.audio.bad_audio import BadAudioError
from adsw.audio.fetch import FetchedFile
from adsw.audio.open import AudioFile, opened


@dataclass(frozen=True, slots=True)
class Sound:
    """The waves of a track that an encoder is given, one after another.

    A window is one wave, decoded already. Chunks are decoded as they are asked for, so that a long file is never in
    memory as a whole.
    """

    waves: Callable[[], Iterator[Float32Array]]
    """Each call gives the waves anew: mono, float32 [samples]; for a given embedding its one array, [T, D]."""

    @classmethod
    def of(cls, wave: Float32Array) -> Sound:
        """Return the sound of a single wave."""
        return cls(lambda: iter((wave,)))


def encode_sounds(
    sounds: Sequence[Sound], encode: Callable[[Sequence[Float32Array]], Float32Array], at_once: int
) -> Float32Array:
    """Encode sounds, float32 [B, T, D]; a sound of several waves gets their mean, weighted by length.

    Args:
        sounds: of one wave or more each; the waves of all go through the encoder in their order.
        encode: encodes waves, [waves, T, D].
        at_once: waves encoded together, and so in memory together.
    """
    if not sounds:
        return encode([])
    sums: list[NDArray[np.float64]] = [np.zeros(())] * len(sounds)
    lengths = [0] * len(sounds)
    batch: list[tuple[int, Float32Array]] = []

    def flush() -> None:
        for (index, wave), embedding in zip(batch, encode([wave for _, wave in batch]), strict=True):
            sums[index] = sums[index] + len(wave) * embedding.astype(np.float64)
            lengths[index] += len(wave)
        batch.clear()

    for index, sound in enumerate(sounds):
        for wave in sound.waves():
            batch.append((index, wave))
            if len(batch) == at_once:
                flush()
    if batch:
        flush()
    # In float64 a length times a float32 is exact, so that a single wave's embedding comes out as it went in.
    means = [total / length for total, length in zip(sums, lengths, strict=True)]
    embeddings: Float32Array = np.stack(means).astype(np.float32)
    return embeddings


SILENCE = 1e-4  # peak amplitude, -80 dB below full scale


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The part of a file that is a track."""

    start_s: float | None = None
    """Where it begins, seconds; None for the beginning of the file."""
    duration_s: float | None = None
    """Its length, seconds; to the end of the file if None or longer."""

    def frames(self, file: AudioFile) -> tuple[int, int]:
        """Return the first sample of the excerpt in a file, and how many samples it has.

        Raises:
            BadAudioError: of kind ``no-samples`` or ``outside``.
        """
        if not file.frames:
            raise BadAudioError("no-samples", "has no samples")
        start = round((self.start_s or 0.0) * file.rate)
        if start >= file.frames:
            raise BadAudioError("outside", f"begins at {self.start_s:g} s of {file.frames / file.rate:.1f} s")
        count = file.frames - start
        if self.duration_s is not None:
            count = min(count, max(1, round(self.duration_s * file.rate)))
        return start, count


def read_wave(path: Path, excerpt: Excerpt, sample_rate: int, window_s: float | None) -> Float32Array:
    """Decode a track or its middle, mix it to mono and resample it; nothing else of the file is decoded.

    Args:
        path: any file that libsndfile reads, or FFmpeg where PyAV is installed.
        excerpt: the part of it that is the track.
        sample_rate: hertz wanted.
        window_s: seconds in the middle of a longer track; None for all of it.

    Returns:
        float32 [samples].

    Raises:
        BadAudioError: not-audio, unsupported, damaged, truncated, no-samples, outside, silent or non-finite.
    """
    with opened(path) as file:
        start, count = excerpt.frames(file)
        if window_s is not None and count > (window := _window(file, window_s)):
            start, count = start + (count - window) // 2, window
        mono = _mono(file, start, count)
        if _peak(mono) < SILENCE:
            raise _silent()
        return _resampled(mono, file.rate, sample_rate)


def sound_of(fetched: FetchedFile, excerpt: Excerpt, sample_rate: int, window_s: float | None, chunks: bool) -> Sound:
    """Return the sound of a track: its window or its chunks.

    Args:
        fetched: its file.
        excerpt: the part of it that is the track.
        sample_rate: hertz wanted.
        window_s: seconds that are heard at once; None for all.
        chunks: hear a longer track window by window from its beginning, the last one shorter, instead of the one in its
            middle. The track is decoded twice: now, to know that all of it is good, and when it is encoded.

    Raises:
        BadAudioError: see `read_wave`.
    """
    path = fetched.path
    if window_s is None or not chunks or not _is_longer(path, excerpt, window_s):
        return Sound.of(read_wave(path, excerpt, sample_rate, window_s))
    if max(_peak(mono) for mono, _ in _chunks(path, excerpt, window_s)) < SILENCE:
        raise _silent()

    def waves() -> Iterator[Float32Array]:
        # Holds `fetched` and not its path alone: a temporary file is deleted when nothing refers to it any more.
        for mono, rate in _chunks(fetched.path, excerpt, window_s):
            yield _resampled(mono, rate, sample_rate)

    return Sound(waves)


def _is_longer(path: Path, excerpt: Excerpt, window_s: float) -> bool:
    """Return whether a track is longer than the window."""
    with opened(path) as file:
        return excerpt.frames(file)[1] > _window(file, window_s)


def _chunks(path: Path, excerpt: Excerpt, window_s: float) -> Iterator[tuple[Float32Array, int]]:
    """Yield the windows of a track one after another, float32 [samples] in mono, with their rate."""
    with opened(path) as file:
        start, count = excerpt.frames(file)
        window = _window(file, window_s)
        for begin in range(start, start + count, window):
            yield _mono(file, begin, min(window, start + count - begin)), file.rate


def _window(file: AudioFile, window_s: float) -> int:
    """Return the samples of a window at the file's rate."""
    return max(1, round(window_s * file.rate))


def _mono(file: AudioFile, start: int, count: int) -> Float32Array:
    """Read samples and return the mean of the channels, float32 [count]."""
    samples = file.read(start, count)
    if len(samples) < count:
        raise BadAudioError("truncated", f"{count - len(samples):,} samples are missing of those that its header says")
    with np.errstate(over="ignore", invalid="ignore"):
        mono: Float32Array = samples.mean(axis=1, dtype=np.float32)
    if not np.isfinite(mono).all():
        raise BadAudioError("non-finite", "holds NaN or infinite samples")
    return mono


def _resampled(mono: Float32Array, rate: int, sample_rate: int) -> Float32Array:
    """Resample a mono wave, float32 [samples]."""
    if rate == sample_rate:
        return mono
    import librosa

    resampled: Float32Array = librosa.resample(mono, orig_sr=rate, target_sr=sample_rate, res_type="soxr_hq")
    return resampled


def _peak(mono: Float32Array) -> float:
    return float(np.abs(mono).max())


def _silent() -> BadAudioError:
    return BadAudioError("silent", f"peak below {SILENCE:g} of full scale")
