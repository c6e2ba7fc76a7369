"""The audio files under a root: listed once, then looked up by name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit
from urllib.request import url2pathname

from adsw.errors import Faults

SUFFIXES = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".mp4", ".webm", ".aif", ".aiff", ".wma")
"""Suffixes that ``.*`` stands for; where a track has files in several formats the first suffix is taken."""
_FOLDERS = ("", "audio/", "data/", "data/audio/")
"""Folders of a root in which published archives keep their audio."""
_ANY = ".*"
_FIX = "Name the folder that holds the audio."


class AudioFiles:
    """The files under a root.

    >>> AudioFiles("/music", ["audio/7.MP3", "7.txt"]).find("7.*")
    '/music/audio/7.MP3'
    """

    def __init__(self, root: str, names: list[str]) -> None:
        """Index the files of a root by their names without suffix.

        Args:
            root: an absolute path, or an address.
            names: of the files, relative to it, with ``/`` between the parts.
        """
        self.root = root
        self.names = sorted(names)
        self._all = frozenset(names)
        self._by_stem: dict[str, str] = {}
        of_suffix: dict[str, list[tuple[str, str]]] = {}
        for name in self.names:
            suffix = PurePosixPath(name).suffix
            of_suffix.setdefault(suffix.lower(), []).append((name.removesuffix(suffix), name))
        # In the order of SUFFIXES, so that `setdefault` keeps the preferred format of a name.
        for suffix in SUFFIXES:
            for stem, name in of_suffix.get(suffix, ()):
                self._by_stem.setdefault(stem, name)

    def find(self, name: str) -> str | None:
        """Return the path or address of a file in the root or in a folder where archives keep audio, or None.

        Args:
            name: relative to one of these; ``.*`` at its end stands for any audio suffix.
        """
        for folder in _FOLDERS:
            wanted = folder + name
            path = self._by_stem.get(wanted.removesuffix(_ANY)) if wanted.endswith(_ANY) else wanted
            if path in self._all:
                return f"{self.root.rstrip('/')}/{path}"
        return None

    def examples(self, most: int = 3) -> list[str]:
        """Return the first few names, of audio files if there are any."""
        audio = [name for name in self.names if PurePosixPath(name).suffix.lower() in SUFFIXES]
        return (audio or self.names)[:most]


def audio_files(root: str, faults: Faults) -> AudioFiles | None:
    """List the files under a root; note a fault and return None if it cannot be listed.

    Args:
        root: a folder, or the address of one (``file://``, ``s3://``, ``gs://``, ...).
        faults: receives the fault.
    """
    scheme, mark, rest = root.partition("://")
    if not mark or scheme.lower() == "file":
        folder = Path(url2pathname(urlsplit(root).path) if mark else root)
        return _local(Path(os.path.abspath(folder)), faults)  # noqa: PTH100 (a link in it stays one)
    if scheme.lower() in ("http", "https"):
        faults.add("--audio-root", "cannot be listed: a web server does not say what it holds", root, _FIX)
        return None
    return _remote(f"{scheme}://{rest.rstrip('/')}", faults)


def _local(root: Path, faults: Faults) -> AudioFiles | None:
    """List the files below a local folder."""
    if not root.is_dir():
        faults.add("--audio-root", "is no folder" if root.exists() else "does not exist", str(root), _FIX)
        return None
    return AudioFiles(str(root), list(_below(root, "", set(), faults)))


def _below(folder: Path, prefix: str, seen: set[tuple[int, int]], faults: Faults) -> Iterator[str]:
    """Yield the names of the files in a folder and the folders below it, following links, entering no folder twice."""
    try:
        folder_stat = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        faults.add(str(folder), f"cannot be listed: {error.strerror}", None, "Make it readable, or move it away.")
        return
    # A link can lead back to a folder above it: a path would never repeat, the folder's number does.
    if (folder_stat.st_dev, folder_stat.st_ino) in seen:
        return
    seen.add((folder_stat.st_dev, folder_stat.st_ino))
    for entry in entries:
        try:
            is_folder, is_file = entry.is_dir(), entry.is_file()
        except OSError:  # a link that leads to itself
            continue
        if is_folder:
            yield from _below(folder / entry.name, f"{prefix}{entry.name}/", seen, faults)
        elif is_file:
            yield prefix + entry.name


def _remote(root: str, faults: Faults) -> AudioFiles | None:
    """List the files below an address by fsspec."""
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(root)
        below = path.rstrip("/") + "/"
        names = [name.removeprefix(below) for name in system.find(path)]
        if not names:
            raise FileNotFoundError("holds no files")
    except Exception as error:  # every kind of storage has errors of its own
        faults.add("--audio-root", f"cannot be listed: {error}", root, "Check the address and who may read it.")
        return None
    return AudioFiles(root, names)
