"""Errors of the operating system on files that are read and written: a full disk, a read-only or vanished one.

They are told as one clear error, without a traceback. Other errors of the system stay what they are.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adsw.errors import StoppedError

_ROOM = "Make room there."
_RIGHT = "Get the right to write there, or name another place."
_PLACE = "Name another place."
_DISK = "Look at the disk or the network share."
_OPEN = "Allow more open files: ulimit -n."

FIXES = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "Allow larger files: ulimit -f.",
    errno.EROFS: _RIGHT,
    errno.EACCES: _RIGHT,
    errno.EPERM: _RIGHT,
    errno.ENOTDIR: _PLACE,
    errno.EEXIST: _PLACE,
    errno.EISDIR: _PLACE,
    errno.ENAMETOOLONG: "Name a shorter one.",
    errno.ELOOP: _PLACE,
    errno.EIO: _DISK,
    errno.ESTALE: _DISK,
    errno.ENODEV: _DISK,
    errno.ENXIO: _DISK,
    errno.ENOTCONN: _DISK,
    errno.EMFILE: _OPEN,
    errno.ENFILE: _OPEN,
    errno.ENOMEM: "Free some memory.",
}
"""What to do about an error of the system, by its number."""

SAFE = "Files are written whole or not at all: what was there is as it was."


def stopped_by(error: OSError, *lines: str) -> StoppedError | None:
    """Return the clear error for one of the system on a file, or None if it is of another kind.

    Args:
        error: of the system.
        lines: what is safe and how to go on, a sentence each.
    """
    # Ray raises an error of a worker as one of the same class that holds the original.
    error = getattr(error, "cause", error)
    if error.errno not in FIXES:
        return None
    place = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else "a file or standard output"
    what = f"{place} cannot be used: {os.strerror(error.errno)}"
    return StoppedError(what, FIXES[error.errno], *(lines or (SAFE, "Then give the same command again.")))


@contextmanager
def going_on(*lines: str) -> Iterator[None]:
    """Turn errors of the system on files within the context into clear ones that say how to go on.

    Raises:
        StoppedError: for such an error.
    """
    try:
        yield
    except OSError as error:
        stopped = stopped_by(error, *lines)
        if stopped is None:
            raise
        raise stopped from error


@contextmanager
def naming(place: str, *temporary: Path) -> Iterator[None]:
    """Let errors of the system within the context name a place where they name none, or a temporary file.

    Raises:
        OSError: with the place as its file; one without a number (numpy's, of a file cut short) as the disk's.
    """
    try:
        yield
    except ConnectionError:
        raise
    except OSError as error:
        if error.errno is None:
            raise OSError(errno.EIO, str(error), place) from error
        if error.filename is None or str(error.filename) in map(str, temporary):
            error.filename = place
        raise
