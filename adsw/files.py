"""Atomic writing of files: a unique temporary name beside the target, fsync, rename."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from adsw.errors import Faults
from adsw.system_errors import FIXES, naming

_UNPUBLISHED = ".part"


@contextmanager
def publishing(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to; on success it becomes `path`, on failure it is deleted.

    Raises:
        OSError: it cannot be written; the error's file is `path`.
    """
    temporary = _temporary(path)
    with naming(str(path), temporary):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            # The data before the name: after a crash the renamed file must not be empty.
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            temporary.replace(path)
        finally:
            with contextlib.suppress(OSError):  # gone already after success; after a failure that one is to be told
                temporary.unlink(missing_ok=True)


def _temporary(path: Path) -> Path:
    """Return a unique path beside another, so that renaming stays on one file system and is atomic."""
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}{_UNPUBLISHED}")


def remove_unpublished(folder: Path) -> None:
    """Delete the temporary files that killed processes left in a folder, into which no process may be writing."""
    for left in folder.glob(f".*{_UNPUBLISHED}"):
        left.unlink(missing_ok=True)


def keep_before(path: Path, name: Path) -> None:
    """Give the contents that a file has now a second name, in place of what had it, if the file system can.

    The next contents may be lost with the machine, and these are on the disk.
    """
    name.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        os.link(path, name)


def publish_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` atomically."""
    with publishing(path) as temporary:
        temporary.write_bytes(data)


def publish_text(path: Path, text: str) -> None:
    """Write `text` to `path` atomically, as UTF-8."""
    publish_bytes(path, text.encode())


def publish_json(path: Path, value: Any) -> None:
    """Write `value` to `path` atomically, as indented JSON that refuses NaN."""
    publish_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def check_new(where: str, folder: Path, faults: Faults, mark: str = "", force: bool = False) -> None:
    """Note a fault if a folder holds something already, or is the one the command runs in.

    Args:
        where: the option that names it.
        folder: where the command will write.
        faults: the collection to note it in.
        mark: a file that every folder of this command has: with `force` such a folder may be replaced, and no other.
        force: whether it may.
    """
    holds = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if holds and force and not (folder / mark).is_file():
        fix = "Name another: --force replaces only what this command has written."
        faults.add(where, f"must be a folder with {mark} in it to be replaced", str(folder), fix)
    elif holds and not force:
        fix = "Name another, or replace it with --force." if (folder / mark).is_file() and mark else "Name another."
        faults.add(where, "must be a new or an empty folder", str(folder), fix)
    elif folder.resolve() == Path.cwd():
        faults.add(where, "must be another folder than the one you are in", str(folder), "Name one inside it.")
    else:
        check_writable(where, folder, faults)


def clear(folder: Path) -> None:
    """Delete a folder that `check_new` has let pass, with all that it holds; nothing if it is not there."""
    if folder.exists():
        shutil.rmtree(folder)


def check_file(where: str, file: Path | None, faults: Faults) -> None:
    """Note a fault if a file cannot be written: its path is a folder's, or `check_writable` fails. None is no file."""
    if file is not None and file.is_dir():
        faults.add(where, "must be a file, is a folder", str(file), "Name a file in it.")
    elif file is not None:
        check_writable(where, file, faults)


def check_writable(where: str, place: Path, faults: Faults) -> None:
    """Note a fault if a file or folder cannot be written, by writing a block where it is or would be made.

    Args:
        where: the option that names it.
        place: the file or folder; it and the folders above it may be missing.
        faults: the collection to note it in.
    """
    try:
        _temporary(place.resolve()).exists()  # a name too long is found by nothing else
        folder = place.resolve()
        while not folder.exists():
            folder = folder.parent
        if folder == place.resolve() and not folder.is_dir():  # a file that is to be replaced
            folder = folder.parent
        with tempfile.TemporaryFile(dir=folder, buffering=0) as probe:
            probe.write(b"\0" * 4096)
    except OSError as error:
        fix = FIXES.get(error.errno or 0, "Name another place.")
        faults.add(where, f"cannot be written: {error.strerror or error}", str(place), fix)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder to write to; on success it becomes `folder`, on failure it is deleted."""
    folder = folder.resolve()
    temporary = _temporary(folder)
    with naming(str(folder), temporary):
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary.mkdir()
        try:
            yield temporary
            temporary.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
