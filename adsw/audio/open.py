"""Opening of an audio file by libsndfile, or by FFmpeg if libsndfile cannot read it."""

from __future__ import annotations

import importlib.util
import io
import mmap
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import soundfile

from adsw.arrays import Float32s as Float32Array
from adsw.audio import mp3
from adsw.audio.bad_audio import BadAudioError
from adsw.audio.fetch import bad_audio_of
from adsw.audio.ffmpeg import FFmpegFile
from adsw.audio.parts import parts_of

_BLOCK = 65_536  # samples

ENDLESS = 1 << 48
"""More frames than any file has: libsndfile's answer if a header does not say how many."""


class _Decoder(soundfile.SoundFile):  # type: ignore[misc]
    """Reads on where it stopped: after every read of a file that can seek, soundfile seeks to where it is, which in an
    MP3 leads elsewhere."""

    def seekable(self) -> bool:
        """Return that it cannot seek, though `seek` does."""
        return False


class SoundFile:
    """A file, open for reading."""

    def __init__(self, file: int | BinaryIO, stack: ExitStack) -> None:
        """Open a file by its descriptor, or a stream.

        Raises:
            soundfile.LibsndfileError: it cannot be opened.
        """

        # By a name, soundfile would guess the format from its ending, and want more arguments for `*.raw`.
        self.sound = stack.enter_context(_Decoder(file, closefd=False))
        self.rate = int(self.sound.samplerate)
        self.frames = int(self.sound.frames)
        self.channels = int(self.sound.channels)
        self.is_mp3 = self.sound.format == "MP3"

    def read(self, start: int, count: int) -> Float32Array:
        """Read samples, see `adsw.audio.open.AudioFile.read`."""

        try:
            self._go_to(start)
            samples: Float32Array = self.sound.read(count, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise BadAudioError("damaged", error.error_string) from error
        return samples

    def has_its_end(self) -> bool:
        """Return whether the last sample that the header declares can be read."""
        try:
            return not self.frames or len(self.read(self.frames - 1, 1)) == 1
        except BadAudioError:
            return False

    def count(self) -> None:
        """Count the samples by decoding: without a count in the header, libsndfile only estimates."""
        self._go_to(0)
        self.frames = 0
        while read := len(self.sound.read(_BLOCK, dtype="float32", always_2d=True)):
            self.frames += read

    def _go_to(self, start: int) -> None:
        """Seek to a sample; in an MP3 by decoding up to it."""
        # Seeking in an MP3 lands near the sample and not at it.
        at = self.sound.tell()
        if not self.is_mp3 or start < at:
            at = self.sound.seek(0 if self.is_mp3 else start)
        while at < start and (read := len(self.sound.read(min(_BLOCK, start - at), dtype="float32"))):
            at += read


SLACK = 1024
"""Bytes that may be missing: chunks are padded, and sizes counted with and without their headers."""

_LONGEST_PAGE = 65_307  # RFC 3533, 6

_LAST = 4

_DECLARED = re.compile(r":\s*(\d+) \(should be (\d+)\)")

_UNSAID = ((0x7FFF_0000, 0x7FFF_FFFF), (0xFFFF_0000, 0xFFFF_FFFF), (1 << 62, 1 << 64))
"""Ranges of sizes that writers put who do not know the size yet, as when writing into a pipe."""


def broken_off(data: mp3.Bytes, first: mp3.Frame | None) -> str | None:
    """Return what the bytes of an Ogg file or an MP3 show to be missing, in words; None if nothing.

    Args:
        data: the file's bytes.
        first: its first frame if it is an MP3.
    """
    if data[:4] == b"OggS":
        return _ogg(data)
    end = None if first is None else mp3.declared_end(data, first)
    return None if end is None else _bytes_missing(end, len(data))


def shortfall(file: SoundFile) -> str | None:
    """Return what is missing of a file that libsndfile opened, in words; None if nothing is."""
    # libsndfile corrects declared sizes by the file's real one, and notes that in its log.
    for declared, real in _DECLARED.findall(file.sound.extra_info):
        if not any(low <= int(declared) <= high for low, high in _UNSAID):
            missing = _bytes_missing(int(declared), int(real))
            if missing:
                return missing
    return None if file.has_its_end() else f"the last of the {file.frames:,} samples that its header says is not there"


def _bytes_missing(declared: int, real: int) -> str | None:
    """Return in words how many bytes are missing, or None if there are no more than the slack."""
    if declared - real <= SLACK:
        return None
    return f"{declared - real:,} bytes are missing of the {declared:,} that its header says"


def _ogg(data: mp3.Bytes) -> str | None:
    """Return what is wrong with the last page, which must be complete and marked as the last (RFC 3533, 6)."""
    at = data.rfind(b"OggS", max(0, len(data) - _LONGEST_PAGE))
    page = data[at:] if at >= 0 else b""
    if len(page) < 27 or len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]]):
        return "its last page breaks off"
    return None if page[5] & _LAST else "its last page is not marked as the last"


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
    """An open audio file, checked to be complete; all recordings of it if they are several."""

    @property
    def rate(self) -> int:
        """Hertz."""
        ...

    @property
    def frames(self) -> int:
        """Samples of each channel."""
        ...

    @property
    def channels(self) -> int:
        """Channels of a sample."""
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
        BadAudioError: empty, not-audio, unsupported, damaged, truncated, overlong or joined.
    """
    with ExitStack() as stack:
        try:
            file = _opened(path, stack)
        except OSError as error:
            raise bad_audio_of(error) from error
        yield file


def _opened(path: Path, stack: ExitStack) -> AudioFile:
    """Open a file; the stack closes it.

    Raises:
        BadAudioError: see `opened`.
        OSError: the file cannot be read.
    """

    # Unbuffered, as libsndfile reads from where the descriptor is.
    stream = stack.enter_context(path.open("rb", buffering=0))
    if not path.stat().st_size:
        raise BadAudioError("empty", "has 0 bytes")
    data = stack.enter_context(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    parts = parts_of(data)
    if len(parts) > 1:
        return JoinedFiles([_recording(data[start:end], None, stack) for start, end in parts])
    return _recording(data, stream, stack)


def _recording(data: mp3.Bytes, stream: io.FileIO | None, stack: ExitStack) -> AudioFile:
    """Open one recording.

    Args:
        data: its bytes.
        stream: the file that holds nothing else; None for one of several recordings in a file.
        stack: closes it.
    """
    first = mp3.first_frame(data)
    if why := broken_off(data, first):
        raise BadAudioError("truncated", why)
    try:
        file = SoundFile(io.BytesIO(data) if stream is None else stream.fileno(), stack)
    except soundfile.LibsndfileError as error:
        if error.code not in (_UNKNOWN_FORMAT, _UNKNOWN_ENCODING):
            raise BadAudioError("damaged", error.error_string) from error
        return _by_ffmpeg(data, stream, stack, error.error_string, is_foreign=error.code == _UNKNOWN_FORMAT)
    if file.frames > ENDLESS or (file.is_mp3 and (first is None or mp3.varies_unsaid(data, first))):
        return _by_ffmpeg(data, stream, stack, "Its length cannot be told from its headers")
    if file.is_mp3 and first is not None and mp3.declared_end(data, first) is None:
        file.count()
    elif not file.is_mp3 and (why := shortfall(file)):
        raise BadAudioError("truncated", why)
    return file


def _by_ffmpeg(
    data: mp3.Bytes, stream: io.FileIO | None, stack: ExitStack, why: str, is_foreign: bool = False
) -> AudioFile:
    """Open a recording by FFmpeg.

    Args:
        data: its bytes.
        stream: see `_recording`.
        stack: closes it.
        why: why libsndfile cannot read it.
        is_foreign: whether libsndfile does not recognise the format.
    """
    like_audio = not is_foreign or any(data[at : at + len(magic)] == magic for at, magic in _MAGIC)
    if importlib.util.find_spec("av") is None:
        if not like_audio:
            raise BadAudioError("not-audio", why)
        raise BadAudioError("unsupported", f"{why.rstrip('.')}. Run: pip install 'adsw[av]'")

    try:
        return FFmpegFile(io.BytesIO(data) if stream is None else io.BufferedReader(stream), stack)
    except BadAudioError as bad:
        if bad.kind == "not-audio" and like_audio:
            raise BadAudioError("damaged", bad.detail) from bad
        raise


class JoinedFiles:
    """Recordings heard one after another."""

    def __init__(self, files: Sequence[AudioFile]) -> None:
        """Join them.

        Raises:
            BadAudioError: of kind ``joined``, if they differ in rate or, other than mono, in channels.
        """
        rates, channels = ({getattr(file, name) for file in files} for name in ("rate", "channels"))
        if len(rates) > 1 or len(channels - {1}) > 1:
            kinds = [f"{file.rate:,} Hz in {file.channels}" for file in files]
            raise BadAudioError("joined", f"{len(files)} recordings end to end that differ: {', '.join(kinds[:5])}")
        self._files = files
        self.recordings = len(files)
        self.rate, self.channels = rates.pop(), max(channels)
        self.frames = sum(file.frames for file in files)

    def read(self, start: int, count: int) -> Float32Array:
        """Read samples, see `AudioFile.read`."""
        pieces = [np.empty((0, self.channels), np.float32)]
        for file in self._files:
            wanted = min(count, file.frames - start)
            if start >= 0 and wanted > 0:
                piece = file.read(start, wanted)
                pieces.append(np.broadcast_to(piece, (len(piece), self.channels)))
                if len(piece) < wanted:
                    break
                start, count = start + wanted, count - wanted
            start -= file.frames
        return np.concatenate(pieces)
