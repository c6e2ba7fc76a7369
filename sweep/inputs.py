"""Opens what a sweep is made of, and tells the faults of all of it at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adsw.errors import Fault, InputError

if TYPE_CHECKING:
    from adsw.encode.store import Store
    from sweep.space.model import Space


def open_inputs(space: Path, store: Path) -> tuple[Space, Store]:
    """The checked space and the open store, which has all that the space names.

    Raises:
        InputError: with the faults of both, or with what of the space is not in the store.
    """
    from adsw.encode.store import Store
    from sweep.fit import require_fit
    from sweep.space.load import load_space

    opened: tuple[Space, Store] = together(lambda: load_space(space), lambda: Store.open(store))
    require_fit(*opened)
    return opened


def together(*openers: Callable[[], Any]) -> Any:
    """Results of all, as a tuple.

    Raises:
        InputError: what any of them found, under one title where several found faults.
    """
    results, errors = [], []
    for opener in openers:
        try:
            results.append(opener())
        except InputError as error:
            errors.append(error)
    if errors:
        faults: list[Fault] = [fault for error in errors for fault in error.faults]
        raise InputError("; ".join(error.title for error in errors), faults)
    return tuple(results)
