"""What `sweep.json` says of a new sweep: everything needed to run it again, and to know what it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweep.provenance import code_revision, versions
from sweep.space.model import Space

if TYPE_CHECKING:
    from adsw.encode.store import StoreInfo


def sweep_document(
    space: Space,
    store_path: Path,
    store: StoreInfo,
    command: Sequence[str],
    searcher: Mapping[str, Any],
    cells: int,
    slots: int,
    seed: int,
) -> dict[str, Any]:
    """Content for `RunFolder.create`.

    Args:
        space: what is searched; kept with its defaults filled in.
        store_path: where the store lies; kept absolute, so that a resume finds it from anywhere.
        store: its description.
        command: the command line, as `sys.argv`.
        searcher: every setting of the searcher (`sweep.searchers.settings_of`).
        cells: training cells.
        slots: trials trained at once in a cell.
        seed: training seed of the trials.
    """
    return {
        "space": space.document(),
        "store": {
            "path": str(store_path.resolve()),
            "fingerprint": store.fingerprint,
            "audio_encoder": f"{store.audio_encoder.name}@{store.audio_encoder.revision}",
            "text_encoder": f"{store.text_encoder.name}@{store.text_encoder.revision}",
            "captioner": store.captioner,
            "splits": {name: split.model_dump(mode="json") for name, split in store.splits.items()},
        },
        "searcher": dict(searcher),
        "versions": versions(),
        "code": code_revision(),
        "command": list(command),
        "cells": cells,
        "slots": slots,
        "seconds": 0.0,
        "startup_seconds": 0.0,
        "seed": seed,
    }
