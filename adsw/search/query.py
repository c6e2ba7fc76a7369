"""Queries: texts, tracks and audio files that hits should be like, and texts that they should not be like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from adsw.arrays import Float32s as Float32Array
from adsw.errors import Faults, unknown
from adsw.model import Model, unicode_fault
from adsw.search.pool import Pool
from adsw.spelling import is_blank

NOT_WEIGHT = 0.5
"""Weight of an unwanted text against the wanted. Over 598 pairs of tags of the quickstart corpus, the share of the
first ten with the unwanted tag fell from 0.27 to 0.16, and that with the wanted one from 0.53 to 0.49."""

_SAMPLE = 10_000
"""Number of tracks of a large pool by which the spread of cosines is estimated."""

_NO_SPREAD = 1e-6
"""Standard deviation of cosines from which the tracks of a pool can be distinguished."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for.

    A track's score is a weighted mean of its cosines to `texts`, `like` and `audio`, less `NOT_WEIGHT` times a weighted
    mean of those to `unwanted`. With one thing wanted it is the cosine to it. Of several, each weighs by the inverse of
    its cosines' deviation over the pool: those between tracks vary more than those of a track and a text, and would
    decide alone.
    """

    texts: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    """Ids of tracks of the pool; they are not among the hits."""
    audio: tuple[str, ...] = ()
    """Paths of audio files."""
    unwanted: tuple[str, ...] = ()

    def words(self) -> str:
        """Return the query in words, for titles."""
        parts = [", ".join(self.texts)] if self.texts else []
        parts += [f"like {name}" for name in self.like]
        parts += [f"like {Path(file).name}" for file in self.audio]
        parts += [f"not {text}" for text in self.unwanted]
        return "; ".join(parts)

    def vector(self, model: Model, pool: Pool) -> Float32Array:
        """Return the vector whose inner products with the tracks' embeddings are the scores, float32 [P].

        Raises:
            InputError: an audio file cannot be used, or an encoder is not that of the training.
        """
        wanted = [pool.embeddings[pool.rows[name]] for name in self.like]
        wanted += list(model.encode_text(self.texts)) if self.texts else []
        wanted += list(model.encode_audio(self.audio)) if self.audio else []
        unwanted = list(model.encode_text(self.unwanted)) if self.unwanted else []
        return _combined(np.stack(wanted), np.array(unwanted).reshape(-1, model.width), pool)


def _combined(wanted_WP: Float32Array, unwanted_UP: Float32Array, pool: Pool) -> Float32Array:
    """Combine all wanted and unwanted embeddings into one vector, float32 [P]."""
    # Every n-th track: the store's order is a hash's, so that these are a random sample.
    sample = pool.embeddings[:: max(1, len(pool) // _SAMPLE)]
    spread = (np.concatenate([wanted_WP, unwanted_UP]) @ sample.T).std(axis=1, dtype=np.float64)
    # A spread of almost nothing would make weights of noise: all weigh the same then.
    inverse = 1 / spread if spread.min() > _NO_SPREAD else np.ones(len(spread))
    inverse /= inverse[: len(wanted_WP)].sum()
    vector_P = inverse[: len(wanted_WP)] @ wanted_WP.astype(np.float64)
    if len(unwanted_UP):
        share = NOT_WEIGHT * len(wanted_WP) / len(unwanted_UP)
        vector_P -= share * inverse[len(wanted_WP) :] @ unwanted_UP.astype(np.float64)
    combined: Float32Array = vector_P.astype(np.float32)
    return combined


def check(query: Query, count: int, pool: Pool, splits: Sequence[str]) -> int:
    """Check that a query can be answered in a pool; return how many tracks are searched.

    Args:
        query: what is looked for.
        count: number of tracks to return at most.
        pool: the tracks.
        splits: the part of the pool that is searched.

    Raises:
        InputError: every fault: nothing wanted, empty texts, unknown tracks, a pool or a count of none.
    """
    faults = Faults("Nothing can be searched so")
    if not (query.texts or query.like or query.audio):
        faults.add("text", "must say what is looked for", None, "Write a text, or give --like or --audio.")
    for where, texts in (("text", query.texts), ("--not", query.unwanted)):
        for text in texts:
            if is_blank(text):
                faults.add(where, "must say what is looked for" if where == "text" else "must name something", text)
            elif fault := unicode_fault(where, text):
                faults.extend([fault])
    faults.extend(unknown("--like", name, pool.rows, "track") for name in query.like if name not in pool.rows)
    faults.extend(unknown("--split", name, pool.splits, "split") for name in splits if name not in pool.splits)
    if count < 1:
        faults.add("-k", "must be at least 1", count)
    size = 0
    if not faults.found:
        inside = pool.within(splits)
        size = int(inside.sum()) - sum(bool(inside[pool.rows[name]]) for name in set(query.like))
        if not size:
            faults.add("--split", "must hold tracks beside those of --like, holds none", ", ".join(splits))
    faults.raise_if_any()
    return size
