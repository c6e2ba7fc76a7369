"""Examination of the free space where weights, captions and stores go."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from adsw.doctor.line import GIGABYTE, Line, gigabytes

_LEAST = 5 * GIGABYTE
"""Free bytes below which a disk is warned of: the largest weights, or a store of 100,000 tracks."""


def disks(store: Path | None) -> Iterator[Line]:
    """Report the free space where weights, captions and the store go."""
    from huggingface_hub.constants import HF_HUB_CACHE

    from adsw.augment.captions.protocol import Asking

    yield disk("Hub's cache", Path(HF_HUB_CACHE), "Set HF_HOME to a folder on another disk.")
    yield disk("captions' cache", Asking().folder, "Set ADSW_CACHE to a folder on another disk.")
    yield disk("store", Path.cwd() if store is None else store, "Name a folder on another disk.")


def disk(name: str, folder: Path, fix: str) -> Line:
    """Report whether a folder can be written, and the free space of its disk, even if the folder is not made yet."""
    place = folder.expanduser().absolute()
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK):
        return Line(area="disk", name=name, state="fail", said=f"{folder} cannot be written", fix=fix)
    free = shutil.disk_usage(place).free
    fine = free >= _LEAST
    said = f"{gigabytes(free)} free at {folder}"
    return Line(area="disk", name=name, state="ok" if fine else "warn", said=said, fix="" if fine else fix)
