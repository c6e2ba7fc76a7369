"""Audio that libsndfile does not read, by FFmpeg through PyAV: m4a, aac, webm, wma and the like."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, BinaryIO

import numpy as np

from adsw.arrays import Float32s as Float32Array
from adsw.audio.bad_audio import BadAudioError

DEMUXERS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,ogg,rm,tak,tta,"
    "w64,wav,wv,xwma"
)
"""FFmpeg's names of the formats that may be opened: containers of audio, and no play list, image or script, which could
make it open other files."""
_TIMED = frozenset({"mov", "matroska", "asf"})
"""Containers that declare their length; for the others FFmpeg guesses."""
_RUN_UP_S = 0.5
"""Seconds decoded before the first sample wanted: codecs need earlier packets to give the same samples."""
_TOLERANCE_S = 0.25


class FFmpegFile:
    """A file's first audio stream."""

    def __init__(self, stream: BinaryIO, stack: ExitStack) -> None:
        """Open the file and find its length.

        Args:
            stream: the file; with a name alone FFmpeg would read some as addresses.
            stack: closes what is opened here.

        Raises:
            BadAudioError: not-audio, damaged or truncated.
        """
        import av

        self._file = stream
        self._stack = stack
        try:
            self._rewind()
            if not self._container.streams.audio:
                raise BadAudioError("not-audio", "has no audio stream")
            self.rate = int(self._stream.rate)
            self._is_timed = bool(_TIMED & set(self._container.format.name.split(",")))
            first = next(iter(self._container.decode(self._stream)), None)
            self._origin = int(first.pts or 0) if first is not None else 0
        except av.error.FFmpegError as error:
            raise BadAudioError("not-audio", _said(error)) from error
        self._pieces: Iterator[tuple[int, Float32Array]] = iter(())
        self._at = -1
        self.channels = int(self._stream.codec_context.channels)
        self._left = self._nothing = np.empty((0, self.channels), np.float32)
        self.frames = self._count()

    def read(self, start: int, count: int) -> Float32Array:
        """Read samples, see `adsw.audio.open.AudioFile.read`. Consecutive calls need no seeking."""
        if start != self._at:
            self._pieces, self._left = _no_errors(self._decoded(start)), self._nothing
        parts, wanted = [self._left], start + count
        end = start + len(self._left)
        for at, samples in self._pieces:
            end = at + len(samples)
            if end > start:  # An empty slice would keep the samples before it in memory.
                parts.append(samples[max(0, start - at) :])
            if end >= wanted:
                break
        read = np.concatenate(parts)
        self._left = read[count:]
        self._at = start + min(count, len(read))
        return read[:count]

    def _rewind(self) -> None:
        """Open the container anew, at its beginning."""
        import av

        # Seeking to the beginning does not lead to the same samples in all containers.
        self._file.seek(0)
        options = {"format_whitelist": DEMUXERS}
        self._container: Any = self._stack.enter_context(av.open(self._file, options=options))
        self._stream: Any = next(iter(self._container.streams.audio), None)

    def _decoded(self, start: int) -> Iterator[tuple[int, Float32Array]]:
        """Yield pieces of the stream from `start` or before: where each begins, and its samples [n, channels]."""
        import av

        self._rewind()
        # Where times are guessed, seeking leads anywhere: all is decoded from the beginning.
        ahead_s = max(0.0, start / self.rate - _RUN_UP_S) if self._is_timed else 0.0
        if ahead_s:
            self._container.seek(self._origin + round(ahead_s / self._stream.time_base), stream=self._stream)
        plain = av.AudioResampler(format="fltp", layout=self._stream.layout, rate=self.rate)
        at = None if ahead_s else 0
        for frame in self._container.decode(self._stream):
            at = self._frame_at(frame.pts) if at is None else at
            for piece in plain.resample(frame):
                samples: Any = piece.to_ndarray().T
                yield at, samples
                at += len(samples)

    def _count(self) -> int:
        """Count the samples.

        By the packets' times and, as codecs leave some samples out, by decoding the last of them; without times, by
        decoding all.

        Raises:
            BadAudioError: of kind ``truncated``, if there is less audio than declared.
        """
        end = 0
        if self._is_timed:
            self._rewind()
            times = [packet.pts for packet in self._container.demux(self._stream) if packet.pts is not None]
            end = self._frame_at(max(times, default=self._origin))
            declared_s, held_s = self._declared_s(), end / self.rate
            if declared_s - held_s > _TOLERANCE_S:
                raise BadAudioError("truncated", f"has {held_s:.1f} of the {declared_s:.1f} s that its header says")
        counted = max((at + len(samples) for at, samples in _no_errors(self._decoded(end))), default=0)
        # Times are rounded to the stream's unit, which may be a thousandth of a second.
        return max(0, counted - (round(2 * self._stream.time_base * self.rate) if self._is_timed else 0))

    def _frame_at(self, time: int) -> int:
        """Return the sample at a time in the stream's units."""
        frame: int = round((time - self._origin) * self._stream.time_base * self.rate)
        return frame

    def _declared_s(self) -> float:
        """Return the length that the header declares in seconds, or 0 if it declares none."""
        import av

        if self._stream.duration is not None:
            return float(self._stream.duration * self._stream.time_base)
        return float((self._container.duration or 0) / av.time_base)


def _no_errors(pieces: Iterator[tuple[int, Float32Array]]) -> Iterator[tuple[int, Float32Array]]:
    """Yield the pieces; turn FFmpeg's errors into ours."""
    import av

    try:
        yield from pieces
    except av.error.FFmpegError as error:
        raise BadAudioError("damaged", _said(error)) from error


def _said(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
