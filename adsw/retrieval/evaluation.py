"""Retrieval evaluation of a pair of heads on a fixed set of queries, in both directions."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from adsw.errors import Fault, InputError
from adsw.files import publishing
from adsw.json_text import parse_json
from adsw.metrics import DIRECTIONS, SWAP, SWAP_ACCURACY
from adsw.retrieval.by_tags import chance_by_tags, score_by_tags
from adsw.retrieval.nearest import distinct_rows
from adsw.retrieval.placement import Array, place
from adsw.retrieval.queries import QUERY_SOURCES, TEXT_SOURCES, QuerySet, Targets
from adsw.retrieval.ranking import PairScores, QueryScores, TagScores, chance, metrics_of, score, score_pairs
from adsw.retrieval.swap_stored import SwapPairs
from adsw.retrieval.truth import Truth


def conventions(texts: int, tracks: int, asking: int) -> tuple[str, ...]:
    """Return the conventions of an evaluation, one paragraph each.

    Args:
        texts: number of distinct texts of the set.
        tracks: number of tracks of the set.
        asking: number of tracks that have at least one text.
    """
    return (
        f"t2m (text to music): {texts} distinct texts are the queries, {tracks} tracks the pool. Every text "
        "of a track is a query of its own; a text that tracks share is one query with several targets.",
        f"m2t (music to text): {asking} tracks are the queries, {texts} distinct texts the pool; all texts "
        "of the track are its targets.",
        "R@k: share of queries with at least one target among the first k. mAP@10: mean over queries of the "
        "sum, over targets at ranks r <= 10, of (targets down to r) / r, divided by min(targets, 10). MedR "
        "and meanR: plain median and mean over queries of the best target's rank. Fractions, not percent.",
        "Ranks start at 1. Ties: every figure is its mean over all orders of a tied block; a single target "
        "stands at the block's middle, and a constant model scores chance.",
        "Chance: the exact figures of a random ranking of the same pool with the same numbers of targets. "
        "Calibrated: (figure - chance) / (1 - chance), so 0 is chance and 1 perfect, for ranks as well. "
        "The texts of a track are alike and so stand together, which leaves a blind model below chance in m2t.",
    )


BY_TAGS_CONVENTION = (
    "Ending in .tags: R@k and mAP@10 with truth by tags. Targets are, beside its own tracks, all that the text is true "
    "of: all that it claims is among the track's tags and what they imply; m2t likewise, all texts true of the "
    "track. A text whose claims are not known, as a human caption, has its own tracks only."
)


def interval_convention(resamples: int, seed: int) -> str:
    """Return how the intervals were made, from the number and the seed of the resamples."""
    return (
        f"Intervals: 95 %, percentile bootstrap over queries, resampled by track ({resamples} resamples, seed {seed})."
    )


_SCORES = ("rank", "hits", "average_precision")

_BY_TAGS = ("hits", "average_precision", "true")

_OTHERS = ("target_counts", "clusters", "sources")


@dataclass(frozen=True, slots=True)
class Direction:
    """Results of Q queries of one direction, from which every figure and interval follows.

    Attributes:
        scores: rank, hits and AP@10 of every query.
        target_counts: int64 [Q], number of right items of every query.
        clusters: int64 [Q], row of the query's track (the first one of a text on several tracks); intervals resample
            these.
        sources: uint8 [Q], bits over `QUERY_SOURCES`; 0 for a track as query.
        pool: number of items that are ranked.
    """

    scores: QueryScores
    target_counts: NDArray[np.int64]
    clusters: NDArray[np.int64]
    sources: NDArray[np.uint8]
    pool: int

    def __len__(self) -> int:
        """Number of queries."""
        return len(self.scores)

    @property
    def metrics(self) -> dict[str, float]:
        """R@1, R@5, R@10 and mAP@10 as fractions, MedR and meanR as 1-based ranks; with truth by tags if known."""
        return metrics_of(self.scores)

    @property
    def chance(self) -> dict[str, float]:
        """The same metrics of a random ranking, exact."""
        if isinstance(self.scores, PairScores):
            return {SWAP_ACCURACY: 1 / self.pool}
        by_tags = self.scores.by_tags
        graded = {} if by_tags is None else chance_by_tags(by_tags.true, self.pool)
        return chance(self.target_counts, self.pool) | graded

    def where(self, chosen: NDArray[np.bool_]) -> Direction:
        """Return the results of the queries chosen by a mask, bool [Q], against the same pool."""
        return Direction(
            self.scores.where(chosen),
            self.target_counts[chosen],
            self.clusters[chosen],
            self.sources[chosen],
            self.pool,
        )

    def by_source(self) -> dict[str, Direction]:
        """Return the results by query source (`QUERY_SOURCES`), for those that occur.

        A text of several sources counts in each of them.
        """
        masks = {name: (self.sources >> shift) & 1 > 0 for shift, name in enumerate(QUERY_SOURCES)}
        return {name: self.where(mask) for name, mask in masks.items() if mask.any()}

    def by_text_source(self) -> dict[str, Direction]:
        """Return the results by source of text (`TEXT_SOURCES`), if it occurs; full and partial views together."""
        bits = {name: sum(1 << QUERY_SOURCES.index(part) for part in parts) for name, parts in TEXT_SOURCES.items()}
        masks = {name: (self.sources & bit) > 0 for name, bit in bits.items()}
        return {name: self.where(mask) for name, mask in masks.items() if mask.any()}

    def arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Return all fields as arrays named ``prefix/field``, for saving."""
        named = {name: getattr(self.scores, name) for name in _SCORES}
        named |= {name: getattr(self, name) for name in _OTHERS} | {"pool": np.asarray(self.pool)}
        if self.scores.by_tags is not None:
            named |= {f"tags/{name}": getattr(self.scores.by_tags, name) for name in _BY_TAGS}
        return {f"{prefix}/{name}": array for name, array in named.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]], prefix: str) -> Direction:
        """Rebuild what `arrays` returned for a prefix.

        Raises:
            KeyError: an array is missing.
        """
        by_tags = None
        if f"{prefix}/tags/true" in arrays:
            by_tags = TagScores(*(arrays[f"{prefix}/tags/{name}"] for name in _BY_TAGS))  # type: ignore[arg-type]
        kind = PairScores if prefix == SWAP else QueryScores
        scores = kind(*(arrays[f"{prefix}/{name}"] for name in _SCORES))  # type: ignore[arg-type]
        scores = replace(scores, by_tags=by_tags)
        others = {name: arrays[f"{prefix}/{name}"] for name in _OTHERS}
        return cls(scores, pool=int(arrays[f"{prefix}/pool"]), **others)  # type: ignore[arg-type, call-overload]


