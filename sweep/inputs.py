"""Opens what a sweep is made of, and tells the faults of all of it at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from adsw.errors import together

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
