"""How much of a checkpoint's gain is on queries like those it was trained on.

A query's *nearness* is the cosine of its text and the nearest training text, both by the frozen text encoder, before
any head. Within every source of queries they are put in order of it and cut into four quarters, so that every quarter
holds the same mix of sources; texts that are as near go together. The *gain* of a query is its score minus that of a
random ranking with as many targets.

Two figures answer the question. The *contrast* is the mean gain of the nearer half minus that of the farther half:
around zero, the checkpoint does as well on what is new to it. The *share* is the part of the whole gain that the
nearer half brings, to be held against its part of the queries.

What they cannot tell: a text that stands in the training word by word is often short and general, and so hard for any
model. A contrast below zero does not show that novelty helps.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from adsw.evaluate.cells import cell, gap
from adsw.report.table import TableModel, head_columns, row
from adsw.retrieval.evaluation import Direction
from adsw.retrieval.nearest import nearest
from adsw.retrieval.queries import QuerySet, Targets
from adsw.retrieval.ranking import chance
from adsw.spelling import folded, one_text
from adsw.stats.bootstrap import bootstrap_interval, contrast_interval, share_interval
from adsw.stats.interval import Interval
from adsw.store.duplicates import Recording, recordings_in
from adsw.store.store import Store
from adsw.train.block import Block

MOST_TRACKS = 16_384
"""Training tracks read at most. A store holds its tracks in the order of a hash of their names, so the first ones
are a random sample."""

_BLOCK = 4096
"""Inputs pooled at a time."""


@dataclass(frozen=True)
class Training:
    """The training split, or a random sample of its tracks, without swapped texts.

    Attributes:
        audio: float16 [N, T_a, D_a], audio tokens of the tracks.
        text_embeddings: float16 [U, T_t, D_t], one per distinct text.
        texts: the U distinct texts.
        owners: the tracks of every text, as rows of `audio`.
        track_ids: names of the N tracks.
        tracks: number of tracks in the whole split, at least N.
        uncased: whether texts that differ in case alone are one text.
        recordings: what is heard of them, of the whole split.
    """

    audio: NDArray[np.float16]
    text_embeddings: NDArray[np.float16]
    texts: tuple[str, ...]
    owners: Targets
    track_ids: tuple[str, ...]
    tracks: int
    uncased: bool = False
    recordings: frozenset[Recording] = frozenset()

    @classmethod
    def of(cls, store: Store, most: int = MOST_TRACKS) -> Training:
        """Read a store's training split.

        Args:
            store: what the checkpoint was trained on.
            most: tracks to read at most.

        Raises:
            InputError: the store has no train split, or a shard of it is damaged.
            ValueError: the tracks have no text.
        """
        table = store.table("train")
        block = Block.from_table(table.slice(0, most), store.info.dimensions)
        originals = np.flatnonzero(block.swap_of < 0)
        if not len(originals):
            raise ValueError("the training split holds no text")
        _, first, number = np.unique(block.text_code[originals], return_index=True, return_inverse=True)
        chosen = originals[first]
        return cls(
            audio=block.audio,
            text_embeddings=block.text_embeddings[chosen],
            texts=tuple(block.texts.take(chosen).to_pylist()),
            owners=Targets.from_pairs(number.astype(np.int64), block.track_of_text[originals], len(chosen)),
            track_ids=tuple(block.track_ids),
            tracks=len(table),
            uncased=store.info.dimensions.uncased,
            recordings=frozenset(recordings_in(table).values()),
        )

    @cached_property
    def audio_scale(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and standard deviation over tracks of every audio feature, pooled over tokens; float32 [D_a] each."""
        pooled_ND = pooled(self.audio)
        # A feature that is constant over the tracks would divide by zero.
        return pooled_ND.mean(0), pooled_ND.std(0, correction=0).clamp_min(1e-6)

    @cached_property
    def unit_audio(self) -> torch.Tensor:
        """Standardised pooled audio as unit vectors, float32 [N, D_a]."""
        return self.standardised(self.audio)

    @cached_property
    def unit_texts(self) -> torch.Tensor:
        """Pooled texts as unit vectors, float32 [U, D_t]."""
        return unit(pooled(self.text_embeddings))

    def standardised(self, audio: NDArray[np.float16]) -> torch.Tensor:
        """Return the pooled audio of any tracks, scaled by this training's means and deviations.

        Args:
            audio: float16 [n, T_a, D_a].

        Returns:
            Unit vectors, float32 [n, D_a].
        """
        # Features of frozen audio encoders differ in scale by orders of magnitude; unscaled, the largest of them
        # would decide every cosine.
        mean, deviation = self.audio_scale
        return unit((pooled(audio) - mean) / deviation)


