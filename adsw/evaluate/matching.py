"""Whether a checkpoint can be used with a store: the heads understand only the encoders they were trained
on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from adsw.align import checkpoint as checkpoints
from adsw.align.checkpoint import Checkpoint
from adsw.encode.protocol import EncoderInfo
from adsw.encode.store import Store
from adsw.errors import Fault, Faults, InputError

Opened = TypeVar("Opened")


def open_together(checkpoint: Path, stores: Sequence[Path]) -> tuple[Checkpoint, list[Store]]:
    """Open a checkpoint and the stores it is used with.

    Raises:
        InputError: every fault of every one of them: what cannot be opened, and stores that do not match.
    """
    faults = Faults("The checkpoint cannot be used so")
    trained = _opened(checkpoints.load, checkpoint, faults)
    opened = [store for path in stores for store in _opened(Store.open, path, faults)]
    faults.extend(fault for one in trained for store in opened for fault in mismatches(one, store))
    faults.raise_if_any()
    return trained[0], opened


def mismatches(checkpoint: Checkpoint, store: Store) -> list[Fault]:
    """Why the store's embeddings mean nothing to the heads: another encoder, revision or shape. Empty where
    they do."""
    info = store.info
    pairs = [
        ("audio encoder", checkpoint.audio_encoder, info.audio_encoder),
        ("text encoder", checkpoint.text_encoder, info.text_encoder),
    ]
    found = [
        Fault(str(store.path), f"{what} must be {_named(trained)}, as in training", _named(given), _PREPARE)
        for what, trained, given in pairs
        if (trained.name, trained.revision) != (given.name, given.revision)
    ]
    if not found and checkpoint.dimensions != info.dimensions:
        rule = f"dimensions must be {checkpoint.dimensions}, as in training"
        found.append(Fault(str(store.path), rule, str(info.dimensions), _PREPARE))
    return found


def remarks(checkpoint: Checkpoint, store: Store, split: str) -> list[str]:
    """What a reader must know of the figures: whether they are of the training's own tracks."""
    if checkpoint.store_fingerprint != store.info.fingerprint:
        return [
            f"The checkpoint was trained on another store ({checkpoint.store_fingerprint[:12]}) than this one "
            f"({store.info.fingerprint[:12]}): its tracks may overlap with those of the training."
        ]
    if split == "train":
        return ["The checkpoint was trained on these very tracks: the figures show its memory too."]
    return []


def encoder_fault(given: EncoderInfo, trained: EncoderInfo, checkpoint: Path) -> Fault | None:
    """Why the installed encoder is not the one of the training, or None where it is."""
    if (given.name, given.revision) == (trained.name, trained.revision):
        return None
    rule = f"{trained.kind} encoder must be {_named(trained)}, as in training"
    return Fault(str(checkpoint), rule, _named(given), "Install the version that the checkpoint was trained with.")


_PREPARE = "Prepare a store with the checkpoint's encoders, or name another checkpoint."


def _opened(opening: Callable[[Path], Opened], path: Path, faults: Faults) -> list[Opened]:
    """What is opened, or nothing and its faults noted."""
    try:
        return [opening(path)]
    except InputError as error:
        faults.extend(error.faults)
        return []


def _named(info: EncoderInfo) -> str:
    return f"{info.name}@{info.revision}"
