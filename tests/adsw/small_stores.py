"""Tables, stores and encoders, small and made by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adsw.draws import generator, key_of
from adsw.encoders.protocol import EncoderInfo
from adsw.store.schema import SCHEMA_VERSION, Dimensions, row_schema
from adsw.store.store import ShardInfo, SplitInfo, Store, StoreInfo
from adsw.train.checkpoint import save, untrained_heads
from adsw.train.recipe import resolve

DIMENSIONS = Dimensions(audio_tokens=3, audio_features=4, text_tokens=2, text_features=5)
_ABOUT = {"parameters": 0, "licence": "none", "source": "by hand"}
AUDIO = EncoderInfo(name="ear", revision="1", kind="audio", tokens=3, features=4, sample_rate=8000, **_ABOUT)
TEXT = EncoderInfo(name="eye", revision="1", kind="text", tokens=2, features=5, **_ABOUT)


class Eye:
    """The text encoder of the stores below: what `vector` makes of a text."""

    info = TEXT

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        shape = DIMENSIONS.text_tokens, DIMENSIONS.text_features
        return np.stack([vector(words, *shape) for words in texts]).astype(np.float32)


def vector(name: str, *shape: int) -> np.ndarray:
    """Stands for a frozen encoder: what is encoded decides the numbers."""
    return generator(name).standard_normal(shape).astype(np.float16)


def text(words: str, source: str, kept: int, view: int, **other: Any) -> dict[str, Any]:
    """One element of a row's `texts`."""
    defaults = {
        "weight_none": 1.0,
        "weight_category": 1.0,
        "swap_of": -1,
        "swap_terms": 0,
        "swap_categories": [],
    }
    return {"text": words, "source": source, "kept": kept, "view": view, **defaults, **other}


def row(track_id: str, texts: list[dict[str, Any]]) -> dict[str, Any]:
    """One row of a shard."""
    embeddings = [vector(item["text"], DIMENSIONS.text_tokens, DIMENSIONS.text_features) for item in texts]
    return {
        "track_id": track_id,
        "track_key": key_of(track_id),
        "dataset": "hand",
        "group": track_id,
        "audio_path": f"/audio/{track_id}.flac",
        "tags": json.dumps({"mood": ["slow"]}),
        "audio": vector(track_id, DIMENSIONS.audio_tokens, DIMENSIONS.audio_features).tobytes(),
        "texts": texts,
        "text_embeddings": b"".join(embedding.tobytes() for embedding in embeddings),
    }


def usual_row(track_id: str, tags: list[str], humans: tuple[str, ...] = ()) -> dict[str, Any]:
    """A track with all its prefixes as views, the whole list last, human captions and swaps."""
    texts = []
    for view, kept in enumerate(range(1, len(tags) + 1)):
        words = ", ".join(tags[:kept])
        said = {"claims": tags[:kept]}
        texts += [text(words, "tags", kept, view, **said), text(f"This is {words}.", "caption", kept, view, **said)]
    texts += [text(words, "human", 0, -1) for words in humans]
    swaps = [
        text(item["text"] + " swapped", item["source"], item["kept"], item["view"], swap_of=index, swap_terms=1)
        for index, item in enumerate(texts)
    ]
    return row(track_id, texts + swaps) | {"truths": tags}


def table_of(rows: list[dict[str, Any]], shard: int | None = None) -> pa.Table:
    """Rows as a table, in chunks of `shard` rows."""
    schema = row_schema(DIMENSIONS)
    size = shard or max(1, len(rows))
    batches = [
        pa.RecordBatch.from_pylist(rows[first : first + size], schema=schema) for first in range(0, len(rows), size)
    ]
    return pa.Table.from_batches(batches, schema=schema)


def store_of(path: Path, rows: dict[str, list[dict[str, Any]]], **other: Any) -> Path:
    """A store of these rows by split, one shard each."""
    shards, splits = {}, {}
    for split, its_rows in rows.items():
        file = path / "shards" / split / "part-00000.parquet"
        file.parent.mkdir(parents=True)
        pq.write_table(table_of(its_rows), file)
        size = file.stat().st_size
        shards[split] = (ShardInfo(name=file.name, rows=len(its_rows), bytes=size),)
        texts = sum(len(one["texts"]) for one in its_rows)
        splits[split] = SplitInfo(tracks=len(its_rows), texts=texts, bytes=size, shards=1, quarantined=0)
    defaults = {
        "schema_version": SCHEMA_VERSION,
        "fingerprint": "f" * 64,
        "audio_encoder": AUDIO,
        "text_encoder": TEXT,
        "captioner": "hand@1",
        "bank": {},
        "vocabulary": "v",
        "dimensions": DIMENSIONS,
        "without_audio": 0,
        "without_text": 0,
    }
    info = StoreInfo(splits=splits, shards=shards, **(defaults | other))
    (path / "store.json").write_text(info.model_dump_json())
    return path


@pytest.fixture
def make_store() -> Callable[..., Path]:
    return store_of


@pytest.fixture
def make_checkpoint() -> Callable[..., Path]:
    """Untrained small heads, saved as a training on a store would."""

    def making(path: Path, store: Store) -> Path:
        recipe = resolve({"head.width": 8, "head.out": 6, "head.layers": 1})
        save(path, recipe, untrained_heads(store.info.dimensions, recipe), store.info, {})
        return path

    return making


@pytest.fixture
def text_encoder() -> Eye:
    return Eye()


@pytest.fixture
def dimensions() -> Dimensions:
    return DIMENSIONS


@pytest.fixture
def vector_of() -> Callable[..., np.ndarray]:
    return vector


@pytest.fixture
def make_text() -> Callable[..., dict[str, Any]]:
    return text


@pytest.fixture
def make_row() -> Callable[..., dict[str, Any]]:
    return row


@pytest.fixture
def make_usual_row() -> Callable[..., dict[str, Any]]:
    return usual_row


@pytest.fixture
def make_table() -> Callable[..., pa.Table]:
    return table_of