_FORMAT = 1

_BLOCK = 512
"""Inputs that a head is given at a time."""


class Heads(Protocol):
    """Two projections into one space, compared by inner product (of unit vectors: the cosine)."""

    def audio(self, tokens: torch.Tensor, /) -> torch.Tensor:
        """Return the embeddings, float [n, P], of audio tokens, float16 [n, T_a, D_a]."""
        ...

    def text(self, tokens: torch.Tensor, /) -> torch.Tensor:
        """Return the embeddings, float [n, P], of text tokens, float16 [n, T_t, D_t]."""
        ...


@dataclass(frozen=True)
class Evaluation:
    """Results on one set of queries.

    Attributes:
        name: the set's name, the first part of every metric's name.
        queries: `QuerySet.identity`; two results can be compared query by query if theirs are equal.
        t2m: results of the Q distinct texts as queries, ranking all N tracks.
        m2t: results of the tracks that have a text as queries, ranking all Q distinct texts.
        swap: results of pairs of a text and a swap of it, ranked for the track; None if the set has none.
    """

    name: str
    queries: str
    t2m: Direction
    m2t: Direction
    swap: Direction | None = None

    @property
    def ways(self) -> tuple[str, ...]:
        """The directions there are, and swaps if there are any: the middle part of the metrics' names."""
        return (*DIRECTIONS, *(() if self.swap is None else (SWAP,)))

    @cached_property
    def metrics(self) -> dict[str, float]:
        """Every figure by its full name: ``valid/t2m/R@10``."""
        return {
            f"{self.name}/{way}/{metric}": value
            for way in self.ways
            for metric, value in self.direction(way).metrics.items()
        }

    @cached_property
    def chance(self) -> dict[str, float]:
        """The exact expected figures of a random ranking, by the same names."""
        return {
            f"{self.name}/{way}/{metric}": value
            for way in self.ways
            for metric, value in self.direction(way).chance.items()
        }

    @cached_property
    def slices(self) -> dict[str, dict[str, float]]:
        """Text-to-music metrics by the source of the query (`QUERY_SOURCES`), each against the whole pool."""
        return {source: part.metrics for source, part in self.t2m.by_source().items()}

    @property
    def conventions(self) -> tuple[str, ...]:
        """The rules by which the figures were counted, in words, to be printed with them."""
        graded = () if self.t2m.scores.by_tags is None else (BY_TAGS_CONVENTION,)
        return (*conventions(len(self.t2m), self.t2m.pool, len(self.m2t)), *graded)

    def direction(self, way: str) -> Direction:
        """Return the results of one direction, ``t2m`` or ``m2t``, or of swaps, ``swap``.

        Raises:
            KeyError: `way` is another name, or there are no swaps.
        """
        known = {"t2m": self.t2m, "m2t": self.m2t} | ({} if self.swap is None else {SWAP: self.swap})
        return known[way]

    def save(self, path: Path) -> None:
        """Write the per-query results to an .npz file, atomically."""
        header = json.dumps({"format": _FORMAT, "name": self.name, "queries": self.queries})
        with publishing(path) as temporary, temporary.open("wb") as stream:
            arrays = {name: array for way in self.ways for name, array in self.direction(way).arrays(way).items()}
            np.savez_compressed(stream, header=np.asarray(header), **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path) -> Evaluation:
        """Read a file that `save` wrote.

        Raises:
            InputError: the file is missing, cannot be read, or has another format.
        """
        try:
            with np.load(path, allow_pickle=False) as arrays:
                header = parse_json(str(arrays["header"]))
                if header["format"] != _FORMAT:
                    raise ValueError(f"format {header['format']}, not {_FORMAT}")
                ways = (*DIRECTIONS, *([SWAP] if f"{SWAP}/pool" in arrays else []))
                parts = {way: Direction.from_arrays(arrays, way) for way in ways}
                return cls(header["name"], header["queries"], **parts)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            reason = "no such file" if isinstance(error, FileNotFoundError) else f"not readable ({error})"
            fault = Fault(str(path), f"must be an evaluation's results: {reason}")
            raise InputError("Results cannot be read", [fault]) from error