def pooled(tokens: NDArray[np.float16]) -> torch.Tensor:
    """Return the mean over the tokens of every input, float32 [n, D], of float16 [n, T, D]."""
    # In blocks, because the float32 copy takes twice the memory of the tokens.
    blocks = [torch.from_numpy(np.array(tokens[at : at + _BLOCK])) for at in range(0, len(tokens), _BLOCK)]
    return torch.cat([block.float().mean(1) for block in blocks])


def unit(vectors_ND: torch.Tensor) -> torch.Tensor:
    """Scale vectors [N, D] to length 1; a zero vector stays zero."""
    return torch.nn.functional.normalize(vectors_ND, dim=1)


GAINS = ("R@10", "mAP@10")
"""The metrics whose gain is computed."""

_PARTS = 4

QUARTERS = ("nearest", "near", "far", "farthest")


@dataclass(frozen=True, slots=True)
class Quarter:
    """The queries of one quarter of nearness.

    Attributes:
        name: one of `QUARTERS`.
        queries: how many.
        nearness: median cosine to the nearest training text.
        known: share of them that stand in the training word by word.
        values: mean score by metric, with intervals.
        gains: mean score minus chance by metric, with intervals.
    """

    name: str
    queries: int
    nearness: float
    known: float
    values: dict[str, Interval]
    gains: dict[str, Interval]


@dataclass(frozen=True, slots=True)
class Novelty:
    """The gain on text-to-music queries by nearness to the training.

    Attributes:
        name: the set's name.
        quarters: from the nearest; empty ones are left out.
        near_queries: the nearer half's part of the queries.
        shares: by metric the nearer half's part of the gain; None if there is no gain.
        contrasts: by metric the nearer half's gain minus the farther half's; None if a half is empty.
        looked_at, tracks: training tracks looked at, and all.
    """

    title: ClassVar[str] = "Near and far from the training"
    name: str
    quarters: tuple[Quarter, ...]
    near_queries: float
    shares: dict[str, Interval | None]
    contrasts: dict[str, Interval | None]
    looked_at: int
    tracks: int

    def document(self) -> dict[str, Any]:
        """Return all figures as plain JSON values."""
        return asdict(self)

    def tables(self) -> list[TableModel]:
        """Return one table: a row per quarter, then the two halves against each other."""
        quarters = [
            row(
                part.name,
                str(part.queries),
                f"{part.nearness:.3f}",
                f"{part.known:.0%}",
                *(cell(name, part.gains[name]) for name in GAINS),
            )
            for part in self.quarters
        ]
        contrasts, shares = (
            (gap(name, self.contrasts[name]) for name in GAINS),
            (cell(name, self.shares[name]) for name in GAINS),
        )
        halves = [
            row("near − far half", "", "", "", *contrasts),
            row("share of near half", f"{self.near_queries:.0%}", "", "", *shares),
        ]
        return [
            TableModel.grouped(
                "novelty",
                f"{self.name}: text to music by nearness to the training texts",
                self._caption(),
                head_columns("quarter", "queries", "cosine", "verbatim", *(f"{name} over chance" for name in GAINS)),
                (quarters, halves),
            )
        ]

    def _caption(self) -> str:
        sample = "all" if self.looked_at == self.tracks else f"{self.looked_at:,} of"
        return (
            "Cosine: of a query and its nearest training text under the frozen encoder, median "
            f"({sample} {self.tracks:,} training tracks). Verbatim: queries that stand in the training word by word; "
            "they are often short and general, and so hard for any model. Quarters are cut within every source."
        )


