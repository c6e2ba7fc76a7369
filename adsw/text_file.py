"""Reading of text files in UTF-8, with or without a mark; what is no plain file or no text is refused."""

from __future__ import annotations

import codecs
import errno
from pathlib import Path

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# First bytes of files that are often given for the text packed in them, and what they are.
_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"(\xb5/\xfd": "zstd"}


class NoTextError(ValueError):
    """A file's bytes are no text; the message is the rule of a fault."""


def read_text(path: Path, *, utf_16: bool = False) -> str:
    """Return the text of a file, without the mark that may stand before it.

    Args:
        path: the file.
        utf_16: whether it may be in UTF-16 if it says so by its mark, as spreadsheet programs save Unicode.

    Raises:
        OSError: it cannot be read, or is no plain file (opening a pipe would wait for its writer).
        NoTextError: as `decoded`.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "a pipe or a device, not a file", str(path))
    return decoded(path.read_bytes(), utf_16=utf_16)


def decoded(data: bytes, *, utf_16: bool = False) -> str:
    """Return the text that bytes hold, without the mark that may stand before it.

    Raises:
        NoTextError: they are in another encoding, packed, or hold a NUL character.
    """
    for start, name in _PACKED.items():
        if data.startswith(start):
            raise NoTextError(f"is packed by {name}, must be plain text")
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    if encoding == "utf-16" and not utf_16:
        raise NoTextError("is in UTF-16, must be in UTF-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise NoTextError(
            f"is no text in {encoding.removesuffix('-sig').upper()}: byte {error.start + 1} is wrong"
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise NoTextError(f"is no text: line {line} has a NUL character")
    return text