def evaluate(heads: Heads, queries: QuerySet, name: str = "valid") -> Evaluation:
    """Embed the queries of a set with a pair of heads and rank them in both directions.

    Args:
        heads: called without gradients, on blocks of at most 512 rows.
        queries: N tracks and Q distinct texts, with the tracks of every text.
        name: the set's name, the first part of every metric's name.

    Raises:
        ValueError: an embedding is NaN or infinite; the message says whether of the audio or of the texts.
    """
    audio_NP = embed(heads.audio, queries.audio, "audio")
    texts_QP = embed(heads.text, queries.text_embeddings, "text")
    return Evaluation(
        name,
        queries.identity,
        text_to_music(texts_QP, audio_NP, queries.targets, queries.sources, queries.truth),
        music_to_text(audio_NP, texts_QP, queries.targets, queries.truth),
        None if queries.swaps is None else own_or_swap(heads, audio_NP, queries.swaps),
    )


def own_or_swap(heads: Heads, audio_NP: torch.Tensor, swaps: SwapPairs) -> Direction:
    """Rank a text and a swap of it for the audio of its track, for n pairs.

    Raises:
        ValueError: an embedding is NaN or infinite.
    """
    texts_mP = embed(heads.text, swaps.texts, "swaps")
    tracks, own, swapped = (
        torch.from_numpy(rows).to(audio_NP.device) for rows in (swaps.tracks, swaps.own, swaps.swapped)
    )
    # Row by row and not as a matrix product, so that equal texts are ties to the bit.
    near = (audio_NP[tracks] * texts_mP[own]).sum(dim=1), (audio_NP[tracks] * texts_mP[swapped]).sum(dim=1)
    scores = score_pairs((near[0] - near[1]).double().cpu().numpy())
    ones = np.ones(len(swaps), dtype=np.int64)
    return Direction(scores, ones, swaps.tracks, np.zeros(len(swaps), dtype=np.uint8), pool=2)


