"""Content of `sweep.json` for a new sweep: everything needed to run it again, and to know what it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweep.provenance import code_digest, code_revision, versions
from sweep.space.model import Space

if TYPE_CHECKING:
    from adsw.encode.store import Store


def sweep_document(
    space: Space,
    stores: Mapping[str, Store],
    command: Sequence[str],
    searcher: Mapping[str, Any],
    cells: int,
    slots: int,
    seed: int,
    device: str,
) -> dict[str, Any]:
    """Return the content of sweep.json for `RunFolder.create`.

    Args:
        space: what is searched; kept with its defaults filled in.
        stores: the stores by name, the first of them named `store` too; kept by absolute paths, so that a resume finds
            them from anywhere.
        command: the command line, as `sys.argv`.
        searcher: every setting of the searcher (`sweep.searchers.settings_of`).
        cells: training cells.
        slots: trials trained at once in a cell.
        seed: training seed of the trials.
        device: ``cpu`` or ``gpu``.
    """
    entries = {name: _entry(store) for name, store in stores.items()}
    return {
        "space": space.document(),
        "store": next(iter(entries.values())),
        **({"stores": entries} if len(entries) > 1 or "" not in entries else {}),
        "sets": {entry.name: _fingerprint(entry.store) for entry in space.evaluate if entry.store is not None},
        "searcher": dict(searcher),
        "versions": versions(),
        "code": {**code_revision(), "digest": code_digest()},
        "command": list(command),
        "cells": cells,
        "slots": slots,
        "device": device,
        "seconds": 0.0,
        "startup_seconds": 0.0,
        "seed": seed,
    }


def _fingerprint(path: str) -> str:
    """Read the fingerprint of a store."""
    from adsw.encode.store import Store

    return Store.open(Path(path)).info.fingerprint


def _entry(store: Store) -> dict[str, Any]:
    """Return the entry of a store."""
    info = store.info
    return {
        "path": str(store.path.resolve()),
        "fingerprint": info.fingerprint,
        "audio_encoder": f"{info.audio_encoder.name}@{info.audio_encoder.revision}",
        "text_encoder": f"{info.text_encoder.name}@{info.text_encoder.revision}",
        "captioner": info.captioner,
        "splits": {name: split.model_dump(mode="json") for name, split in info.splits.items()},
    }
