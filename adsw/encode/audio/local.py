"""Files on this machine: checks that a track's audio can be read."""

from __future__ import annotations

import errno
import stat
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from adsw.encode.audio.bad import BadAudioError

_KINDS = {
    errno.ENOENT: "missing",
    errno.ENOTDIR: "missing",
    errno.ENAMETOOLONG: "missing",
    errno.ELOOP: "loop",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.EISDIR: "folder",
}


def local_path(audio: str) -> Path:
    """Return the path of a file on this machine, checked to exist, to be readable and not to be empty.

    Args:
        audio: a path, or ``file://`` with percent-escapes.

    Raises:
        BadAudioError: missing, folder, loop, denied or empty.
    """
    path = _path(audio)
    try:
        status = path.stat()
        # Before it is opened: opening a pipe would wait until somebody writes to it.
        if not stat.S_ISREG(status.st_mode):
            raise BadAudioError("folder", "is a folder" if stat.S_ISDIR(status.st_mode) else "is no ordinary file")
        with path.open("rb"):
            pass
    except OSError as error:
        raise told(error) from error
    except ValueError as error:  # A name with a null character.
        raise BadAudioError("missing", str(error)) from error
    if not status.st_size:
        raise BadAudioError("empty", "has 0 bytes")
    return path


def told(error: OSError) -> BadAudioError:
    """Return the system's error as one of our kinds, ``damaged`` if it has no kind of its own."""
    message = error.strerror or str(error)
    return BadAudioError(_KINDS.get(error.errno or 0, "damaged"), message[:1].lower() + message[1:])


def _path(audio: str) -> Path:
    """Return the path of a local address.

    Raises:
        BadAudioError: of kind ``missing``, if it is on another machine.
    """
    if "://" not in audio:
        return Path(audio)
    parts = urlsplit(audio)
    if parts.netloc not in ("", "localhost"):
        raise BadAudioError("missing", f"is on another machine, {parts.netloc}")
    return Path(url2pathname(parts.path))
