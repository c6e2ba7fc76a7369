"""Fetching of a track's audio: a file on this machine, and the identity of its bytes."""

from __future__ import annotations

import errno
import functools
import hashlib
import logging
import os
import stat
import tempfile
import time
import weakref
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import aiohttp
import numpy as np

from adsw.arrays import Float32s as Float32Array
from adsw.audio.bad_audio import BadAudioError
from adsw.errors import Fault, Faults
from adsw.fingerprint import file_sha256

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
        raise bad_audio_of(error) from error
    except ValueError as error:  # A name with a null character.
        raise BadAudioError("missing", str(error)) from error
    if not status.st_size:
        raise BadAudioError("empty", "has 0 bytes")
    return path


def bad_audio_of(error: OSError) -> BadAudioError:
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


TRIES = 3

WAIT_S = 1.0
"""Wait before the second try; twice as long before each further one."""

PATIENCE = 5
"""Files of one server in a row that could not be fetched, after which it is left alone for a while."""

PAUSE_S = 30.0
"""How long a failing server is left alone."""

_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs"}

_CONNECT_S, _READ_S = 15, 60

_DENIED = frozenset({"NoCredentialsError", "DefaultCredentialsError", "RefreshError"})


def is_remote(audio: str) -> bool:
    """Return whether audio is an address, and of no file on this machine.

    >>> is_remote("s3://bucket/a.wav"), is_remote("file:///a.wav"), is_remote("/a.wav")
    (True, False, False)
    """
    return "://" in audio and scheme_of(audio) != "file"


def scheme_of(address: str) -> str:
    """Return what comes before ``://``, in lower case."""
    return address.partition("://")[0].lower()


def address_faults(audios: Iterable[str], where: str) -> list[Fault]:
    """Return one fault for each kind of address that cannot be fetched here: unknown, or for lack of a package.

    Args:
        audios: paths and addresses.
        where: names the column in the faults.
    """
    examples: dict[str, list[str]] = defaultdict(list)
    for audio in audios:
        if is_remote(audio):
            examples[scheme_of(audio)].append(audio)
    if not examples:
        return []
    import fsspec  # type: ignore[import-untyped]

    faults = Faults("")
    for scheme, group in sorted(examples.items()):
        begin = "tracks begin" if len(group) > 1 else "track begins"
        many = f"{len(group):,} {begin} with {scheme}://"
        try:
            fsspec.get_filesystem_class(scheme)
        except ImportError as error:
            extra = _EXTRAS.get(scheme)
            fix = f"Run: pip install 'adsw[{extra}]'" if extra else str(error)
            faults.add(where, f"{many}, which needs a package that is not installed", group[0], fix)
        except ValueError:
            fix = "Use a path, file://, http(s)://, s3:// or gs://."
            faults.add(where, f"{many}, which nothing here can fetch", group[0], fix)
    return faults.found


class Temporary:
    """A file that is deleted when nothing refers to this any more, or the process ends."""

    def __init__(self) -> None:
        descriptor, name = tempfile.mkstemp(prefix="adsw-audio-")
        os.close(descriptor)
        self.path = Path(name)
        # `missing_ok`, as some file systems delete a file that they could not fill.
        weakref.finalize(self, self.path.unlink, missing_ok=True)


class Remote:
    """Fetches files to this machine. It leaves failing servers alone for a while: a dead one must not cost hours."""

    def __init__(self) -> None:
        self._failed: dict[str, int] = defaultdict(int)
        self._resting: dict[str, float] = {}

    def fetch(self, address: str) -> Temporary:
        """Fetch a file; return a temporary one with its content.

        Raises:
            BadAudioError: missing, folder, denied; or unreachable, after several tries.
            ImportError: a package is missing; see `address_faults`.
        """
        scheme = scheme_of(address)
        address = f"{scheme}://{address.partition('://')[2]}"  # Some file systems know only a lower-case scheme.
        server = f"{scheme}://{urlsplit(address).netloc}"
        if time.monotonic() < self._resting.get(server, 0.0):
            raise BadAudioError("unreachable", f"{server} failed for {PATIENCE} files before this one")
        file = Temporary()
        try:
            self._tried(address, str(file.path))
        except BadAudioError as bad:
            self._failed[server] = self._failed[server] + 1 if bad.kind == "unreachable" else 0
            if self._failed[server] >= PATIENCE:
                self._resting[server] = time.monotonic() + PAUSE_S
            raise
        self._failed[server] = 0
        return file

    def _tried(self, address: str, target: str) -> None:
        """Fetch a file, with several tries.

        Raises:
            BadAudioError: of the kinds of `fetch`.
        """
        system, tries = _system(scheme_of(address)), _tries(scheme_of(address))
        for attempt in range(1, tries + 1):
            try:
                system.get_file(address, target)
                return
            # File systems raise errors of many classes, with no other common base.
            except Exception as error:
                kind = _kind(error)
                if kind or attempt == tries:
                    tried = "" if kind or tries == 1 else f" ({tries} tries)"
                    raise BadAudioError(kind or "unreachable", _detail(error) + tried) from error
            time.sleep(WAIT_S * 2 ** (attempt - 1))


