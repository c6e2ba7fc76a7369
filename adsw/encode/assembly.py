"""The last stage: shards put together from the other stages' files, and the identity of their tracks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from adsw.corpus.track import Track
from adsw.draws import key_of
from adsw.encode.plan import ShardPlan, place_of
from adsw.encode.sample import Sample
from adsw.encode.schema import row_schema
from adsw.encode.stages import Job, Stage
from adsw.encode.store import SHARDS_FOLDER, ShardInfo
from adsw.encode.text_index import TextIndex, texts_file
from adsw.encode.track_files import audio_file
from adsw.fingerprint import fingerprint
from adsw.publish import publishing

# Embeddings hardly compress, and are read at every epoch; strings do.
COMPRESSED = {"tags": "zstd", "texts.list.element.text": "zstd"}
REPETITIVE = [
    "dataset",
    "group",
    "texts.list.element.source",
    "texts.list.element.swap_categories.list.element",
]


@dataclass(frozen=True, slots=True)
class Assembled:
    """A published shard."""

    info: ShardInfo
    texts: int
    identities: list[str]
    """Identities of its tracks, in order."""


def assemble(job: Job, shard: ShardPlan, index: TextIndex, sample: Sample) -> Assembled:
    """Publish one shard.

    Args:
        job: what is being built.
        shard: its name and place.
        index: finds the texts' embeddings.
        sample: takes the embeddings into a sample.
    """
    sounds = pq.read_table(audio_file(job.folder(Stage.AUDIO), shard.name)).to_pylist()
    sounds = [row for row in sounds if row["kind"] is None]
    lists = pq.read_table(texts_file(job.folder(Stage.TEXTS), shard.name))["texts"].to_pylist()
    rows = []
    identities = []
    for track, sound, texts in zip(job.tracks.usable(shard.name), sounds, lists, strict=True):
        strings = [text["text"] for text in texts]
        embeddings = index.embeddings(strings)
        sample.see(sound["audio"], strings, embeddings)
        place = None if track.audio is None else place_of(track.audio, job.store)
        rows.append(_row(track, place, sound, texts, embeddings.tobytes()))
        identities.append(_identity(track, sound["sha256"], texts))
    path = job.store / SHARDS_FOLDER / shard.split / shard.part
    table = pa.Table.from_pylist(rows, schema=row_schema(job.plan.dimensions))
    with publishing(path) as temporary:
        pq.write_table(
            table,
            temporary,
            compression=COMPRESSED,
            use_dictionary=REPETITIVE,
            write_page_checksum=True,
            row_group_size=job.plan.rows_per_shard,
        )
    info = ShardInfo(name=shard.part, rows=len(rows), bytes=path.stat().st_size)
    return Assembled(info, sum(len(texts) for texts in lists), identities)


def _row(
    track: Track, place: str | None, sound: dict[str, Any], texts: list[dict[str, Any]], embeddings: bytes
) -> dict[str, Any]:
    """Return a track's row, by `adsw.encode.schema.row_schema`."""
    return {
        "track_id": track.track_id,
        "track_key": key_of(track.track_id),
        "dataset": track.dataset,
        "group": track.group,
        "audio_path": place,
        "audio_sha256": sound["sha256"],
        "start_s": track.start_s,
        "duration_s": track.duration_s,
        "tags": json.dumps(track.tags, ensure_ascii=False),
        "audio": sound["audio"],
        "texts": texts,
        "text_embeddings": embeddings,
    }


def _identity(track: Track, sha256: str, texts: Sequence[dict[str, Any]]) -> str:
    """Return the identity of a track's content: all that its row is made of, wherever the audio lies."""
    written = json.dumps(texts, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    # Without the path: the same audio elsewhere makes the same store, and its bytes are in its SHA-256.
    fields = {name: value for name, value in asdict(track).items() if name != "audio"}
    return fingerprint({**fields, "audio_sha256": sha256, "texts_sha256": hashlib.sha256(written).hexdigest()})
