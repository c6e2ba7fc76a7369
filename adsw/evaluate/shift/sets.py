"""Sets named on a command line: STORE or STORE:SPLIT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adsw.encode.schema import SPLITS
from adsw.encode.store import Store
from adsw.errors import Faults, InputError, unknown

ALL = "all"
"""Stands for all splits of a store."""


@dataclass(frozen=True, slots=True)
class NamedSet:
    """Some splits of a store, as one set."""

    store: Store
    splits: tuple[str, ...]
    name: str
    """The store's folder and the split, without a slash, so that it can be part of a metric's name."""


def named_sets(given: Sequence[str], default: str) -> list[NamedSet]:
    """Open the sets with the given names.

    Args:
        given: names as ``STORE`` or ``STORE:SPLIT``, with a split of the store or ``all``.
        default: the split of a name without one.

    Raises:
        InputError: with all faults: what cannot be opened, unknown or empty splits, sets named twice.
    """
    faults = Faults("The sets cannot be compared")
    sets: list[NamedSet] = []
    for text in given:
        path, split = _parted(text, default)
        try:
            store = Store.open(Path(path))
        except InputError as error:
            faults.extend(error.faults)
            continue
        if split != ALL and split not in store.splits:
            faults.found.append(unknown(text, split, [*store.splits, ALL], "split"))
            continue
        splits = tuple(store.splits) if split == ALL else (split,)
        if not sum(store.info.splits[name].tracks for name in splits):
            faults.add(text, "must hold tracks, holds none", None, "Name another split.")
        name = f"{Path(path).resolve().name}:{split}"
        if any((other.store.path.resolve(), other.splits) == (Path(path).resolve(), splits) for other in sets):
            faults.add(text, "is named twice", None, "Name another split or store.")
        elif any(other.name == name for other in sets):
            # Folders of the same name in different places.
            name = f"{name}@{store.info.fingerprint[:6]}"
        sets.append(NamedSet(store, splits, name))
    faults.raise_if_any()
    return sets


def _parted(given: str, default: str) -> tuple[str, str]:
    """Return the path and the split of a name.

    The split follows the last colon, unless that part holds a slash, or is no split and the whole exists as a path.
    """
    path, colon, split = given.rpartition(":")
    if colon and path and (split in (*SPLITS, ALL) or not Path(given).exists()) and "/" not in split:
        return path, split
    return given, default
