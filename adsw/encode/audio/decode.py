"""From a file to a mono wave, or to the reason why not."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from adsw.encode.protocol import Floats

SILENCE = 1e-4  # peak amplitude, -80 dB below full scale


class BadAudioError(Exception):
    """A track's audio cannot be used. Goes to the quarantine list, not to the user as an error.

    Kinds: remote, missing, unreadable, empty, silent, non-finite, shape.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail


def local_file(audio: str) -> Path:
    """The path of a track's audio.

    Raises:
        BadAudioError: it is a remote address (remote), not there (missing), or no readable file (unreadable).
    """
    if "://" in audio:
        raise BadAudioError("remote", "remote audio is not supported; copy the file here")
    path = Path(audio)
    try:
        if not path.exists():
            raise BadAudioError("missing", "no such file")
        if not path.is_file():
            raise BadAudioError("unreadable", "is not a file")
        with path.open("rb"):
            return path
    except OSError as error:
        raise BadAudioError("unreadable", error.strerror or str(error)) from error


def read_wave(
    path: Path, start_s: float | None, duration_s: float | None, sample_rate: int, window_s: float | None
) -> Floats:
    """Decode part of a file, mix it to mono and resample it.

    Args:
        path: any file that libsndfile reads.
        start_s: where the track begins in the file, in seconds; None is 0.
        duration_s: how long it is; None is to the end.
        sample_rate: hertz wanted.
        window_s: only the middle of a longer track is decoded; None decodes all.

    Returns:
        float32 [samples].

    Raises:
        BadAudioError: unreadable, empty, silent or non-finite.
    """
    wave, rate = _decode(path, start_s or 0.0, duration_s, window_s)
    if not wave.size:
        raise BadAudioError("empty", "no samples")
    if not np.isfinite(wave).all():
        raise BadAudioError("non-finite", "holds NaN or infinite samples")
    mono: Floats = wave.mean(axis=1, dtype=np.float32)
    if np.abs(mono).max() < SILENCE:
        raise BadAudioError("silent", f"peak below {SILENCE:g} of full scale")
    if rate != sample_rate:
        import librosa

        mono = librosa.resample(mono, orig_sr=rate, target_sr=sample_rate, res_type="soxr_hq")
    return mono


def _decode(path: Path, start_s: float, duration_s: float | None, window_s: float | None) -> tuple[Floats, int]:
    """Samples [samples, channels] of the wanted part, and the file's rate."""
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            rate = int(file.samplerate)
            start = min(round(start_s * rate), file.frames)
            frames = file.frames - start
            if duration_s is not None:
                frames = min(frames, round(duration_s * rate))
            if window_s is not None and frames > (window := round(window_s * rate)):
                start, frames = start + (frames - window) // 2, window
            if start:
                file.seek(start)
            return file.read(frames, dtype="float32", always_2d=True), rate
    except (soundfile.SoundFileError, OSError) as error:
        raise BadAudioError("unreadable", str(error)) from error
