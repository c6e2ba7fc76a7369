"""Check that a checkpoint fits a store: heads can be used only with the encoders they were trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from adsw.encoders.protocol import EncoderInfo, TextEncoder
from adsw.encoders.weights import GIVEN
from adsw.errors import Fault, Faults, InputError, unknown
from adsw.store.store import Store
from adsw.train import checkpoint as checkpoints
from adsw.train.checkpoint import Checkpoint

Opened = TypeVar("Opened")


def open_together(checkpoint: Path, stores: Sequence[Path]) -> tuple[Checkpoint, list[Store]]:
    """Open a checkpoint and the stores it is used with.

    Raises:
        InputError: with all faults: what cannot be opened, and stores that do not match the checkpoint.
    """
    faults = Faults("The checkpoint cannot be used so")
    trained = _opened(checkpoints.load, checkpoint, faults)
    opened = [store for path in stores for store in _opened(Store.open, path, faults)]
    faults.extend(fault for heads in trained for store in opened for fault in mismatches(heads, store))
    faults.raise_if_any()
    return trained[0], opened


def mismatches(checkpoint: Checkpoint, store: Store) -> list[Fault]:
    """Return the reasons why a checkpoint's heads cannot read a store's embeddings; empty if they can.

    Encoders must be the same by name and revision, and embeddings of the same dimensions.
    """
    info = store.info
    pairs = [
        ("audio encoder", checkpoint.audio_encoder, info.audio_encoder),
        ("text encoder", checkpoint.text_encoder, info.text_encoder),
    ]
    faults = [
        Fault(str(store.path), f"{what} must be {_named(trained)}, as in training", _named(given), _PREPARE)
        for what, trained, given in pairs
        if (trained.name, trained.revision) != (given.name, given.revision)
    ]
    # With another encoder the dimensions differ too, which would be no news.
    if not faults and not checkpoint.dimensions.same_shapes(info.dimensions):
        rule = f"dimensions must be {checkpoint.dimensions}, as in training"
        faults.append(Fault(str(store.path), rule, str(info.dimensions), _PREPARE))
    return faults


def remarks(checkpoint: Checkpoint, store: Store, split: str) -> list[str]:
    """Return sentences that warn if the evaluated tracks may be, or are, those of the training."""
    if checkpoint.store_fingerprint != store.info.fingerprint:
        name = checkpoint.audio_encoder.name
        given = (
            f"The audio embeddings of both stores were given: that one encoder made them rests on their name, {name}, "
            "and cannot be checked."
        )
        return [
            *([given] if name.startswith(GIVEN) else []),
            f"The checkpoint was trained on another store ({checkpoint.store_fingerprint[:12]}) than this one "
            f"({store.info.fingerprint[:12]}): its tracks may overlap with those of the training.",
        ]
    if split == "train":
        return ["The checkpoint was trained on these very tracks: the figures show its memory too."]
    return []


def encoder_fault(given: EncoderInfo, trained: EncoderInfo, checkpoint: Path) -> Fault | None:
    """Return a fault if the installed encoder is not the one of the training, or None.

    Args:
        given: the installed encoder.
        trained: the encoder of the training.
        checkpoint: file that the fault names.
    """
    if (given.name, given.revision) == (trained.name, trained.revision):
        return None
    rule = f"{trained.kind} encoder must be {_named(trained)}, as in training"
    return Fault(str(checkpoint), rule, _named(given), "Install the version that the checkpoint was trained with.")


_PREPARE = "Prepare a store with the checkpoint's encoders, or name another checkpoint."


def _opened(opening: Callable[[Path], Opened], path: Path, faults: Faults) -> list[Opened]:
    """Return what is opened as a list of one; note the faults and return an empty list if it cannot be."""
    try:
        return [opening(path)]
    except InputError as error:
        faults.extend(error.faults)
        return []


def _named(info: EncoderInfo) -> str:
    """Return an encoder as ``name@revision``."""
    return f"{info.name}@{info.revision}"


def check_ready(checkpoint: Checkpoint, store: Store, split: str, encoder: TextEncoder | None, faults: Faults) -> None:
    """Add the reasons why they cannot be used together to some faults.

    Reasons are other encoders than the training's, in the store or installed, and a split that is missing or empty.

    Args:
        checkpoint: the trained heads.
        store: the store to use them on.
        split: name of its split.
        encoder: the encoder that will embed new texts; None if there are none.
        faults: receives the faults.
    """
    faults.extend(mismatches(checkpoint, store))
    if encoder is not None:
        fault = encoder_fault(encoder.info, checkpoint.text_encoder, checkpoint.path)
        faults.extend([] if fault is None else [fault])
    if split not in store.info.splits:
        faults.extend([unknown(f"{store.path}", split, store.splits, "split")])
    elif not store.info.splits[split].tracks:
        faults.add(f"{store.path}, split {split}", "must hold tracks, holds none", None, "Name another split.")
