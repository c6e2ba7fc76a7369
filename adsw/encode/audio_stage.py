"""Audio of one shard's tracks: hashed, decoded, encoded; what fails is told apart and noted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from adsw.corpus.manifest import Track
from adsw.encode.audio.decode import BadAudioError, local_file
from adsw.encode.audio.source import AudioSource, planned_source
from adsw.encode.plan import ShardPlan
from adsw.encode.protocol import EncoderInfo, Floats
from adsw.fingerprint import file_sha256
from adsw.publish import publishing

BATCH = 16

AUDIO = pa.schema(
    [
        ("track_id", pa.string()),
        ("sha256", pa.string()),  # of the file; null where it could not be read
        ("audio", pa.binary()),  # fp16 [T_a, D_a]; null where it cannot be used
        ("kind", pa.string()),  # why it cannot be used; null where it can
        ("detail", pa.string()),
    ]
)


class AudioWorker:
    """Encodes the audio of shards, one after another, on one core."""

    def __init__(self, encoder: EncoderInfo, folder: Path) -> None:
        """Build the encoder that the plan settled; results go to `folder`, one Parquet file per shard."""
        self._source = planned_source(encoder)
        self._folder = folder

    def __call__(self, shard: ShardPlan) -> int:
        """Encode a shard's tracks and publish the result; returns the number of tracks."""
        rows: list[dict[str, object]] = []
        # One thread: workers run one per core, and sums come out the same everywhere.
        with threadpool_limits(limits=1):
            for start in range(0, len(shard.tracks), BATCH):
                rows += _encoded(self._source, shard.tracks[start : start + BATCH])
        with publishing(audio_file(self._folder, shard)) as temporary:
            pq.write_table(pa.Table.from_pylist(rows, schema=AUDIO), temporary, compression="none")
        return len(rows)


def audio_file(folder: Path, shard: ShardPlan) -> Path:
    """Where the result for a shard is."""
    return folder / f"{shard.name}.parquet"


def _encoded(source: AudioSource, tracks: Sequence[Track]) -> list[dict[str, object]]:
    """Rows of a batch of tracks, in order."""
    rows: list[dict[str, object]] = []
    inputs: list[Floats] = []
    for track in tracks:
        row: dict[str, object] = dict.fromkeys(AUDIO.names)
        row["track_id"] = track.track_id
        rows.append(row)
        try:
            path = local_file(track.audio or "")
            row["sha256"] = _sha256(path)
            inputs.append(source.read(path, track))
        except BadAudioError as bad:
            row["kind"], row["detail"] = bad.kind, bad.detail
    good = [row for row in rows if row["kind"] is None]
    embeddings = halves(source.encode(inputs), source.info) if good else np.empty(0)
    for row, embedding in zip(good, embeddings, strict=True):
        if np.isfinite(embedding).all():
            row["audio"] = embedding.tobytes()
        else:
            row["kind"], row["detail"] = "non-finite", "the encoder gave NaN or infinite values"
    return rows


def halves(embeddings_BTD: Floats, info: EncoderInfo) -> np.ndarray[tuple[int, ...], np.dtype[np.float16]]:
    """Embeddings in fp16, checked against the shape the encoder promised.

    Raises:
        ValueError: an encoder broke its promise.
    """
    if embeddings_BTD.shape[1:] != (info.tokens, info.features):
        raise ValueError(f"{info.name} gave {embeddings_BTD.shape}, not [B, {info.tokens}, {info.features}]")
    with np.errstate(over="ignore"):
        return embeddings_BTD.astype("<f2")


def _sha256(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError as error:
        raise BadAudioError("unreadable", error.strerror or str(error)) from error
