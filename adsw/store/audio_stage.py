"""The audio stage: a shard's tracks are fetched, looked up in other stores, decoded and encoded; failures are noted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypedDict

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from adsw.audio.bad_audio import BadAudioError
from adsw.audio.decode import Sound
from adsw.audio.fetch import Fetched
from adsw.corpus.track import Track
from adsw.encoders.audio.source import AudioSource, planned_source
from adsw.encoders.inference import device, halves, in_order
from adsw.encoders.protocol import EncoderInfo
from adsw.errors import ReadableError
from adsw.files import publish_text, publishing
from adsw.json_text import parse_json
from adsw.parquet_file import read_parquet
from adsw.store.duplicates import Recording
from adsw.store.plan import ShardPlan, TrackFiles, audio_file
from adsw.store.reuse import Known, KnownSound
from adsw.store.stages import Done, is_accelerated
from adsw.store.store import QUARANTINE_FILE, REMARKS_FILE

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
        ("remarks", pa.string()),  # JSON {remark: in words}; null where there is none
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
            known = self._reused(fetched, track)
            if known is not None and known.remarks is not None:
                row["audio"], row["remarks"] = known.embedding, _written(known.remarks)
                return Heard(row, None, True)
            sound = self._source.decode(fetched, track)
            row["remarks"] = _written(sound.remarks)
            if known is not None and not sound.remarks:  # An earlier version heard it in the same way.
                row["audio"] = known.embedding
                return Heard(row, None, True)
            return Heard(row, sound, False)
        except BadAudioError as bad:
            row["kind"], row["detail"] = bad.kind, bad.detail
            return Heard(row, None, False)

    def _reused(self, fetched: Fetched, track: Track) -> KnownSound | None:
        """Return what another store knows of a track."""
        return None if self._known is None else self._known.sound(fetched.sha256, track.start_s, track.duration_s)

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


def _written(remarks: Mapping[str, str]) -> str | None:
    """Return remarks as a row holds them."""
    return json.dumps(dict(remarks), ensure_ascii=False) if remarks else None


def _encode(source: AudioSource, waiting: list[tuple[Row, Sound]]) -> None:
    """Encode a batch and complete its rows in place."""
    embeddings = halves(source.encode([sound for _, sound in waiting]), source.info)
    for (row, _), embedding in zip(waiting, embeddings, strict=True):
        if np.isfinite(embedding).all():
            row["audio"] = embedding.tobytes()
        else:
            row["kind"], row["detail"] = "non-finite", "the encoder gave NaN or infinite values"


class Quarantined(TypedDict):
    """A line of the list, or of that of remarks."""

    track_id: str
    split: str
    audio: str
    """As in the manifest; empty if it names none."""
    kind: str
    """One of `adsw.audio.bad_audio.KINDS`, of a remark one of `REMARKS`."""
    detail: str


class TooManyBadError(ReadableError):
    """More audio was bad than allowed. The quarantine list says which; repaired files are tried again."""

    def __init__(self, bad: int, tracks: int, limit: float, where: Path) -> None:
        super().__init__(
            f"The audio of {bad} of {tracks} tracks cannot be used, more than the {limit:g} % allowed; "
            f"{where} says which and why"
        )
        self.bad = bad
        self.tracks = tracks


def quarantined_of(tracks: TrackFiles, folder: Path, shard: ShardPlan) -> list[Quarantined]:
    """Return the lines of one shard.

    Args:
        tracks: of all shards.
        folder: of the audio stage's results.
        shard: the one whose lines are wanted.
    """
    results = read_parquet(audio_file(folder, shard.name), columns=["kind", "detail"])
    if results["kind"].null_count == len(results):
        return []
    lines = zip(tracks.all(shard.name), results["kind"].to_pylist(), results["detail"].to_pylist(), strict=True)
    return [_line(track, kind, detail) for track, kind, detail in lines if kind is not None]


def _line(track: Track, kind: str, detail: str) -> Quarantined:
    return Quarantined(track_id=track.track_id, split=track.split, audio=track.audio or "", kind=kind, detail=detail)


def remarks_of(tracks: TrackFiles, folder: Path, shard: ShardPlan) -> list[Quarantined]:
    """Return the remarks on the tracks of a shard whose audio can be used; arguments as of `quarantined_of`."""
    results = read_parquet(audio_file(folder, shard.name), ["remarks", "kind"])
    if results["remarks"].null_count == len(results):
        return []
    told = zip(tracks.all(shard.name), *(column.to_pylist() for column in results.columns), strict=True)
    return [
        _line(track, kind, detail)
        for track, remarks, bad in told
        if remarks is not None and bad is None
        for kind, detail in parse_json(remarks).items()
    ]


def recordings_of(tracks: TrackFiles, folder: Path, shard: ShardPlan) -> Iterator[tuple[str, str, Recording]]:
    """Yield id, split and recording of the tracks of a shard whose audio can be used; arguments as of
    `quarantined_of`."""
    results = read_parquet(audio_file(folder, shard.name), ["sha256", "kind"])
    told = zip(tracks.all(shard.name), *(column.to_pylist() for column in results.columns), strict=True)
    for track, sha256, bad in told:
        if bad is None:
            yield track.track_id, track.split, Recording.of(sha256, track.start_s, track.duration_s)


def publish_quarantine(store: Path, lines: Iterable[Quarantined]) -> None:
    """Publish the list."""
    _publish(store / QUARANTINE_FILE, lines)


def publish_remarks(store: Path, lines: Sequence[Quarantined]) -> None:
    """Publish the list of remarks, if there are any."""
    if lines:
        _publish(store / REMARKS_FILE, lines)


def _publish(path: Path, lines: Iterable[Quarantined]) -> None:
    publish_text(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def by_kind(lines: Iterable[dict[str, str]]) -> dict[str, int]:
    """Return how many lines there are of each kind, the most frequent first."""
    return dict(Counter(line["kind"] for line in lines).most_common())
