"""The audio stage: a shard's tracks are fetched, looked up in other stores, decoded and encoded; failures are noted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from adsw.corpus.track import Track
from adsw.encode.ahead import in_order
from adsw.encode.audio.bad import BadAudioError
from adsw.encode.audio.sound import Sound
from adsw.encode.audio.source import AudioSource, planned_source
from adsw.encode.halves import halves
from adsw.encode.inference import device
from adsw.encode.keys import audio_keys
from adsw.encode.plan import ShardPlan
from adsw.encode.protocol import EncoderInfo
from adsw.encode.reuse import Known
from adsw.encode.stages import Done, is_accelerated
from adsw.encode.track_files import TrackFiles, audio_file
from adsw.publish import publishing

DECODERS = 4
"""Threads that fetch and decode for one GPU."""
GIVEN_FOLDER = "given"
"""Below the work folder; what the workers share of an audio source."""

AUDIO = pa.schema(
    [
        ("track_id", pa.string()),
        ("sha256", pa.string()),  # of the file, or of the array given; null where it could not be read
        ("audio", pa.binary()),  # fp16 [T_a, D_a]; null where it cannot be used
        ("kind", pa.string()),  # why it cannot be used; null where it can
        ("detail", pa.string()),
    ]
)
Row = dict[str, object]


class Heard(NamedTuple):
    """A track before it is encoded."""

    row: Row
    """Row of `AUDIO`, as far as it is known."""
    sound: Sound | None
    """None if there is nothing to encode."""
    reused: bool
    """Whether another store had its embedding."""


class AudioWorker:
    """Encodes the audio of shards, one after another, on one core or one GPU."""

    def __init__(self, encoder: EncoderInfo, work: Path, batch: int) -> None:
        """Build the source that the plan settled; results go to ``audio/`` in `work`, one Parquet file per shard.

        Args:
            encoder: the plan's audio encoder.
            work: the folder of all stages' files.
            batch: tracks in memory, and encoded, at once.
        """
        self._source = planned_source(encoder, work / GIVEN_FOLDER, batch)
        self._tracks = TrackFiles(work)
        self._folder = work / "audio"
        self._known = Known.of(work, "audio")
        self._batch = batch
        on_gpu = is_accelerated(encoder) and device().type != "cpu"
        self._threads = DECODERS if on_gpu else 0

    def __call__(self, shard: ShardPlan) -> Done:
        """Encode a shard's tracks and publish the result; return the number of tracks."""
        # One thread: workers run one per core, and sums come out the same everywhere.
        with threadpool_limits(limits=1):
            heard = in_order(self._hear, self._tracks.all(shard.name), self._threads, 2 * self._batch)
            rows, reused = self._encoded(heard)
        with publishing(audio_file(self._folder, shard.name)) as temporary:
            pq.write_table(pa.Table.from_pylist(rows, schema=AUDIO), temporary, compression="none")
        return Done(len(rows), reused)

    def _hear(self, track: Track) -> Heard:
        """Fetch a track's audio, and decode it unless another store has its embedding."""
        row: Row = dict.fromkeys(AUDIO.names)
        row["track_id"] = track.track_id
        try:
            fetched = self._source.fetch(track)
            row["sha256"] = fetched.sha256
            if self._known is not None:
                is_known, embeddings = self._known.find(audio_keys([(fetched.sha256, track.start_s, track.duration_s)]))
                if is_known[0]:
                    row["audio"] = embeddings[0].tobytes()
                    return Heard(row, None, True)
            return Heard(row, self._source.decode(fetched, track), False)
        except BadAudioError as bad:
            row["kind"], row["detail"] = bad.kind, bad.detail
            return Heard(row, None, False)

    def _encoded(self, heard: Iterable[Heard]) -> tuple[list[Row], int]:
        """Encode in batches; return the rows of all tracks, in order, and how many were reused."""
        rows: list[Row] = []
        waiting: list[tuple[Row, Sound]] = []
        reused = 0
        for row, sound, is_reused in heard:
            rows.append(row)
            reused += is_reused
            if sound is not None:
                waiting.append((row, sound))
            if len(waiting) == self._batch:
                _encode(self._source, waiting)
                waiting = []
        if waiting:
            _encode(self._source, waiting)
        return rows, reused


def _encode(source: AudioSource, waiting: list[tuple[Row, Sound]]) -> None:
    """Encode a batch and complete its rows in place."""
    embeddings = halves(source.encode([sound for _, sound in waiting]), source.info)
    for (row, _), embedding in zip(waiting, embeddings, strict=True):
        if np.isfinite(embedding).all():
            row["audio"] = embedding.tobytes()
        else:
            row["kind"], row["detail"] = "non-finite", "the encoder gave NaN or infinite values"
