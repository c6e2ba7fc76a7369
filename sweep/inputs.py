"""Opens what a sweep is made of, and tells the faults of all of it at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from adsw.encode.store import Store
from adsw.errors import Fault, InputError, together
from adsw.evaluate.query_sets import read_queries
from sweep.fit import require_fit
from sweep.space.load import load_space
from sweep.space.model import Space


def open_inputs(space: Path, stores: Mapping[str, Path]) -> tuple[Space, dict[str, Store]]:
    """The checked space and the open stores, which have all that the space names.

    Args:
        space: the space's file.
        stores: folders by name; a single store has the name "".

    Raises:
        InputError: with the faults of all of them, or with what of the space is not in a store.
    """
    openers: list[Callable[[], Any]] = [partial(Store.open, path) for path in stores.values()]
    found, *opened = together(lambda: load_space(space), *openers)
    named = dict(zip(stores, opened, strict=True))
    filled = _at_home_anywhere(found.with_stores(tuple(named)))
    require_all(filled, named)
    return filled, named


def _at_home_anywhere(space: Space) -> Space:
    """The space with the paths of evaluation sets absolute, so that a resume finds them from any folder."""
    sets = [
        one if one.store is None else one.model_copy(update={"store": str(Path(one.store).resolve())})
        for one in space.evaluate
    ]
    return space.model_copy(update={"evaluate": tuple(sets)})


def require_all(space: Space, stores: Mapping[str, Store]) -> None:
    """See that the space fits every store, and that every evaluation set can be read with every store's heads.

    Raises:
        InputError: every fault.
    """
    together(
        *(partial(require_fit, space, store) for store in stores.values()),
        *(partial(_require_set, space, stores, index) for index in range(len(space.evaluate))),
    )


def _require_set(space: Space, stores: Mapping[str, Store], index: int) -> None:
    one = space.evaluate[index]
    if one.store is None:
        for store in stores.values():
            read_queries(store, one.split, one.dataset, one.source)
        return
    place = Store.open(Path(one.store))
    faults = [fault for store in stores.values() for fault in _other_encoders(f"evaluate.{one.name}", place, store)]
    if faults:
        raise InputError("The evaluation set cannot be used", faults)
    read_queries(place, one.split, one.dataset, one.source)


def _other_encoders(where: str, place: Store, store: Store) -> Iterator[Fault]:
    """What makes a store's embeddings strange to heads trained on another."""
    for kind in ("audio_encoder", "text_encoder"):
        theirs, ours = (getattr(one.info, kind) for one in (place, store))
        if (theirs.name, theirs.revision) != (ours.name, ours.revision):
            rule = f"must have the {kind.replace('_', ' ')} of {store.path}, {ours.name}@{ours.revision}"
            yield Fault(where, rule, f"{theirs.name}@{theirs.revision}", "Prepare that set with the same encoders.")
