"""Atomic writing of a folder: it appears under its name when it is complete, or not at all."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adsw.errors import Faults


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
