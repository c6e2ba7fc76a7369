"""The last stage: shards put together from what the workers left, and the identity of what is in them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from adsw.corpus.manifest import Track
from adsw.draws import key_of
from adsw.encode.audio_stage import audio_file
from adsw.encode.plan import Plan, ShardPlan, place_of
from adsw.encode.schema import row_schema
from adsw.encode.store import SHARDS_FOLDER, ShardInfo
from adsw.encode.text_index import TextIndex, texts_file
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
class Heard:
    """The outcome of the audio stage for one shard."""

    shard: ShardPlan
    """With the tracks whose audio can be used."""
    quarantine: tuple[dict[str, str], ...]
    """The others, as lines of the quarantine list."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """A published shard."""

    info: ShardInfo
    texts: int
    identities: list[str]
    """Of its tracks, in order."""


def heard(audio: Path, shard: ShardPlan) -> Heard:
    """Tell the tracks whose audio can be used from the others."""
    found = pq.read_table(audio_file(audio, shard), columns=["kind", "detail"])
    good: list[Track] = []
    bad: list[dict[str, str]] = []
    kinds, details = found["kind"].to_pylist(), found["detail"].to_pylist()
    for track, kind, detail in zip(shard.tracks, kinds, details, strict=True):
        if kind is None:
            good.append(track)
        else:
            name = {"track_id": track.track_id, "split": track.split, "audio": track.audio or ""}
            bad.append({**name, "kind": kind, "detail": detail})
    return Heard(replace(shard, tracks=tuple(good)), tuple(bad))


def assemble(store: Path, plan: Plan, shard: ShardPlan, audio: Path, bank: Path, index: TextIndex) -> Assembled:
    """Publish one shard.

    Args:
        store: the store's folder.
        plan: what is being built.
        shard: with the tracks whose audio can be used.
        audio: folder of the audio stage's results.
        bank: folder of the shards' texts.
        index: finds the texts' embeddings.
    """
    sounds = [row for row in pq.read_table(audio_file(audio, shard)).to_pylist() if row["kind"] is None]
    lists = [row["texts"] for row in pq.read_table(texts_file(bank, shard.name)).to_pylist()]
    rows = []
    identities = []
    for track, sound, texts in zip(shard.tracks, sounds, lists, strict=True):
        if sound["track_id"] != track.track_id:
            raise RuntimeError(f"{audio_file(audio, shard)} belongs to other tracks")
        embeddings = index.embeddings([text["text"] for text in texts])
        rows.append(_row(track, place_of(track.audio or "", store), sound["audio"], texts, embeddings.tobytes()))
        identities.append(_identity(track, sound["sha256"], texts))
    path = store / SHARDS_FOLDER / shard.split / shard.part
    table = pa.Table.from_pylist(rows, schema=row_schema(plan.dimensions))
    with publishing(path) as temporary:
        pq.write_table(
            table,
            temporary,
            compression=COMPRESSED,
            use_dictionary=REPETITIVE,
            write_page_checksum=True,
            row_group_size=plan.rows_per_shard,
        )
    info = ShardInfo(name=shard.part, rows=len(rows), bytes=path.stat().st_size)
    return Assembled(info, sum(len(texts) for texts in lists), identities)


def _row(track: Track, place: str, audio: bytes, texts: list[dict[str, Any]], embeddings: bytes) -> dict[str, Any]:
    return {
        "track_id": track.track_id,
        "track_key": key_of(track.track_id),
        "dataset": track.dataset,
        "group": track.group,
        "audio_path": place,
        "start_s": track.start_s,
        "duration_s": track.duration_s,
        "tags": json.dumps(track.tags, ensure_ascii=False),
        "audio": audio,
        "texts": texts,
        "text_embeddings": embeddings,
    }


def _identity(track: Track, sha256: str, texts: Sequence[dict[str, Any]]) -> str:
    """Identity of a track's content: what its row is made of, wherever the audio lies."""
    written = json.dumps(texts, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    said = {name: value for name, value in asdict(track).items() if name != "audio"}
    return fingerprint({**said, "audio_sha256": sha256, "texts_sha256": hashlib.sha256(written).hexdigest()})
