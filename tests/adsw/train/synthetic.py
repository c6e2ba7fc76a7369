"""A small made-up store that can be learnt: audio and texts are noisy sums of the same tags' vectors."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from adsw.corpus.track import SPLITS
from adsw.draws import key_of
from adsw.encoders.protocol import EncoderInfo
from adsw.fingerprint import file_sha256, fingerprint
from adsw.store.schema import SCHEMA_VERSION, Dimensions, row_schema
from adsw.store.store import SHARDS_FOLDER, STORE_FILE, ShardInfo, SplitInfo, Store, StoreInfo

TERMS = {"genre": 8, "instrument": 8, "mood": 8, "tempo": 4}
"""How many tags each category has; a track has one of each, and often a second instrument."""

DIMENSIONS = Dimensions(audio_tokens=4, audio_features=24, text_tokens=1, text_features=32)

NOISE = 0.3
"""Deviation of the noise on audio, beside tag vectors of deviation 1."""


@dataclass(frozen=True)
class World:
    """The vectors of the tags, the same for every seed of tracks."""

    audio: dict[str, NDArray[np.float64]]
    text: dict[str, NDArray[np.float64]]

    @classmethod
    def of(cls, dimensions: Dimensions, mood: float = 1.0) -> World:
        """Drawn once per pair of widths; `mood` scales the vectors of moods, in audio and text alike."""
        rng = np.random.default_rng([dimensions.audio_features, dimensions.text_features])
        names = [tag for category in TERMS for tag in tags_of(category)]
        scale = {name: mood if name.startswith("mood") else 1.0 for name in names}
        return cls(
            {name: scale[name] * rng.normal(size=dimensions.audio_features) for name in names},
            {name: scale[name] * rng.normal(size=dimensions.text_features) for name in names},
        )


def tags_of(category: str) -> list[str]:
    """All tags of a category."""
    return [f"{category}{index}" for index in range(TERMS[category])]


def synthetic_table(
    tracks: int,
    seed: int = 0,
    dimensions: Dimensions = DIMENSIONS,
    prefix: str = "track",
    mood: float = 1.0,
    datasets: Sequence[str] = (),
) -> pa.Table:
    """Rows by `adsw.store.schema.row_schema`, a third of them captioned; of the data sets ``one`` and ``two``, or of
    those named, in turn."""
    world = World.of(dimensions, mood)
    rows = [_row(f"{prefix}-{seed}-{index:05d}", seed, world, dimensions) for index in range(tracks)]
    if datasets:
        rows = [row | {"dataset": datasets[index % len(datasets)]} for index, row in enumerate(rows)]
    return pa.Table.from_pylist(rows, schema=row_schema(dimensions))


def table_of(texts: dict[str, list[dict[str, object]]], datasets: dict[str, str] | None = None) -> pa.Table:
    """Rows with given texts by track, all embeddings zero."""
    rows = [
        {
            "track_id": name,
            "track_key": key_of(name),
            "dataset": (datasets or {}).get(name, "one"),
            "group": None,
            "audio_path": None,
            "tags": "{}",
            "truths": [],
            "audio": bytes(DIMENSIONS.audio_bytes),
            "texts": own,
            "text_embeddings": bytes(DIMENSIONS.text_bytes * len(own)),
        }
        for name, own in texts.items()
    ]
    return pa.Table.from_pylist(rows, schema=row_schema(DIMENSIONS))


def synthetic_store(
    path: Path,
    tracks: int = 300,
    seed: int = 0,
    dimensions: Dimensions = DIMENSIONS,
    rows_per_shard: int = 64,
    datasets: Sequence[str] = (),
    captioner: str = "template@1",
    encoders: tuple[str, str] = ("spectral", "minilm"),
) -> Store:
    """Write a complete store of so many tracks, 60 % train, 20 % valid, 20 % test, and open it."""
    sizes = {"valid": tracks // 5, "test": tracks // 5}
    sizes["train"] = tracks - sum(sizes.values())
    shards: dict[str, tuple[ShardInfo, ...]] = {}
    splits, content = {}, []
    for split in SPLITS:
        table = synthetic_table(sizes[split], seed, dimensions, prefix=split, datasets=datasets)
        folder = path / SHARDS_FOLDER / split
        folder.mkdir(parents=True)
        infos = []
        for number, first in enumerate(range(0, len(table), rows_per_shard)):
            file = folder / f"part-{number:05d}.parquet"
            part = table.slice(first, rows_per_shard)
            pq.write_table(part, file, write_page_checksum=True)
            infos.append(ShardInfo(name=file.name, rows=len(part), bytes=file.stat().st_size))
            content.append(file_sha256(file))
        shards[split] = tuple(infos)
        splits[split] = SplitInfo(
            tracks=len(table),
            texts=sum(len(texts) for texts in table["texts"].to_pylist()),
            bytes=sum(info.bytes for info in infos),
            shards=len(infos),
            quarantined=0,
        )
    info = StoreInfo(
        schema_version=SCHEMA_VERSION,
        fingerprint=fingerprint([*content, captioner, *encoders]),
        audio_encoder=_encoder(encoders[0], "audio", dimensions.audio_tokens, dimensions.audio_features),
        text_encoder=_encoder(encoders[1], "text", dimensions.text_tokens, dimensions.text_features),
        captioner=captioner,
        bank={"views_per_count": 2, "swaps_per_text": 1, "swap_max_terms": 3, "seed": 0},
        vocabulary="synthetic",
        dimensions=dimensions,
        splits=splits,
        without_audio=0,
        without_text=0,
        shards=shards,
    )
    (path / STORE_FILE).write_text(info.model_dump_json(indent=2))
    return Store.open(path)


def _encoder(name: str, kind: str, tokens: int, features: int) -> EncoderInfo:
    return EncoderInfo.model_validate(
        {
            "name": name,
            "revision": "synthetic",
            "kind": kind,
            "tokens": tokens,
            "features": features,
            "sample_rate": 22050 if kind == "audio" else None,
            "parameters": 1000,
            "licence": "none",
            "source": "made up",
        }
    )


def _row(name: str, seed: int, world: World, dimensions: Dimensions) -> dict[str, object]:
    rng = np.random.default_rng([key_of(name), seed])
    tags = {category: [str(rng.choice(tags_of(category)))] for category in TERMS}
    if rng.random() < 0.5:
        other = str(rng.choice(tags_of("instrument")))
        tags["instrument"] = sorted({*tags["instrument"], other})
    flat = [tag for category in tags for tag in tags[category]]
    clean = sum(world.audio[tag] for tag in flat)
    audio = clean + NOISE * rng.normal(size=(dimensions.audio_tokens, dimensions.audio_features))
    texts = _texts(flat, rng)
    vectors = np.stack([_embedding(text, world, dimensions) for text in texts])
    return {
        "track_id": name,
        "track_key": key_of(name),
        "dataset": "one" if rng.random() < 0.7 else "two",
        "group": None,
        "audio_path": None,
        "tags": json.dumps(tags),
        "truths": flat,
        "audio": audio.astype(np.float16).tobytes(),
        "texts": texts,
        "text_embeddings": vectors.astype(np.float16).tobytes(),
    }


def _texts(tags: list[str], rng: np.random.Generator) -> list[dict[str, object]]:
    """Per kept count up to two views, each as tags and as a caption; a human caption for some; a swap of each."""
    texts: list[dict[str, object]] = []
    view = 0
    for kept in range(1, len(tags) + 1):
        subsets = list(itertools.combinations(tags, kept))
        chosen = rng.permutation(len(subsets))[:2]
        for index in chosen:
            for source, text in (
                ("tags", ", ".join(subsets[index])),
                ("caption", "music with " + " ".join(subsets[index])),
            ):
                texts.append(text_of(text, source, kept, view, 1 / len(chosen), **_said(subsets[index])))
            view += 1
    if rng.random() < 1 / 3:
        human = _said(tags) | {"claims": None}
        texts.append(text_of("I hear " + " and ".join(tags), "human", 0, -1, 1.0, **human))
    return texts + [_swap(text, index, tags, rng) for index, text in enumerate(texts)]


def _said(tags: Sequence[str]) -> dict[str, object]:
    """What a text of these tags claims, and the categories of its replaceable terms."""
    return {"claims": list(tags), "swappable": [category_of(tag) for tag in tags]}


def category_of(tag: str) -> str:
    """The category of a tag."""
    return tag.rstrip("0123456789")


def text_of(
    text: str,
    source: str = "tags",
    kept: int = 1,
    view: int = 0,
    weight: float = 1.0,
    weight_category: float | None = None,
    **more: object,
) -> dict[str, object]:
    """One text of a row; `more` sets swap_of, swap_terms, swap_categories, claims and swappable."""
    return {
        "text": text,
        "source": source,
        "kept": kept,
        "view": view,
        "weight_none": weight,
        "weight_category": weight if weight_category is None else weight_category,
        "swap_of": -1,
        "swap_terms": 0,
        "swap_categories": [],
        "claims": None,
        "swappable": [],
        **more,
    }


def _swap(original: dict[str, object], index: int, tags: list[str], rng: np.random.Generator) -> dict[str, object]:
    words = str(original["text"]).replace(",", " ,").split(" ")
    place = int(rng.choice([number for number, word in enumerate(words) if word in tags]))
    old, category = words[place], category_of(words[place])
    words[place] = str(rng.choice([tag for tag in tags_of(category) if tag not in tags]))
    text = " ".join(words).replace(" ,", ",")
    claims = original["claims"]
    if isinstance(claims, list):
        claims = [words[place] if name == old else name for name in claims]
    swap = {"swap_of": index, "swap_terms": 1, "swap_categories": [category], "swappable": []}
    return original | swap | {"text": text, "claims": claims}


def _embedding(text: dict[str, object], world: World, dimensions: Dimensions) -> NDArray[np.float64]:
    """The mean of the tags' vectors, scaled, the same for every wording but for a little noise of its own."""
    words = str(text["text"]).replace(",", "").split(" ")
    known = [world.text[word] for word in words if word in world.text]
    rng = np.random.default_rng(key_of(str(text["text"])))
    mean = sum(known) / math.sqrt(len(known))
    noise = rng.normal(size=(dimensions.text_tokens, dimensions.text_features))
    return np.asarray(0.2 * (mean + 0.1 * noise))
