"""Examination of audio formats: a tone is written, decoded as by `adsw prepare`, and its loudness compared."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from adsw.audio.decode import Excerpt, read_wave
from adsw.doctor.line import Line

FORMATS = {
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
}
"""File ending -> libsndfile's names of the format and the codec."""
_RATE = 48_000
_SECONDS = 0.5
_LOUDNESS = 0.3
"""Root mean square of the tone; a codec may change it by a tenth."""


def sound() -> Iterator[Line]:
    """Report each format in one line."""
    with tempfile.TemporaryDirectory() as folder:
        for ending in (*FORMATS, "m4a"):
            yield _format(Path(folder) / f"sample.{ending}", ending)


def _format(path: Path, ending: str) -> Line:
    """Report whether a format is decoded and has the loudness that was written."""
    if ending == "m4a":
        try:
            import av  # noqa: F401
        except ImportError:
            said, fix = "needs the package av; libsndfile cannot read it", "Run: pip install 'adsw[av]'"
            return Line(area="sound", name=ending, state="absent", said=said, fix=fix)
    try:
        write = _write_m4a if ending == "m4a" else _write
        write(path, ending)
        heard = _heard(path)
    except Exception as error:  # whatever goes wrong in a codec is the result
        fix = "Reinstall soundfile, which brings libsndfile: pip install --force-reinstall soundfile"
        return Line(area="sound", name=ending, state="fail", said=f"cannot be decoded: {error}", fix=fix)
    loudness = float(np.sqrt(np.mean(np.square(heard))))
    if abs(loudness - _LOUDNESS) > 0.1 * _LOUDNESS:
        said = f"is decoded wrongly: loudness {loudness:.3f}, not {_LOUDNESS}"
        return Line(area="sound", name=ending, state="fail", said=said, fix="Reinstall soundfile.")
    return Line(area="sound", name=ending, state="ok", said="is decoded")


def _sample() -> Any:
    """Return a tone, float32 [samples]."""
    times = np.arange(int(_RATE * _SECONDS)) / _RATE
    return (_LOUDNESS * np.sqrt(2) * np.sin(2 * np.pi * 440 * times)).astype(np.float32)


def _write(path: Path, ending: str) -> None:
    """Write the tone by libsndfile."""
    import soundfile

    container, codec = FORMATS[ending]
    soundfile.write(path, _sample(), _RATE, format=container, subtype=codec)


def _write_m4a(path: Path, ending: str) -> None:
    """Write the tone as AAC by PyAV."""
    del ending
    import av

    with av.open(str(path), "w", format="ipod") as file:
        stream = file.add_stream("aac", rate=_RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(_sample()[None], format="fltp", layout="mono")
        frame.sample_rate = _RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            file.mux(packet)


def _heard(path: Path) -> Any:
    """Decode a file as for an encoder of the same sampling rate, float32 [samples]."""
    # At the tone's sampling rate, since resampling takes a second of imports.
    return read_wave(path, Excerpt(), _RATE, None)