@functools.cache
def _system(scheme: str) -> Any:
    """Return the file system for addresses of a scheme."""
    import fsspec

    # They raise whatever they log, and without a handler Python would print it between our lines.
    for library in ("fsspec", "gcsfs", "s3fs"):
        logging.getLogger(library).addHandler(logging.NullHandler())
    return fsspec.filesystem(scheme, **_limits(scheme))


def _tries(scheme: str) -> int:
    """Return how often to try."""
    # gcsfs tries six times by itself, over half a minute.
    return 1 if _EXTRAS.get(scheme) == "gs" else TRIES


def _limits(scheme: str) -> Mapping[str, Any]:
    """Return a file system's options that limit how long it waits for an answer; by default it may wait for ever."""
    if scheme in ("http", "https"):
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=_READ_S)
        return {"client_kwargs": {"timeout": timeout}}
    if _EXTRAS.get(scheme) == "s3":
        # Tried again here, and not there as well.
        limits = {"connect_timeout": _CONNECT_S, "read_timeout": _READ_S, "retries": {"total_max_attempts": 1}}
        return {"config_kwargs": limits}
    return MappingProxyType({})


def _kind(error: Exception) -> str | None:
    """Return the kind of an error that will be the same at the next try; None if the next try may succeed."""
    status = getattr(error, "status", None) or getattr(error, "code", None)
    if isinstance(error, FileNotFoundError) or status in (404, 410):
        return "missing"
    if isinstance(error, PermissionError) or status in (401, 403) or type(error).__name__ in _DENIED:
        return "denied"
    return "folder" if isinstance(error, IsADirectoryError) else None


def _detail(error: Exception) -> str:
    """Return an error in one line, with the name of its class."""
    message = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A track's file on this machine."""

    sha256: str
    """SHA-256 of its bytes."""
    path: Path
    keeper: Temporary | None = None
    """Temporary file of remote audio; deleted when nothing refers to it any more."""


@dataclass(frozen=True, slots=True)
class FetchedArray:
    """A track's embedding that was given in place of audio."""

    sha256: str
    """SHA-256 of the values, float32 in C order."""
    array: Float32Array
    """[T, D]."""

    @classmethod
    def of(cls, array_TD: Float32Array) -> FetchedArray:
        """Return an array [T, D] with its identity."""
        return cls(hashlib.sha256(np.ascontiguousarray(array_TD, "<f4").tobytes()).hexdigest(), array_TD)


Fetched = FetchedFile | FetchedArray


class Fetcher:
    """Fetches files to this machine and hashes them."""

    def __init__(self) -> None:
        self._remote = Remote()

    def __call__(self, audio: str | None) -> FetchedFile:
        """Fetch a track's file.

        Args:
            audio: an absolute path, ``file://``, or an address that fsspec can fetch; None is refused as missing.

        Raises:
            BadAudioError: missing, folder, loop, denied, unreachable, empty, or damaged if the disk fails.
            ImportError: a package is missing; see `adsw.audio.fetch.address_faults`.
        """
        if audio is None:
            raise BadAudioError("missing", "no audio is named")
        keeper = self._remote.fetch(audio) if is_remote(audio) else None
        path = local_path(audio if keeper is None else str(keeper.path))
        try:
            return FetchedFile(file_sha256(path), path, keeper)
        except OSError as error:
            raise bad_audio_of(error) from error
