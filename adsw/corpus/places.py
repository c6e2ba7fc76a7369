"""Places of audio: local paths and addresses, relative to a root or absolute."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from urllib.parse import quote

_QUOTED = ("file://", "http://", "https://")
"""Addresses in which special characters of a name are percent-encoded; object stores take names unchanged."""


def is_address(place: str | Path) -> bool:
    """Return whether a place is a URI rather than a path.

    >>> is_address("s3://bucket/a.wav"), is_address("music/a.wav")
    (True, False)
    """
    return isinstance(place, str) and "://" in place


def joined(root: str | Path, audio: str) -> str:
    """Join a root and the name of a track's audio; an address or an absolute path is returned unchanged.

    Args:
        root: a folder, or an address.
        audio: as a manifest names it.

    >>> joined("s3://bucket/music/", "a/b c.wav")
    's3://bucket/music/a/b c.wav'
    >>> joined("https://host/music", "b c#1.wav")
    'https://host/music/b%20c%231.wav'
    """
    if is_address(audio) or not isinstance(root, str) or not is_address(root):
        return audio if is_address(audio) else os.path.normpath(Path(root) / audio)
    if os.path.isabs(audio):  # noqa: PTH117 - no path is made of it
        return os.path.normpath(audio)
    name = posixpath.normpath(audio)
    return f"{root.rstrip('/')}/{quote(name) if root.lower().startswith(_QUOTED) else name}"
