"""Search by text: the tracks whose embeddings are nearest to a text's."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from adsw.encode.protocol import TextEncoder
from adsw.encode.schema import Dimensions
from adsw.encode.store import Store
from adsw.errors import Faults
from adsw.evaluate.evaluation import Heads, embed

_COLUMNS = ("track_id", "tags", "audio", "audio_path")
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """A track found; `score` is the cosine of its embedding and the text's."""

    rank: int
    score: float
    track_id: str
    split: str
    tags: dict[str, list[str]]
    audio: str | None


def search(
    heads: Heads, encoder: TextEncoder, store: Store, splits: Sequence[str], text: str, count: int
) -> tuple[list[Hit], int]:
    """Rank the tracks of some splits by a text.

    Args:
        heads: a trained pair.
        encoder: the text encoder that the heads were trained on.
        store: where the tracks are, under the heads' audio encoder.
        splits: those searched.
        text: what is looked for.
        count: tracks wanted.

    Returns:
        The hits, best first (equal scores in the store's order), and the number of tracks searched.

    Raises:
        InputError: the text is empty, or fewer tracks than wanted are there.
    """
    pools = [(split, store.table(split, columns=_COLUMNS)) for split in splits]
    size = sum(len(table) for _, table in pools)
    _check(text, count, size, splits)
    audio_NTD = np.concatenate([_audio(table, store.info.dimensions) for _, table in pools if len(table)])
    audio_NP = embed(heads.audio, audio_NTD, "audio")
    # As in the store: the heads were trained on half-precision inputs.
    tokens_1TD = encoder.encode([text]).astype(np.float16)
    text_P = embed(heads.text, tokens_1TD, "text")[0]
    # In float64, so that equal embeddings score the same wherever they stand.
    scores, order = torch.sort((audio_NP.double() @ text_P.double()).float(), descending=True, stable=True)
    rows = [(split, table, row) for split, table in pools for row in range(len(table))]
    hits = []
    for rank in range(count):
        split, table, row = rows[int(order[rank])]
        track_id, tags, path = (table.column(name)[row].as_py() for name in ("track_id", "tags", "audio_path"))
        hits.append(Hit(rank + 1, float(scores[rank]), track_id, split, json.loads(tags), path))
    return hits, size


def named_in(tag: str, text: str) -> bool:
    """Whether every word of a tag stands in a text, whatever the case.

    >>> named_in("church organ", "a slow minor tune on the church organ"), named_in("slow air", "a slow minor
    tune") (True, False)
    """
    words = _WORDS.findall(tag.casefold())
    return bool(words) and set(words) <= set(_WORDS.findall(text.casefold()))


def _check(text: str, count: int, size: int, splits: Sequence[str]) -> None:
    faults = Faults("Nothing can be searched so")
    if not text.strip():
        faults.add("text", "must say what is looked for", text)
    if not size:
        faults.add("--split", "must hold tracks, holds none", ", ".join(splits))
    elif not 1 <= count <= size:
        faults.add("-k", f"must lie between 1 and the number of tracks searched, {size}", count)
    faults.raise_if_any()


def _audio(table: pa.Table, dimensions: Dimensions) -> NDArray[np.float16]:
    """The audio tokens of a table, float16 [N, T_a, D_a]."""
    column = table.column("audio").combine_chunks()
    size = len(column) * dimensions.audio_bytes // 2
    data = np.frombuffer(column.buffers()[1], np.float16, size, column.offset * dimensions.audio_bytes)
    return data.reshape(len(column), dimensions.audio_tokens, dimensions.audio_features)
