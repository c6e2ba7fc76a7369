"""What a store's audio encoder says of each track in its own tags, read off the embeddings: nothing is heard twice.

For encoders that were trained to name tags. The quickest look at whether the audio that went into a store is the audio
that was meant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from adsw.encoders.protocol import EncoderInfo, TaggingEncoder
from adsw.encoders.registry import audio_encoder, reference_to
from adsw.encoders.weights import GIVEN
from adsw.files import publish_text
from adsw.json_text import json_lines, parse_json
from adsw.parquet_file import read_parquet
from adsw.store.plan import ShardPlan, TrackFiles, audio_file

HEARD_FILE = "heard.jsonl"
"""A line per track: ``track_id``, ``split``, ``audio`` and the likeliest ``tags`` with their probabilities."""

TAGS = 5
"""Tags noted of a track."""


def publish_heard(store: Path, info: EncoderInfo, shards: Sequence[ShardPlan], tracks: TrackFiles, audio: Path) -> None:
    """Publish the list beside the shards, if the encoder names tags.

    Args:
        store: its folder.
        info: of its audio encoder.
        shards: those that hold tracks.
        tracks: of the shards.
        audio: folder of the audio stage's results.
    """
    if info.name.startswith(GIVEN):
        return
    encoder = audio_encoder(reference_to(info))
    if hasattr(encoder, "tags_of"):
        tagging = cast("TaggingEncoder", encoder)
        lines = [line for shard in shards for line in _lines(shard, info, tracks, audio, tagging)]
        if lines:
            publish_text(store / HEARD_FILE, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def heard_in(store: Path, most: int) -> list[dict[str, Any]]:
    """Return the first `most` lines of a store's list; none if it has no list."""
    try:
        text = (store / HEARD_FILE).read_text("utf-8")
    except FileNotFoundError:
        return []
    return [parse_json(line) for _, line in json_lines(text)][:most]


def _lines(
    shard: ShardPlan, info: EncoderInfo, tracks: TrackFiles, audio: Path, encoder: TaggingEncoder
) -> Iterator[dict[str, Any]]:
    """Yield the lines of a shard's tracks, none if the encoder's settings leave too little for tags."""
    results = read_parquet(audio_file(audio, shard.name), columns=["audio"]).drop_null()
    for track, embedding in zip(tracks.usable(shard.name), results["audio"].to_pylist(), strict=True):
        tokens = np.frombuffer(embedding, "<f2").reshape(info.tokens, info.features).astype(np.float32)
        scores = encoder.tags_of(tokens)
        if scores is None:
            return
        tags = {tag: round(score, 3) for tag, score in list(scores.items())[:TAGS]}
        yield {"track_id": track.track_id, "split": shard.split, "audio": track.audio, "tags": tags}
