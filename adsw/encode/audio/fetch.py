"""Fetching of a track's audio: a file on this machine, and the identity of its bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from adsw.encode.audio.bad import BadAudioError
from adsw.encode.audio.local import local_path, told
from adsw.encode.audio.remote import Remote, Temporary, is_remote
from adsw.encode.protocol import Float32Array
from adsw.fingerprint import file_sha256


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
            ImportError: a package is missing; see `adsw.encode.audio.remote.address_faults`.
        """
        if audio is None:
            raise BadAudioError("missing", "no audio is named")
        keeper = self._remote.fetch(audio) if is_remote(audio) else None
        path = local_path(audio if keeper is None else str(keeper.path))
        try:
            return FetchedFile(file_sha256(path), path, keeper)
        except OSError as error:
            raise told(error) from error
