"""The split that the name of a public set's file states."""

from __future__ import annotations

import re
from pathlib import Path

_SPLITS = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "validation": "valid",
    "val": "valid",
    "dev": "valid",
    "test": "test",
    "eval": "test",
}
_WORD = re.compile(r"[a-z]+")


def named_split(path: Path) -> str:
    """Return ``train``, ``valid`` or ``test`` as the last such word of a file's name says, or an empty string.

    >>> named_split(Path("autotagging_moodtheme-validation.tsv"))
    'valid'
    """
    words = [_SPLITS[word] for word in _WORD.findall(path.stem.lower()) if word in _SPLITS]
    return words[-1] if words else ""
