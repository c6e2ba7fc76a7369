"""Results of one direction of retrieval, query by query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adsw.evaluate.queries import QUERY_SOURCES, TEXT_SOURCES
from adsw.evaluate.retrieval import QueryScores, chance, metrics_of

_SCORES = ("rank", "hits", "average_precision")
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
        """R@1, R@5, R@10 and mAP@10 as fractions, MedR and meanR as 1-based ranks."""
        return metrics_of(self.scores)

    @property
    def chance(self) -> dict[str, float]:
        """The same metrics of a random ranking, exact."""
        return chance(self.target_counts, self.pool)

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
        return {f"{prefix}/{name}": array for name, array in named.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]], prefix: str) -> Direction:
        """Rebuild what `arrays` returned for a prefix.

        Raises:
            KeyError: an array is missing.
        """
        scores = QueryScores(*(arrays[f"{prefix}/{name}"] for name in _SCORES))  # type: ignore[arg-type]
        others = {name: arrays[f"{prefix}/{name}"] for name in _OTHERS}
        return cls(scores, pool=int(arrays[f"{prefix}/pool"]), **others)  # type: ignore[arg-type, call-overload]