def novelty(direction: Direction, queries: QuerySet, training: Training, name: str) -> Novelty:
    """Divide the gain on text-to-music queries by nearness to the training.

    Args:
        direction: a checkpoint's text-to-music results on these queries.
        queries: the set.
        training: what the checkpoint was trained on.
        name: the set's name.
    """
    cosine_Q = nearest(unit(pooled(queries.text_embeddings)), training.unit_texts, 1)[0][:, 0]
    key = folded if training.uncased else one_text
    trained = set(map(key, training.texts))
    known_Q = np.array([key(text) in trained for text in queries.texts])
    quarter_Q = quarters_of(cosine_Q, queries.sources)
    gains = {metric: gains_of(direction, metric) for metric in GAINS}
    near_Q = quarter_Q < _PARTS // 2
    both = near_Q.any() and not near_Q.all()
    owners = direction.clusters
    quarters = [_quarter(part, quarter_Q == part, direction, gains, cosine_Q, known_Q) for part in range(_PARTS)]
    return Novelty(
        name,
        tuple(quarter for quarter in quarters if quarter is not None),
        float(near_Q.mean()),
        {metric: share_interval(values, near_Q, owners) if both else None for metric, values in gains.items()},
        {metric: contrast_interval(values, near_Q, owners) if both else None for metric, values in gains.items()},
        len(training.track_ids),
        training.tracks,
    )


def quarters_of(nearness_Q: NDArray[np.float32], sources_Q: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the quarter of nearness of every query within its source, 0 the nearest, [Q].

    Queries that are equally near are always in the same quarter.

    Args:
        nearness_Q: cosine to the nearest training text.
        sources_Q: bit masks of sources; a query of several counts under the first.
    """
    # x & -x keeps the lowest bit set: the first of a query's sources.
    first_Q = sources_Q & -sources_Q.astype(np.int64)
    quarter_Q = np.zeros(len(nearness_Q), dtype=np.int64)
    for source in np.unique(first_Q):
        members = np.flatnonzero(first_Q == source)
        _, group, counts = np.unique(-nearness_Q[members], return_inverse=True, return_counts=True)
        # Equal values share their middle rank, so that a cut never parts them.
        middle = np.cumsum(counts) - counts / 2
        quarter_Q[members] = np.minimum(_PARTS - 1, (_PARTS * middle[group] / len(members)).astype(np.int64))
    return quarter_Q


def gains_of(direction: Direction, metric: str) -> NDArray[np.float64]:
    """Return every query's score minus that of a random ranking with as many targets, [Q]."""
    # Chance depends on the number of targets alone, and few numbers occur.
    distinct, index = np.unique(direction.target_counts, return_inverse=True)
    levels = np.array([chance(np.array([count]), direction.pool)[metric] for count in distinct])
    gains: NDArray[np.float64] = direction.scores.of(metric) - levels[index]
    return gains


def _quarter(
    part: int,
    chosen_Q: NDArray[np.bool_],
    direction: Direction,
    gains: dict[str, NDArray[np.float64]],
    cosine_Q: NDArray[np.float32],
    known_Q: NDArray[np.bool_],
) -> Quarter | None:
    """Compute the figures of one quarter; return None if no query is in it."""
    if not chosen_Q.any():
        return None
    owners = direction.clusters[chosen_Q]
    values = {metric: direction.scores.of(metric)[chosen_Q] for metric in GAINS}
    return Quarter(
        QUARTERS[part],
        int(chosen_Q.sum()),
        float(np.median(cosine_Q[chosen_Q])),
        float(known_Q[chosen_Q].mean()),
        {metric: bootstrap_interval(values[metric], owners) for metric in GAINS},
        {metric: bootstrap_interval(gains[metric][chosen_Q], owners) for metric in GAINS},
    )
