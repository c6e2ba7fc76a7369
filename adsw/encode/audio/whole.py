"""Checks that a file holds all the audio it declares: downloads break off, and decoders do not report it."""

from __future__ import annotations

import re

from adsw.encode.audio import mp3
from adsw.encode.audio.sndfile import SoundFile

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
