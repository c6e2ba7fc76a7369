"""The features that probes read: audio of tracks before the head, after it, and after an untrained head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from adsw.align.checkpoint import Checkpoint
from adsw.draws import keys_of, uniforms
from adsw.encode.store import Store
from adsw.evaluate.columns import TRACKS, audio_of, groups_of
from adsw.evaluate.evaluation import embed
from adsw.evaluate.tags.labels import tags_of
from adsw.evaluate.untrained import untrained_heads

ENCODER, HEAD, UNTRAINED = "encoder", "head", "untrained head"
FEATURES = (ENCODER, HEAD, UNTRAINED)
"""Mean over the frozen encoder's tokens [D_a]; the trained head's unit vectors [P]; an untrained head's [P]."""

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Probed:
    """Features and tags of N tracks of a split.

    Attributes:
        features: float32 [N, D] by the names of `FEATURES`.
        tags: tags of every track, by category.
        groups: leakage group of every track.
        track_ids: name of every track.
    """

    features: dict[str, Matrix]
    tags: list[dict[str, list[str]]]
    groups: list[str]
    track_ids: list[str]

    @classmethod
    def of(cls, checkpoint: Checkpoint, store: Store, split: str, most: int | None = None) -> Probed:
        """Read and embed the tracks of a split.

        Args:
            checkpoint: the trained heads, and the recipe of the untrained ones.
            store: has the split, under the checkpoint's encoders.
            split: its name.
            most: tracks to take at most; None for all.

        Raises:
            ValueError: an embedding is NaN or infinite.
        """
        # The first tracks are a random choice: a store holds them in the order of a hash of their names.
        table = store.table(split, columns=TRACKS).slice(0, most)
        return cls(
            _features(checkpoint, table, store),
            tags_of(table),
            groups_of(table),
            [str(name) for name in table.column("track_id").to_pylist()],
        )

    def __len__(self) -> int:
        """Number of tracks."""
        return len(self.tags)


def held_back(groups: Sequence[str], share: float) -> NDArray[np.bool_]:
    """Return which tracks are set aside to choose the penalty on, bool [N], the same in every call.

    Args:
        groups: leakage group of each of N tracks; a group is set aside as a whole.
        share: about how much of the groups, 0 to 1.
    """
    aside: NDArray[np.bool_] = uniforms(0, 0, keys_of(groups), "probe")[:, 0] < share
    return aside


def _features(checkpoint: Checkpoint, table: pa.Table, store: Store) -> dict[str, Matrix]:
    """Compute the three features of a table's tracks, float32 [N, D] each."""
    audio_NTD = audio_of(table, store.info.dimensions)
    untrained = untrained_heads(checkpoint.dimensions, checkpoint.recipe)
    return {
        ENCODER: audio_NTD.mean(axis=1, dtype=np.float32),
        HEAD: embed(checkpoint.heads.audio, audio_NTD, "audio").cpu().float().numpy(),
        UNTRAINED: embed(untrained.audio, audio_NTD, "audio").cpu().float().numpy(),
    }
