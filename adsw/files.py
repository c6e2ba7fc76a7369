"""Atomic writing of files: a unique temporary name beside the target, fsync, rename."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from adsw.errors import Faults

_UNPUBLISHED = ".part"


@contextmanager
def publishing(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to; on success it becomes `path`, on failure it is deleted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}{_UNPUBLISHED}")
    try:
        yield temporary
        # The data before the name: after a crash the renamed file must not be empty.
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)  # gone already after success


def remove_unpublished(folder: Path) -> None:
    """Delete the temporary files that killed processes left in a folder, into which no process may be writing."""
    for left in folder.glob(f".*{_UNPUBLISHED}"):
        left.unlink(missing_ok=True)


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


def check_new(where: str, folder: Path, faults: Faults) -> None:
    """Note a fault if a folder holds something already, or is the one the command runs in."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        faults.add(where, "must be a new or an empty folder", str(folder), "Name another.")
    elif folder.resolve() == Path.cwd():
        faults.add(where, "must be another folder than the one you are in", str(folder), "Name one inside it.")


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder to write to; on success it becomes `folder`, on failure it is deleted."""
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that renaming stays on one file system and is atomic.
    temporary = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:12]}.part")
    temporary.mkdir()
    try:
        yield temporary
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