def text_to_music(
    texts_QP: Array, audio_NP: Array, targets: Targets, sources: NDArray[np.uint8], truth: Truth | None = None
) -> Direction:
    """Rank all N tracks for every distinct text.

    A text that several tracks share is one query with several targets; it is clustered with the first of them.

    Args:
        texts_QP: embeddings of the Q distinct texts, the queries, floating point [Q, P].
        audio_NP: embeddings of the N tracks, the pool, floating point [N, P].
        targets: the tracks of every text, at least one each.
        sources: uint8 [Q], bits over `adsw.retrieval.queries.QUERY_SOURCES`.
        truth: which texts are true of which tracks; None: no figures with truth by tags.

    Raises:
        ValueError: as `place`.
    """
    scores = score(place(texts_QP, audio_NP, targets))
    if truth is not None:
        scores = replace(scores, by_tags=score_by_tags(texts_QP, audio_NP, targets, truth.of_texts))
    return Direction(scores, targets.counts, targets.items[targets.starts[:-1]], sources, len(audio_NP))


def music_to_text(audio_NP: Array, texts_QP: Array, targets: Targets, truth: Truth | None = None) -> Direction:
    """Rank all Q distinct texts for every track that has at least one.

    All texts of a track are its targets: the best of them counts for R@k and the ranks. A track without a text is no
    query here, though it is in the pool of the other direction.

    Args:
        audio_NP: embeddings of the N tracks, floating point [N, P].
        texts_QP: embeddings of the Q distinct texts, the pool, floating point [Q, P].
        targets: the tracks of every text, as for `text_to_music`.
        truth: as there.

    Returns:
        Results of the tracks with a text, in the order of their rows; `Direction.clusters` are those rows.

    Raises:
        ValueError: as `place`.
    """
    asking, of_tracks = targets.turned()
    index = torch.from_numpy(asking).to(audio_NP.device) if isinstance(audio_NP, torch.Tensor) else asking
    scores = score(place(audio_NP[index], texts_QP, of_tracks))
    if truth is not None:
        by_tags = score_by_tags(audio_NP[index], texts_QP, of_tracks, lambda rows: truth.of_tracks(asking[rows]))
        scores = replace(scores, by_tags=by_tags)
    return Direction(scores, of_tracks.counts, asking, np.zeros(len(asking), dtype=np.uint8), len(texts_QP))


def embed(head: Callable[[torch.Tensor], torch.Tensor], tokens: NDArray[np.float16], what: str) -> torch.Tensor:
    """Embed tokens block by block, without gradients.

    Args:
        head: projects float16 tokens [n, T, D] to float vectors [n, P].
        tokens: float16 [n, T, D].
        what: name of the tokens, for the error message.

    Returns:
        Embeddings [n, P], on the head's device; equal inputs have equal embeddings, to the bit.

    Raises:
        ValueError: an embedding holds NaN or infinity.
    """
    # Each distinct input is embedded once: the same row in two blocks may differ in the last bit, which breaks ties.
    firsts, group = distinct_rows(tokens)
    with torch.inference_mode():
        blocks = [
            head(torch.from_numpy(tokens[firsts[first : first + _BLOCK]])) for first in range(0, len(firsts), _BLOCK)
        ]
        embedded = torch.cat(blocks)
        if not torch.isfinite(embedded).all():
            raise ValueError(f"{what}: the heads give NaN or infinity; such embeddings cannot be ranked")
        return embedded if len(firsts) == len(tokens) else embedded[torch.from_numpy(group).to(embedded.device)]
