"""Check that a checkpoint, a store and a text encoder can be used together on a split."""

from __future__ import annotations

from adsw.align.checkpoint import Checkpoint
from adsw.encode.protocol import TextEncoder
from adsw.encode.store import Store
from adsw.errors import Faults, unknown
from adsw.evaluate.matching import encoder_fault, mismatches


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
