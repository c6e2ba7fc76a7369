"""What probes read: the audio of tracks before the head, after it, and after an untrained one."""

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
    """N tracks of a split, ready to be probed.

    Attributes:
        features: float32 [N, D] by the names of `FEATURES`.
        tags: of every track, by category.
        groups: leakage groups.
        track_ids: their names.
    """

    features: dict[str, Matrix]
    tags: list[dict[str, list[str]]]
    groups: list[str]
    track_ids: list[str]

    @classmethod
    def of(cls, checkpoint: Checkpoint, store: Store, split: str, most: int | None = None) -> Probed:
        """Embed the tracks of a split, or `most` of them: the first ones, which is a random choice, for a store holds
        its tracks in the order of a hash of their names."""
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
    """Tracks set aside for choosing, about a share of them, whole leakage groups at a time; the same every time."""
    aside: NDArray[np.bool_] = uniforms(0, 0, keys_of(groups), "probe")[:, 0] < share
    return aside


def _features(checkpoint: Checkpoint, table: pa.Table, store: Store) -> dict[str, Matrix]:
    audio_NTD = audio_of(table, store.info.dimensions)
    untrained = untrained_heads(checkpoint.dimensions, checkpoint.recipe)
    return {
        ENCODER: audio_NTD.mean(axis=1, dtype=np.float32),
        HEAD: embed(checkpoint.heads.audio, audio_NTD, "audio").cpu().float().numpy(),
        UNTRAINED: embed(untrained.audio, audio_NTD, "audio").cpu().float().numpy(),
    }
