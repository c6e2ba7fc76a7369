"""The last stage: shards put together from the other stages' files, and the identity of their tracks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from adsw.arrays import Halves
from adsw.corpus.track import Track
from adsw.draws import key_of
from adsw.encoders.check.findings import CONSTANT
from adsw.encoders.check.measures import spread_of
from adsw.files import publishing
from adsw.fingerprint import fingerprint
from adsw.json_text import parse_json
from adsw.parquet_file import read_parquet
from adsw.store.plan import ShardPlan, audio_file, place_of
from adsw.store.schema import row_schema
from adsw.store.stages import Job, Stage
from adsw.store.store import SHARDS_FOLDER, ShardInfo
from adsw.store.text_stage import TextIndex, bank_of

SAMPLED = 256
"""Most embeddings of each side. Tracks come in the order of a hash, so the first ones are a random sample."""


class Likeness(BaseModel):
    """How alike the embeddings of different things are in a store."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    sampled: int
    mean_cosine: float
    """Mean over all pairs; 1 if all are alike."""
    effective_rank: float
    """Number of directions in which they differ."""

    @property
    def is_constant(self) -> bool:
        """Whether they are too alike for anything to be learnt from them."""
        return self.mean_cosine >= CONSTANT


class Sample:
    """Collects the first embeddings of tracks, and of different texts."""

    def __init__(self) -> None:
        self._audio: list[Halves] = []
        self._texts: dict[str, Halves] = {}

    def see(self, audio: bytes, texts: Sequence[str], embeddings: Halves) -> None:
        """Take a track into the sample while there is room.

        Args:
            audio: bytes of its embedding, fp16 [T_a, D_a].
            texts: its texts.
            embeddings: the texts', fp16 [texts, T_t x D_t].
        """
        if len(self._audio) < SAMPLED:
            self._audio.append(np.frombuffer(audio, "<f2"))
        for text, embedding in zip(texts, embeddings, strict=True):
            if len(self._texts) >= SAMPLED:
                return
            self._texts.setdefault(text, embedding.copy())

    def likeness(self) -> dict[str, Likeness]:
        """Return the likeness by side, ``audio`` and ``text``, of sides with at least two embeddings."""
        sides = {"audio": self._audio, "text": list(self._texts.values())}
        return {side: _likeness(seen) for side, seen in sides.items() if len(seen) > 1}


def _likeness(embeddings: Sequence[Halves]) -> Likeness:
    spread = spread_of(np.stack(embeddings).astype(np.float32))
    return Likeness(
        sampled=len(embeddings),
        mean_cosine=round(spread.mean_cosine, 6),
        effective_rank=round(spread.effective_rank, 2),
    )


# Embeddings hardly compress, and are read at every epoch; strings do.
COMPRESSED = {"tags": "zstd", "texts.list.element.text": "zstd"}

REPETITIVE = [
    "dataset",
    "group",
    "texts.list.element.source",
    "truths.list.element",
    "texts.list.element.swap_categories.list.element",
    "texts.list.element.claims.list.element",
    "texts.list.element.swappable.list.element",
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
    sounds = read_parquet(audio_file(job.folder(Stage.AUDIO), shard.name)).to_pylist()
    sounds = [row for row in sounds if row["kind"] is None]
    bank = bank_of(job.folder(Stage.TEXTS), shard.name)
    lists, truths = bank["texts"].to_pylist(), bank["truths"].to_pylist()
    rows = []
    identities = []
    tracks = job.tracks.usable(shard.name)
    for track, sound, texts, truth in zip(tracks, sounds, lists, truths, strict=True):
        strings = [text["text"] for text in texts]
        embeddings = index.embeddings(strings)
        sample.see(sound["audio"], strings, embeddings)
        place = None if track.audio is None else place_of(track.audio, job.store)
        rows.append({**_row(track, place, sound, texts, embeddings.tobytes()), "truths": truth})
        identities.append(_identity(track, sound["sha256"], texts, sound["remarks"]))
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
    """Return a track's row, by `adsw.store.schema.row_schema`, without its truths."""
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


def _identity(track: Track, sha256: str, texts: Sequence[dict[str, Any]], remarks: str | None = None) -> str:
    """Return the identity of a track's content: all that its row is made of, wherever the audio lies."""
    written = json.dumps(texts, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    # Without the path: the same audio elsewhere makes the same store, and its bytes are in its SHA-256.
    fields = {name: value for name, value in asdict(track).items() if name != "audio"}
    # Only where there is something to remark: every other track is heard as before there were remarks.
    heard = {"heard": sorted(parse_json(remarks))} if remarks else {}
    texts_sha256 = hashlib.sha256(written).hexdigest()
    return fingerprint({**fields, "audio_sha256": sha256, "texts_sha256": texts_sha256, **heard})
