"""Opening of an audio file by libsndfile, or by FFmpeg if libsndfile cannot read it."""

from __future__ import annotations

import importlib.util
import mmap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from adsw.encode.audio import mp3, whole
from adsw.encode.audio.bad import BadAudioError
from adsw.encode.audio.local import told
from adsw.encode.audio.sndfile import ENDLESS, SoundFile
from adsw.encode.protocol import Float32Array

_UNKNOWN_FORMAT, _UNKNOWN_ENCODING = 1, 4  # libsndfile's codes
_MAGIC = (
    (4, b"ftyp"),  # m4a, mp4, mov
    (0, b"\x1a\x45\xdf\xa3"),  # webm, mka
    (0, b"\x30\x26\xb2\x75"),  # wma
    (0, b"#!AMR"),
    (0, b"MAC "),
    (0, b"wvpk"),
    (0, b"DSD "),
    (0, b"TTA1"),
    (0, b"\x0b\x77"),  # ac3
    (0, b"\xff\xf1"),  # aac
    (0, b"\xff\xf9"),
    (0, b"ID3"),
    (0, b"fLaC"),
    (0, b"OggS"),
    (0, b"RIFF"),
    (0, b"FORM"),
)
"""Offsets and first bytes of audio formats: a file that has them and cannot be read is damaged audio."""


class AudioFile(Protocol):
    """An open audio file, checked to be complete."""

    @property
    def rate(self) -> int:
        """Hertz."""
        ...

    @property
    def frames(self) -> int:
        """Samples of each channel."""
        ...

    def read(self, start: int, count: int) -> Float32Array:
        """Read samples [count, channels] from `start` on, float32; fewer at the end of the file.

        Raises:
            BadAudioError: damaged.
        """
        ...


@contextmanager
def opened(path: Path) -> Iterator[AudioFile]:
    """Open a file by its content, whatever its name.

    Raises:
        BadAudioError: empty, not-audio, unsupported, damaged or truncated.
    """
    with ExitStack() as stack:
        try:
            file = _opened(path, stack)
        except OSError as error:
            raise told(error) from error
        yield file


def _opened(path: Path, stack: ExitStack) -> AudioFile:
    """Open a file; the stack closes it.

    Raises:
        BadAudioError: see `opened`.
        OSError: the file cannot be read.
    """
    import soundfile

    # Unbuffered, as libsndfile reads from where the descriptor is.
    stream = stack.enter_context(path.open("rb", buffering=0))
    if not path.stat().st_size:
        raise BadAudioError("empty", "has 0 bytes")
    data = stack.enter_context(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    first = mp3.first_frame(data)
    if why := whole.broken_off(data, first):
        raise BadAudioError("truncated", why)
    try:
        file = SoundFile(stream.fileno(), stack)
    except soundfile.LibsndfileError as error:
        if error.code not in (_UNKNOWN_FORMAT, _UNKNOWN_ENCODING):
            raise BadAudioError("damaged", error.error_string) from error
        return _by_ffmpeg(path, stack, data, error.error_string, is_foreign=error.code == _UNKNOWN_FORMAT)
    if file.frames > ENDLESS or (file.is_mp3 and (first is None or mp3.varies_unsaid(data, first))):
        return _by_ffmpeg(path, stack, data, "Its length cannot be told from its headers")
    if file.is_mp3 and first is not None and mp3.declared_end(data, first) is None:
        file.count()
    elif not file.is_mp3 and (why := whole.shortfall(file)):
        raise BadAudioError("truncated", why)
    return file


def _by_ffmpeg(path: Path, stack: ExitStack, data: mp3.Bytes, why: str, is_foreign: bool = False) -> AudioFile:
    """Open a file by FFmpeg.

    Args:
        path: the file.
        stack: closes it.
        data: its bytes.
        why: why libsndfile cannot read it.
        is_foreign: whether libsndfile does not recognise the format.
    """
    like_audio = not is_foreign or any(data[at : at + len(magic)] == magic for at, magic in _MAGIC)
    if importlib.util.find_spec("av") is None:
        if not like_audio:
            raise BadAudioError("not-audio", why)
        raise BadAudioError("unsupported", f"{why.rstrip('.')}. Run: pip install 'adsw[av]'")
    from adsw.encode.audio.ffmpeg import FFmpegFile

    try:
        return FFmpegFile(path, stack)
    except BadAudioError as bad:
        if bad.kind == "not-audio" and like_audio:
            raise BadAudioError("damaged", bad.detail) from bad
        raise
