"""Decoding of a file to the mono waves that an encoder hears, or to the reason why it cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Float32s as Float32Array
from adsw.audio.bad_audio import BadAudioError
from adsw.audio.fetch import FetchedFile
from adsw.audio.mono import Mixdown
from adsw.audio.open import AudioFile, JoinedFiles, opened


@dataclass(frozen=True, slots=True)
class Sound:
    """The waves of a track that an encoder is given, one after another.

    A window is one wave, decoded already. Chunks are decoded as they are asked for, so that a long file is never in
    memory as a whole.
    """

    waves: Callable[[], Iterator[Float32Array]]
    """Each call gives the waves anew: mono, float32 [samples]; for a given embedding its one array, [T, D]."""
    remarks: Mapping[str, str] = field(default_factory=dict)
    """What must be said of how it is heard: one of `adsw.audio.bad_audio.REMARKS` -> in words."""

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


DECODING = 2
"""Version of what is heard of a file. 1 heard the first of joined recordings, and the mean of cancelling channels."""

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
    """Decode a track or its middle, mix it to mono by `Mixdown` and resample it; nothing else is decoded.

    Args:
        path: any file that libsndfile reads, or FFmpeg where PyAV is installed.
        excerpt: the part of it that is the track.
        sample_rate: hertz wanted.
        window_s: seconds in the middle of a longer track; None for all of it.

    Returns:
        float32 [samples].

    Raises:
        BadAudioError: any kind of `adsw.audio.bad_audio` that a file here can have.
    """
    return _read(path, excerpt, sample_rate, window_s)[0]


def _read(
    path: Path, excerpt: Excerpt, sample_rate: int, window_s: float | None
) -> tuple[Float32Array, Mapping[str, str]]:
    """Return the wave of `read_wave`, and what must be said of it."""
    with opened(path) as file:
        start, count = excerpt.frames(file)
        if window_s is not None and count > (window := _window(file, window_s)):
            start, count = start + (count - window) // 2, window
        samples, mixdown = _samples(file, start, count), Mixdown()
        mixdown.see(samples)
        _check_loud(mixdown)
        return _resampled(mixdown.mono(samples), file.rate, sample_rate), _remarks(file, mixdown)


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
        wave, remarks = _read(path, excerpt, sample_rate, window_s)
        return Sound(lambda: iter((wave,)), remarks)
    mixdown = Mixdown()
    with opened(path) as file:
        for samples in _chunks(file, excerpt, window_s):
            mixdown.see(samples)
        _check_loud(mixdown)
        remarks = _remarks(file, mixdown)

    def waves() -> Iterator[Float32Array]:
        # Holds `fetched` and not its path alone: a temporary file is deleted when nothing refers to it any more.
        with opened(fetched.path) as file:
            for samples in _chunks(file, excerpt, window_s):
                yield _resampled(mixdown.mono(samples), file.rate, sample_rate)

    return Sound(waves, remarks)


def _is_longer(path: Path, excerpt: Excerpt, window_s: float) -> bool:
    """Return whether a track is longer than the window."""
    with opened(path) as file:
        return excerpt.frames(file)[1] > _window(file, window_s)


def _chunks(file: AudioFile, excerpt: Excerpt, window_s: float) -> Iterator[Float32Array]:
    """Yield the windows of a track one after another, float32 [samples, channels]."""
    start, count = excerpt.frames(file)
    window = _window(file, window_s)
    for begin in range(start, start + count, window):
        yield _samples(file, begin, min(window, start + count - begin))


def _window(file: AudioFile, window_s: float) -> int:
    """Return the samples of a window at the file's rate."""
    return max(1, round(window_s * file.rate))


def _samples(file: AudioFile, start: int, count: int) -> Float32Array:
    """Read samples, float32 [count, channels]."""
    samples = file.read(start, count)
    if len(samples) < count:
        raise BadAudioError("truncated", f"{count - len(samples):,} samples are missing of those that its header says")
    return samples


def _remarks(file: AudioFile, mixdown: Mixdown) -> Mapping[str, str]:
    """Return what must be said of how a file is heard."""
    remarks = {}
    if isinstance(file, JoinedFiles):
        seconds = file.frames / file.rate
        remarks["joined"] = f"{file.recordings} recordings end to end in one file, {seconds:.1f} s in all"
    if mixdown.remark:
        remarks["cancelling"] = mixdown.remark
    return remarks


def _resampled(mono: Float32Array, rate: int, sample_rate: int) -> Float32Array:
    """Resample a mono wave, float32 [samples]."""
    if rate == sample_rate:
        return mono
    import librosa

    resampled: Float32Array = librosa.resample(mono, orig_sr=rate, target_sr=sample_rate, res_type="soxr_hq")
    return resampled


def _check_loud(mixdown: Mixdown) -> None:
    """Check that what is heard is no silence."""
    if mixdown.peak < SILENCE:
        raise BadAudioError("silent", f"peak below {SILENCE:g} of full scale")
