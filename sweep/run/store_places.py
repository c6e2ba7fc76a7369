"""Where the stores of a run lie, so that a resume finds them from any folder and after a move.

`sweep.json` holds each store's absolute path as it was when the sweep began, and in `places` where it was found last:
relative to the run folder where the store lies beside the folder of runs, so that both can be moved together.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adsw.errors import Fault, Faults, InputError, unknown
from adsw.store.store import STORE_FILE, Store
from sweep.run.command_lines import command_line
from sweep.run.folder import RunFolder
from sweep.run.sweep_record import StoreRecord, SweepRecord
from sweep.space.load import parse_space
from sweep.space.model import Space

SET = "evaluate."
"""Before the name of an evaluation set, in `places` and after ``--store``."""


def place_of(run: Path, store: Path) -> str:
    """Return the path of a store as `places` keeps it.

    >>> place_of(Path("/music/runs/first"), Path("/music/stores/mine"))
    '../../stores/mine'
    >>> place_of(Path("/home/me/runs/first"), Path("/shared/stores/mine"))
    '/shared/stores/mine'
    """
    run, store = run.resolve(), store.resolve()
    home = run.parent.parent
    beside = home != Path(home.anchor) and store.is_relative_to(home)
    return os.path.relpath(store, run) if beside else str(store)


def places_of(run: Path, stores: Mapping[str, Path], space: Space) -> dict[str, str]:
    """Return the places of a run's stores and of those of its evaluation sets, by name.

    Args:
        run: the run folder, which need not be there yet.
        stores: the stores by name.
        space: names the evaluation sets.
    """
    sets = {SET + each.name: Path(each.store) for each in space.evaluate if each.store is not None}
    return {name: place_of(run, path) for name, path in {**stores, **sets}.items()}


@dataclass(frozen=True, slots=True)
class Reopened:
    """What a resume goes on with."""

    space: Space
    """Its evaluation sets with the paths of today."""
    stores: dict[str, Store]
    places: dict[str, str]
    """To be kept in `sweep.json`."""


def reopen(folder: RunFolder, given: Mapping[str, Path] | None = None) -> Reopened:
    """Read the space of an existing run, and find and open its stores and those of its evaluation sets.

    Args:
        folder: the run folder.
        given: places that the user names, by name of store, ``evaluate.NAME`` for a set's; others are as recorded.

    Raises:
        InputError: with every store that is missing, damaged or another one than the sweep began with, and every name
            given that is none of the run's.
    """
    sweep, given = folder.read_sweep(), dict(given or {})
    space = parse_space(sweep.space)
    faults = Faults("The sweep cannot be resumed")
    wanted = _wanted(sweep, space)
    if list(given) == [""] and len(sweep.named_stores) == 1:  # one store needs no name, though it may have one
        given = {next(iter(sweep.named_stores)): given[""]}
    faults.extend(unknown("--store", name, wanted, "store of the run") for name in given if name not in wanted)
    opened = {
        name: _open(folder, name, entry, _candidates(folder.path, sweep, name, entry, given.get(name)), faults)
        for name, entry in wanted.items()
    }
    faults.raise_if_any()
    found = {name: store for name, store in opened.items() if store is not None}
    sets = tuple(
        each if each.store is None else each.model_copy(update={"store": str(found[SET + each.name].path.resolve())})
        for each in space.evaluate
    )
    stores = {name: found[name] for name in sweep.named_stores}
    space = space.model_copy(update={"evaluate": sets})
    return Reopened(space, stores, places_of(folder.path, {name: store.path for name, store in stores.items()}, space))


def stores_of(run: Path, sweep: SweepRecord) -> dict[str, StoreRecord]:
    """Return the records of a run's stores by name, with the paths at which they lie today as far as they are found."""
    found = {}
    for name, entry in sweep.named_stores.items():
        places = [path for path in _candidates(run, sweep, name, entry) if (path / STORE_FILE).is_file()]
        found[name] = entry.model_copy(update={"path": str(places[0])}) if places else entry
    return found


def _wanted(sweep: SweepRecord, space: Space) -> dict[str, StoreRecord]:
    """Return what is known of every store to be opened, those of evaluation sets among them."""
    sets = {
        SET + each.name: StoreRecord(path=each.store, fingerprint=sweep.sets.get(each.name))
        for each in space.evaluate
        if each.store is not None
    }
    return {**sweep.named_stores, **sets}


def _candidates(
    run: Path, sweep: SweepRecord, name: str, entry: StoreRecord, given: Path | None = None
) -> tuple[Path, ...]:
    """Return where a store may lie: where the user says, or where it was found last and where it was at first."""
    if given is not None:
        return (given,)
    last = [(run / sweep.places[name]).resolve()] if name in sweep.places else []
    return tuple(dict.fromkeys([*last, Path(entry.path or "")]))


def _open(
    folder: RunFolder, name: str, entry: StoreRecord, candidates: tuple[Path, ...], faults: Faults
) -> Store | None:
    """Return the first store among the candidates with the fingerprint of the sweep's, or note the faults of all."""
    option = f"--store {name + '=' if name else ''}PATH"
    moved = f"If it was moved, say where: {command_line('resume', folder.path)} {option}"
    found: list[Fault] = []
    for path in candidates:
        try:
            store = Store.open(path)
        except InputError as error:
            found.extend(Fault(fault.where, fault.rule, fault.value, moved) for fault in error.faults)
            continue
        if entry.fingerprint in (None, store.info.fingerprint):
            return store
        rule = f"must have the fingerprint the sweep began with, {(entry.fingerprint or '')[:12]}"
        found.append(Fault(str(path), rule, store.info.fingerprint[:12], f"{moved}; or begin a new sweep on this one."))
    faults.extend(found)
    return None
