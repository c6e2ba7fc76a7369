"""A model and the tracks it searches."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from adsw.errors import InputError, unknown
from adsw.evaluate.compatibility import open_together
from adsw.model import Modality, Model
from adsw.search.nearest import Approximate, Recall, nearest
from adsw.search.pool import OnTracks, Pool, unheard
from adsw.search.query import Query, check
from adsw.spelling import folded
from adsw.store.store import Store
from adsw.train.checkpoint import Checkpoint


@dataclass(frozen=True, slots=True)
class Hit:
    """A track of a search's result; `score` as `Query` defines it."""

    rank: int
    score: float
    track_id: str
    split: str
    dataset: str
    tags: dict[str, list[str]]
    audio: str | None
    start_s: float | None = None
    """Where the track begins in its audio file, seconds; None: at the beginning."""
    duration_s: float | None = None
    """Length of the track, seconds; None: to the end of the file."""


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a search.

    Attributes:
        query: the query.
        hits: best first, equal scores in the order of the store.
        searched: the number of tracks searched.
        splits: the splits searched.
        recall: measured recall of an approximate search; None if the search was exact.
        wanted: the number of tracks asked for.
    """

    query: Query
    hits: tuple[Hit, ...]
    searched: int
    splits: tuple[str, ...]
    recall: Recall | None
    wanted: int = 0


@dataclass(frozen=True)
class Library:
    """Tracks under a model.

    Attributes:
        model: with the encoders of its training.
        pool: the tracks.
        store_fingerprint: of the store that they come from.
        approximate: lists for a large pool; None searches it exactly.
        recall: what was measured of them.
    """

    model: Model
    pool: Pool
    store_fingerprint: str
    approximate: Approximate | None = None
    recall: Recall | None = None

    @classmethod
    def of_store(
        cls, checkpoint: Path, store: Path, splits: Sequence[str] | None = None, on_tracks: OnTracks = unheard
    ) -> Library:
        """Embed the tracks of a store to search them.

        Args:
            checkpoint: the heads' folder.
            store: made by the encoders that the heads were trained on.
            splits: those to search; None for all.
            on_tracks: called as tracks are embedded.

        Raises:
            InputError: every fault of the two: what cannot be opened, other encoders, an unknown split.
        """
        trained, (opened,) = open_together(checkpoint, [store])
        pool = store_pool(trained, opened, splits, on_tracks)
        return cls(Model(trained), pool, opened.info.fingerprint)

    @property
    def checkpoint(self) -> Checkpoint:
        """The heads in use."""
        return self.model.checkpoint

    def find(self, query: Query, count: int, splits: Sequence[str] | None = None) -> Found:
        """Return the tracks with the highest scores.

        A whole pool with lists is searched through them, a part of it exactly.

        Args:
            query: what is looked for.
            count: number of tracks to return; all where there are fewer.
            splits: the part to search; None for all.

        Raises:
            InputError: every fault of the query, an audio file that cannot be used, an encoder other than the
                training's.
        """
        parts = tuple(self.pool.splits if splits is None else splits)
        wanted, count = count, min(count, check(query, count, self.pool, parts))
        self.model.check(*_modalities(query))
        vector_P = query.vector(self.model, self.pool)
        liked = sorted({self.pool.rows[name] for name in query.like})
        whole = set(parts) == set(self.pool.splits)
        # The lists cannot be searched in part.
        if self.approximate is not None and whole:
            # The tracks of the query itself are found too, and left out afterwards.
            rows, scores = self.approximate.nearest(self.pool.embeddings, vector_P, count + len(liked))
            kept = ~np.isin(rows, liked)
            rows, scores = rows[kept][:count], scores[kept][:count]
            searched = len(self.pool) - len(liked)
        else:
            allowed = self.pool.within(parts)
            allowed[liked] = False
            rows, scores = nearest(self.pool.embeddings, vector_P, count, allowed)
            searched = int(allowed.sum())
        return Found(query, self._hits(rows, scores), searched, parts, self.recall if whole else None, wanted)

    def _hits(self, rows: NDArray[np.int64], scores: NDArray[np.float32]) -> tuple[Hit, ...]:
        """Return the hits of rows that are in order of their scores."""
        hits = []
        for rank, (row, score) in enumerate(zip(rows.tolist(), scores.tolist(), strict=True), start=1):
            about = self.pool.about(row)
            path = about.pop("audio_path")
            hits.append(Hit(rank=rank, score=score, audio=path, **about))
        return tuple(hits)


def store_pool(trained: Checkpoint, store: Store, splits: Sequence[str] | None, on_tracks: OnTracks) -> Pool:
    """Return the tracks of some splits of a store, or of all if None, embedded under a checkpoint.

    Raises:
        InputError: the store has no such split.
    """
    wanted = store.splits if splits is None else splits
    wrong = [unknown("--split", name, store.splits, "split") for name in wanted if name not in store.splits]
    if wrong:
        raise InputError(f"The store {store.path} cannot be searched so", wrong)
    return Pool.of_store(trained.heads, store, wanted, on_tracks)


def _modalities(query: Query) -> list[Modality]:
    """Return the modalities whose encoders a query needs."""
    needed: list[Modality] = []
    if query.texts or query.unwanted:
        needed.append("text")
    if query.audio:
        needed.append("audio")
    return needed


_WORDS = re.compile(r"[^\W_]+")


def named_in(tag: str, text: str) -> bool:
    """Return whether every word of a tag is a word of a text, whatever the spelling.

    >>> named_in("church organ", "a slow minor tune on the church organ"), named_in("slow air", "a slow minor tune")
    (True, False)
    """
    words = _WORDS.findall(folded(tag))
    return bool(words) and set(words) <= set(_WORDS.findall(folded(text)))


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of a hit; `sort` is ``wanted`` or ``unwanted`` where the query names it."""

    text: str
    sort: str


def named_tags(tags: Mapping[str, Sequence[str]], query: Query) -> dict[str, tuple[Tag, ...]]:
    """Return the tags of a hit by category, as the query names them; categories without any are left out."""
    return {
        category: tuple(Tag(text, _sort(text, query)) for text in texts) for category, texts in tags.items() if texts
    }


def _sort(tag: str, query: Query) -> str:
    if any(named_in(tag, text) for text in query.unwanted):
        return "unwanted"
    return "wanted" if any(named_in(tag, text) for text in query.texts) else ""
