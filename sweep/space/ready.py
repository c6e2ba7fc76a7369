"""The ready spaces, which come with the package and are found by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from adsw.errors import Fault, InputError, nearest

FOLDER = Path(__file__).parents[1] / "ready_spaces"

_HEAD = re.compile(r"^# (Question|Cost):\s*(.*(?:\n#\s{4,}.*)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Ready:
    """A ready space, by what its file says at its head."""

    name: str
    path: Path
    question: str
    cost: str


@lru_cache(maxsize=1)
def ready_spaces() -> tuple[Ready, ...]:
    """Return the ready spaces by name."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        head = {key: " ".join(re.sub(r"\n#\s+", " ", text).split()) for key, text in _HEAD.findall(path.read_text())}
        found.append(Ready(path.stem, path, head.get("Question", ""), head.get("Cost", "")))
    return tuple(found)


def find(given: Path) -> Path:
    """Return the file of a space: the one given, or the ready space of that name.

    Raises:
        InputError: there is neither; it suggests the nearest name.
    """
    if given.exists():
        return given
    ready = {space.name: space.path for space in ready_spaces()}
    if given.parent == Path() and given.name in ready:
        return ready[given.name]
    # A file of the repository's folder, named from another folder.
    meant = given.stem if given.stem in ready else nearest(given.stem, ready)
    fix = f"Did you mean the ready space {meant}?" if meant else "The ready spaces: sweep spaces"
    raise InputError(f"{given} cannot be used", [Fault(str(given), "there is no such file or ready space", None, fix)])
