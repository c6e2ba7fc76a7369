"""Which of a run's stores a trial means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Kept = TypeVar("Kept")


def of_store(stores: Mapping[str, Kept], name: str) -> Kept:
    """What is kept for a store; a trial that names none is on the run's first.

    Raises:
        KeyError: the run has no store of that name.

    >>> of_store({"mert": 1, "htsat": 2}, ""), of_store({"mert": 1, "htsat": 2}, "htsat")
    (1, 2)
    """
    return stores[name] if name or "" in stores else next(iter(stores.values()))
