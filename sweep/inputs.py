"""Opens the space and the stores of a sweep, and reports the faults of all at once."""

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
    """Read the space and open the stores, and check that the space fits each of them.

    Args:
        space: the space's file.
        stores: folders by name; a single store has the name "".

    Returns:
        The checked space with its stores' names, and the open stores by name.

    Raises:
        InputError: with the faults of space and stores, or else with every name of the space that a store lacks.
    """
    openers: list[Callable[[], Any]] = [partial(Store.open, path) for path in stores.values()]
    loaded, *opened = together(lambda: load_space(space), *openers)
    named = dict(zip(stores, opened, strict=True))
    filled = _at_home_anywhere(loaded.with_stores(tuple(named)))
    require_all(filled, named)
    return filled, named


def _at_home_anywhere(space: Space) -> Space:
    """Return the space with absolute paths of evaluation sets, so that a resume finds them from any folder."""
    evaluation_sets = [
        evaluation_set
        if evaluation_set.store is None
        else evaluation_set.model_copy(update={"store": str(Path(evaluation_set.store).resolve())})
        for evaluation_set in space.evaluate
    ]
    return space.model_copy(update={"evaluate": tuple(evaluation_sets)})


def require_all(space: Space, stores: Mapping[str, Store]) -> None:
    """Check that the space fits every store, and that every evaluation set can be read with every store's heads.

    Raises:
        InputError: every fault.
    """
    together(
        *(partial(require_fit, space, store) for store in stores.values()),
        *(partial(_require_set, space, stores, index) for index in range(len(space.evaluate))),
    )


def _require_set(space: Space, stores: Mapping[str, Store], index: int) -> None:
    """Check that an evaluation set has queries, and comes from the encoders of every store."""
    evaluation_set = space.evaluate[index]
    if evaluation_set.store is None:
        for store in stores.values():
            read_queries(store, evaluation_set.split, evaluation_set.dataset, evaluation_set.source)
        return
    held_out = Store.open(Path(evaluation_set.store))
    faults = [
        fault
        for store in stores.values()
        for fault in _other_encoders(f"evaluate.{evaluation_set.name}", held_out, store)
    ]
    if faults:
        raise InputError("The evaluation set cannot be used", faults)
    read_queries(held_out, evaluation_set.split, evaluation_set.dataset, evaluation_set.source)


def _other_encoders(where: str, held_out: Store, store: Store) -> Iterator[Fault]:
    """Yield a fault for each encoder in which an evaluation set's store differs from the training store."""
    for kind in ("audio_encoder", "text_encoder"):
        offered, needed = (getattr(each.info, kind) for each in (held_out, store))
        if (offered.name, offered.revision) != (needed.name, needed.revision):
            rule = f"must have the {kind.replace('_', ' ')} of {store.path}, {needed.name}@{needed.revision}"
            yield Fault(where, rule, f"{offered.name}@{offered.revision}", "Prepare that set with the same encoders.")
