"""Sets named on a command line: STORE or STORE:SPLIT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adsw.encode.schema import SPLITS
from adsw.encode.store import Store
from adsw.errors import Faults, InputError, unknown

ALL = "all"


@dataclass(frozen=True, slots=True)
class NamedSet:
    """Some splits of a store."""

    store: Store
    splits: tuple[str, ...]
    name: str
    """The store's folder and the split; without a slash, so that it can stand in a metric's name."""


def named_sets(given: Sequence[str], default: str) -> list[NamedSet]:
    """Open the sets of these names.

    Args:
        given: each ``STORE`` or ``STORE:SPLIT``, the split being one of the store's or ``all``.
        default: the split where none is named.

    Raises:
        InputError: every fault of every one: what cannot be opened, unknown or empty splits, a set named twice.
    """
    faults = Faults("The sets cannot be compared")
    found: list[NamedSet] = []
    for one in given:
        path, split = _parted(one, default)
        try:
            store = Store.open(Path(path))
        except InputError as error:
            faults.extend(error.faults)
            continue
        if split != ALL and split not in store.splits:
            faults.found.append(unknown(one, split, [*store.splits, ALL], "split"))
            continue
        splits = tuple(store.splits) if split == ALL else (split,)
        if not sum(store.info.splits[name].tracks for name in splits):
            faults.add(one, "must hold tracks, holds none", None, "Name another split.")
        name = f"{Path(path).resolve().name}:{split}"
        if any((other.store.path.resolve(), other.splits) == (Path(path).resolve(), splits) for other in found):
            faults.add(one, "is named twice", None, "Name another split or store.")
        elif any(other.name == name for other in found):
            name = f"{name}@{store.info.fingerprint[:6]}"
        found.append(NamedSet(store, splits, name))
    faults.raise_if_any()
    return found


def _parted(given: str, default: str) -> tuple[str, str]:
    """The path and the split; a colon followed by something else than a split belongs to the path."""
    path, colon, split = given.rpartition(":")
    if colon and path and (split in (*SPLITS, ALL) or not Path(given).exists()) and "/" not in split:
        return path, split
    return given, default
