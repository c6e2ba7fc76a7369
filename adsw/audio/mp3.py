"""The length of an MP3 by its frame headers, which libsndfile believes, or guesses from if they do not tell.

Layout of frames: ISO/IEC 11172-3, 2.4.1.3 and 2.4.2.3; of the Xing header: Xing's *VBR header* note, as LAME and
FFmpeg write it into the first frame.
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

Bytes = bytes | mmap.mmap

_RATES = (44_100, 48_000, 32_000)
_KBITS = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_TAG_REACH = 200  # bytes of the first frame within which a Xing header begins
_TAG_OFFSETS = (36, 21, 13)  # bytes from a frame's begin to its Xing header: after the side information
_BEGIN = re.compile(rb"Xing|Info|ID3")
_JUNK = 65_536  # bytes before the first frame at most


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of layer III."""

    at: int
    """Byte at which it begins."""
    size: int
    """Length in bytes."""
    kbits: int
    """Thousands of bits per second."""


def first_frame(data: Bytes, begin: int = 0) -> Frame | None:
    """Return the first frame after the tags that another one follows, or None if the data from `begin` is no MP3."""
    start = after_tags(data, begin)
    if start == begin and data[begin : begin + 1] != b"\xff":
        return None
    for at in range(start, min(start + _JUNK, len(data) - 4)):
        if data[at] == 0xFF and _is_frame(data, at):
            return frame_at(data, at)
    return None


def has_frames(data: Bytes, begin: int, fewest: int) -> bool:
    """Return whether an MP3 of so many frames or more begins at a byte."""
    first = first_frame(data, begin)
    return first is not None and len([*islice(_frames(data, first), fewest)]) == fewest


def next_begin(data: Bytes, first: Frame) -> int | None:
    """Return where the next MP3 begins after a first frame: its tag, or its frame with a Xing header; None if none."""
    for found in _BEGIN.finditer(data, first.at + _TAG_REACH):
        if found.group() == b"ID3":
            if (begin := after_tags(data, found.start())) > found.start() and _is_frame(data, begin):
                return found.start()
            continue
        for at in (found.start() - offset for offset in _TAG_OFFSETS):
            if at >= first.at + first.size and _is_frame(data, at):
                return at
    return None


def _is_frame(data: Bytes, at: int) -> bool:
    """Return whether a frame is at a byte that another one follows."""
    return (frame := frame_at(data, at)) is not None and frame_at(data, at + frame.size) is not None


def declared_end(data: Bytes, first: Frame) -> int | None:
    """Return the byte at which the audio ends by its Xing header, or None if no header tells."""
    tag = _xing(data, first)
    if tag is None or not (flags := _number(data, tag + 4)) & 2:
        return None
    return first.at + _number(data, tag + 8 + 4 * (flags & 1))


def varies_unsaid(data: Bytes, first: Frame) -> bool:
    """Return whether the bit rate changes and no header says how many frames there are."""
    # libsndfile then computes the length from the first frame's bit rate, and silently reads no further.
    tag = _xing(data, first)
    if tag is not None and _number(data, tag + 4) & 1:
        return False
    return any(frame.kbits != first.kbits for frame in _frames(data, first))


def _frames(data: Bytes, first: Frame) -> Iterator[Frame]:
    """Yield the frames one after another, until there is none."""
    frame: Frame | None = first
    while frame is not None:
        yield frame
        frame = frame_at(data, frame.at + frame.size)


def frame_at(data: Bytes, at: int) -> Frame | None:
    """Return the frame whose header is at this byte, or None if there is none."""
    head = data[at : at + 4]
    # Eleven bits of synchronisation, then layer III.
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, bits, rate = (head[1] >> 3) & 3, head[2] >> 4, (head[2] >> 2) & 3
    if version == 1 or bits in (0, 15) or rate == 3:
        return None
    kbits = _KBITS[1 if version == 3 else 2][bits]
    hertz = _RATES[rate] // {3: 1, 2: 2, 0: 4}[version]
    size = (144 if version == 3 else 72) * kbits * 1000 // hertz + ((head[2] >> 1) & 1)
    return Frame(at, size, kbits)


def after_tags(data: Bytes, at: int = 0) -> int:
    """Return the byte after all ID3v2 tags from a byte on (https://id3.org/id3v2.4.0-structure, 3.1)."""
    while data[at : at + 3] == b"ID3" and len(data) >= at + 10:
        # Sizes have seven bits a byte; a flag announces a footer of 10 more bytes.
        size = 0
        for byte in data[at + 6 : at + 10]:
            size = size << 7 | byte & 0x7F
        at += 10 + size + (10 if data[at + 5] & 0x10 else 0)
    return at


def _xing(data: Bytes, first: Frame) -> int | None:
    """Return where the Xing header begins (``Info`` at a constant bit rate), or None if there is none."""
    places = (data.find(name, first.at, first.at + _TAG_REACH) for name in (b"Xing", b"Info"))
    return next((at for at in places if at >= 0), None)


def _number(data: Bytes, at: int) -> int:
    """Return the big-endian 32-bit number at a byte, or 0 beyond the end."""
    word = data[at : at + 4]
    return int(struct.unpack(">I", word)[0]) if len(word) == 4 else 0
