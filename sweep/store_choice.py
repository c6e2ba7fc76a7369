"""Choice of a trial's store among those of its run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Kept = TypeVar("Kept")


def of_store(stores: Mapping[str, Kept], name: str) -> Kept:
    """Return the value of a trial's store; a trial without a store's name is on the run's first.

    Raises:
        KeyError: the run has no store of that name.

    >>> of_store({"mert": 1, "htsat": 2}, ""), of_store({"mert": 1, "htsat": 2}, "htsat")
    (1, 2)
    """
    return stores[name] if name or "" in stores else next(iter(stores.values()))
