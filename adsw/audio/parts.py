"""Where the recordings of a file lie that was put together from several, end to end.

A decoder reads the first one and stops. A recording ends where its own headers say so, or where the header of another
one begins. Layouts: Ogg pages RFC 3533, 6; FLAC RFC 9639, 8; RIFF and FORM chunks; Xing's VBR header; boxes of ISO/IEC
14496-12, 4.2; EBML RFC 8794, 11.2; objects of ASF; Apple's CAF; Sony's W64; Sun's AU.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import NamedTuple

from adsw.audio import mp3
from adsw.audio.bad_audio import BadAudioError
from adsw.audio.mp3 import Bytes

Ending = Callable[[Bytes, int], int]
"""Returns the byte after a recording, of the data and its first byte."""

_FLAC = b"fLaC"
_STREAM_INFO = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22")
_EBML = b"\x1a\x45\xdf\xa3"
_DOC_TYPE = b"\x42\x82"
_DOC_TYPE_REACH = 64  # bytes after the EBML magic within which its header names the document type
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_W64 = bytes.fromhex("726966662e91cf11a5d628db04c10000")
_FIRST_PAGE = 2
_UNSAID = (0, 0x7FFF_FFFF, 0xFFFF_FFFF)
"""Sizes that writers put who do not know the size yet."""

UNHEARD = 4096
"""Bytes after the end that are neither zeros nor a tag, from which on a file is refused instead of heard in part."""
FEWEST_FRAMES = 8
"""Frames of an MP3 after its declared end that make a recording: fewer are the miscounts of encoders."""


class Part(NamedTuple):
    """A recording in a file: bytes `start` to `end`."""

    start: int
    end: int


def parts_of(data: Bytes) -> list[Part]:
    """Return the recordings of a file in order; all of it as one if its format is not known here.

    Raises:
        BadAudioError: of kind ``overlong``, if a WAV or AIFF goes on with data that is neither chunk, tag nor audio.
    """
    parts: list[Part] = []
    at = 0
    while at < len(data):
        ending = _ending(data, at)
        end = len(data)
        if ending is not None:
            begin = at if ending is _mp3_end else mp3.after_tags(data, at)
            end = min(max(ending(data, begin), at + 1), end)
        # What nothing can be made of belongs to the recording before it, whose decoder has always passed over it.
        after = _begin(data, end)
        parts.append(Part(at, end if after is not None else len(data)))
        if after is None:
            break
        at = after
    return parts


def _ending(data: Bytes, at: int) -> Ending | None:
    """Return what finds the end of the recording at a byte, or None if nothing known begins there."""
    tagged = mp3.after_tags(data, at)
    head = data[tagged : tagged + 16]
    for magic, ending in _ENDINGS:
        if head.startswith(magic):
            return ending
    if head[4:8] == b"ftyp":
        return _boxes_end
    is_mp3 = tagged > at or (head[:1] == b"\xff" and mp3.frame_at(data, at) is not None)
    return _mp3_end if is_mp3 else None


def _begin(data: Bytes, at: int) -> int | None:
    """Return where a recording begins after the tags and zeros at a byte, or None if none does."""
    at = _after_trailer(data, at)
    ending = _ending(data, at) if at < len(data) else None
    if ending is None or (ending is _mp3_end and not mp3.has_frames(data, at, FEWEST_FRAMES)):
        return None
    return at


def _after_trailer(data: Bytes, at: int) -> int:
    """Return the byte after the zeros and the tags of the kinds that end a file."""
    while at < len(data):
        if data[at : at + 3] == b"TAG":
            at += 128  # ID3v1
        elif data[at : at + 8] == b"APETAGEX":
            size, _, flags = struct.unpack("<III", data[at + 12 : at + 24].ljust(12, b"\0"))
            at += 32 + (size if flags & 1 << 29 else 0)  # The bit is set in a header, not in the footer.
        elif data[at] == 0 and data[at + 4 : at + 8] != b"ftyp":
            filled = _NOT_ZERO.search(data, at)
            at = len(data) if filled is None else filled.start()
        else:
            break
    return at


_NOT_ZERO = re.compile(rb"[^\0]")


def _ogg_end(data: Bytes, at: int) -> int:
    """Return the first byte after an Ogg stream: the next first page that follows others, or what is no page."""
    is_begun = False
    while data[at : at + 4] == b"OggS" and len(head := data[at : at + 27]) == 27:
        is_first = bool(head[5] & _FIRST_PAGE)
        if is_first and is_begun:
            return at
        is_begun = is_begun or not is_first  # Streams side by side begin together.
        at += 27 + head[26] + sum(data[at + 27 : at + 27 + head[26]])
    return at


def _flac_end(data: Bytes, at: int) -> int:
    """Return where the next FLAC begins: frames do not say how long they are."""
    found = _STREAM_INFO.search(data, at + len(_FLAC))
    return len(data) if found is None else _before_tag(data, at, found.start())


def _before_tag(data: Bytes, start: int, at: int) -> int:
    """Return where the ID3v2 tag begins that ends at a byte, or that byte."""
    tag = data.rfind(b"ID3", start + 1, at)
    return tag if tag >= 0 and mp3.after_tags(data, tag) == at else at


def _mp3_end(data: Bytes, at: int) -> int:
    """Return the end that an MP3 declares, or where the next one begins."""
    first = mp3.first_frame(data, at)
    if first is None:
        return len(data)
    ends = (mp3.next_begin(data, first), mp3.declared_end(data, first))
    return min((end for end in ends if end is not None), default=len(data))


def _chunks_end(order: str) -> Ending:
    """Return what finds the end of a RIFF (order ``<``) or a FORM (``>``).

    Raises:
        BadAudioError: of kind ``overlong``, by what is returned.
    """

    def end(data: Bytes, at: int) -> int:
        at += 12
        while _CHUNK.match(data, at):
            size = _number(data, at + 4, order + "I")
            if size in _UNSAID and data[at : at + 4] in (b"data", b"SSND"):
                return len(data)
            at += 8 + size
            # Chunks of odd sizes are padded, but not by all writers.
            at += size % 2 and not (_CHUNK.match(data, at) or _begin(data, at) is not None)
        rest = len(data) - _after_trailer(data, at)
        if rest > UNHEARD and _begin(data, at) is None:
            raise BadAudioError("overlong", f"goes on for {rest:,} bytes after the end that its header says")
        return at

    return end


_CHUNK = re.compile(rb"(?!RIFF|FORM|fLaC|OggS|TAG)[ -~]{4}")
"""The name of a chunk."""


def _declared_end(place: int, form: str) -> Ending:
    """Return what finds the end of a container whose size stands at a place of its header."""

    def end(data: Bytes, at: int) -> int:
        size = _number(data, at + place, form)
        return len(data) if size in _UNSAID else at + size

    return end


def _au_end(data: Bytes, at: int) -> int:
    """Return the end of a Sun AU: its header's length and its data's."""
    size = _number(data, at + 8, ">I")
    return len(data) if size in _UNSAID else at + _number(data, at + 4, ">I") + size


def _caf_end(data: Bytes, at: int) -> int:
    """Return the end of the chunks of a CAF."""
    at += 8
    while at + 12 <= len(data) and (name := data[at : at + 4]).isascii() and name != b"caff":
        size = _number(data, at + 4, ">q")
        if size < 0:
            return len(data)
        at += 12 + size
    return at


def _boxes_end(data: Bytes, at: int) -> int:
    """Return where the next ``ftyp`` begins among the boxes of an MP4."""
    begin = at
    while at + 8 <= len(data) and (data[at + 4 : at + 8] != b"ftyp" or at == begin):
        size = _number(data, at, ">I")
        size = _number(data, at + 8, ">Q") if size == 1 else size
        if size < 8:
            return len(data)
        at += size
    return at


def _ebml_end(data: Bytes, at: int) -> int:
    """Return where the next EBML header begins that names a type of document."""
    while (at := data.find(_EBML, at + 4)) >= 0:
        if _DOC_TYPE in data[at : at + _DOC_TYPE_REACH]:
            return at
    return len(data)


def _asf_end(data: Bytes, at: int) -> int:
    """Return where the next header object of an ASF begins."""
    found = data.find(_ASF, at + len(_ASF))
    return found if found >= 0 else len(data)


def _number(data: Bytes, at: int, form: str) -> int:
    """Return the number at a byte, or 0 beyond the end."""
    word = data[at : at + struct.calcsize(form)]
    return int(struct.unpack(form, word)[0]) if len(word) == struct.calcsize(form) else 0


_ENDINGS: tuple[tuple[bytes, Ending], ...] = (
    (b"OggS", _ogg_end),
    (_FLAC, _flac_end),
    (b"RIFF", _chunks_end("<")),
    (b"FORM", _chunks_end(">")),
    (_W64, _declared_end(16, "<Q")),
    (b".snd", _au_end),
    (b"caff", _caf_end),
    (_EBML, _ebml_end),
    (_ASF, _asf_end),
)
"""First bytes of a format -> what finds the end of its recording."""
