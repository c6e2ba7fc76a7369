"""A tiny store, written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
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

DIMENSIONS = Dimensions(audio_tokens=2, audio_features=6, text_tokens=1, text_features=5)
ABOUT = {"revision": "1", "parameters": 0, "licence": "none", "source": "by hand"}
TAGS = {"genre": ["jig"], "mood": ["calm", "sad"]}


def text(words: str, source: str, kept: int, **fields: Any) -> dict[str, Any]:
    whole = {"text": words, "source": source, "kept": kept, "view": kept - 1, "weight_none": 1.0}
    rest = {"weight_category": 1.0, "swap_of": -1, "swap_terms": 0, "swap_categories": [], "swappable": []}
    return {**whole, **rest, **fields}


def row(split: str, index: int) -> dict[str, Any]:
    track = f"{split}-{index}"
    texts = [
        text(f"jig {index % 7}", "tags", 1),
        text(f"a jig, {index % 7}", "caption", 1),
        text(f"jig, calm, sad {index}", "tags", 3, swappable=["genre"]),
        text(f"a calm and sad jig {index}", "caption", 3),
        text(f"reel, calm, sad {index}", "tags", 3, swap_of=2, swap_terms=1, swap_categories=["genre"]),
    ]
    rng = generator("tiny store", track)
    embeddings = rng.normal(size=(len(texts), DIMENSIONS.text_tokens, DIMENSIONS.text_features))
    return {
        "track_id": track,
        "track_key": key_of(track),
        "dataset": "even" if index % 2 == 0 else "odd",
        "group": track,
        "audio_path": None,
        "tags": json.dumps(TAGS),
        "audio": rng.normal(size=(2, 6)).astype(np.float16).tobytes(),
        "texts": texts,
        "text_embeddings": embeddings.astype(np.float16).tobytes(),
    }


def write_store(path: Path, sizes: dict[str, int], change: Callable[[dict[str, Any]], None] | None = None) -> Store:
    """A store with so many tracks in each split, its rows changed as wished."""
    splits, shards = {}, {}
    for split, tracks in sizes.items():
        rows = [row(split, index) for index in range(tracks)]
        for one in rows:
            if change:
                change(one)
        file = path / "shards" / split / "part-00000.parquet"
        file.parent.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(rows, row_schema(DIMENSIONS)), file, write_page_checksum=True)
        size = file.stat().st_size
        shards[split] = (ShardInfo(name=file.name, rows=tracks, bytes=size),)
        splits[split] = SplitInfo(tracks=tracks, texts=5 * tracks, bytes=size, shards=1, quarantined=0)
    info = StoreInfo(
        schema_version=SCHEMA_VERSION,
        fingerprint="f" * 64,
        audio_encoder=EncoderInfo(name="ear", kind="audio", tokens=2, features=6, sample_rate=8000, **ABOUT),
        text_encoder=EncoderInfo(name="eye", kind="text", tokens=1, features=5, **ABOUT),
        captioner="template@1",
        bank={},
        vocabulary="by hand",
        dimensions=DIMENSIONS,
        splits=splits,
        without_audio=0,
        without_text=0,
        shards=shards,
    )
    (path / "store.json").write_text(info.model_dump_json())
    return Store.open(path)


@pytest.fixture(scope="session")
def make_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Store]:
    """`write_store` into a new folder."""

    def make(change: Callable[[dict[str, Any]], None] | None = None, **sizes: int) -> Store:
        return write_store(tmp_path_factory.mktemp("store"), {"train": 40, "valid": 10, "test": 10, **sizes}, change)

    return make


@pytest.fixture(scope="session")
def tiny_store(make_store: Callable[..., Store]) -> Store:
    """40 training, 10 validation and 10 test tracks."""
    return make_store()
