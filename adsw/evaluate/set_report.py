"""Everything that is told about a checkpoint on one set: figures, intervals, chance, untrained heads,
slices."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from adsw.evaluate.conventions import interval_convention
from adsw.evaluate.direction import Direction
from adsw.evaluate.evaluation import DIRECTIONS, Evaluation
from adsw.evaluate.intervals import RESAMPLES, Interval, metric_intervals

SEED = 0
"""Of the bootstrap."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric with all that is needed to judge it; `untrained` is the same by heads before training."""

    interval: Interval
    chance: float
    untrained: float | None = None

    def document(self) -> dict[str, float | None]:
        """As plain JSON values."""
        return asdict(self.interval) | {"chance": self.chance, "untrained": self.untrained}


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of the queries of a direction, against the whole pool."""

    queries: int
    pool: int
    figures: dict[str, Figure]

    @classmethod
    def of(cls, direction: Direction, untrained: Direction | None = None) -> Slice:
        """All figures of a direction, or of part of one."""
        level = direction.chance
        before = untrained.metrics if untrained else {}
        figures = {
            name: Figure(interval, level[name], before.get(name))
            for name, interval in metric_intervals(direction, SEED, RESAMPLES).items()
        }
        return cls(len(direction), direction.pool, figures)

    def document(self) -> dict[str, Any]:
        """As plain JSON values."""
        figures = {name: figure.document() for name, figure in self.figures.items()}
        return {"queries": self.queries, "pool": self.pool, "metrics": figures}


@dataclass(frozen=True, slots=True)
class SetReport:
    """A checkpoint on one set.

    Attributes:
        name: the set's name.
        store: the store's folder.
        fingerprint: the store's.
        split: the split of it.
        directions: by ``t2m`` and ``m2t``.
        sources: text-to-music by the source of the query.
        remarks: what must be known of the set.
        conventions: how the figures were counted.
    """

    name: str
    store: str
    fingerprint: str
    split: str
    directions: dict[str, Slice]
    sources: dict[str, Slice]
    remarks: tuple[str, ...]
    conventions: tuple[str, ...]

    @classmethod
    def of(
        cls,
        evaluation: Evaluation,
        untrained: Evaluation,
        store: str,
        fingerprint: str,
        split: str,
        remarks: tuple[str, ...] = (),
    ) -> SetReport:
        """Put together what two evaluations of the same queries say: of the checkpoint, and of untrained
        heads.

        Raises:
            ValueError: they are not of the same queries.
        """
        if evaluation.queries != untrained.queries:
            raise ValueError("the checkpoint and the untrained heads must be evaluated on the same queries")
        return cls(
            name=evaluation.name,
            store=store,
            fingerprint=fingerprint,
            split=split,
            directions={way: Slice.of(evaluation.direction(way), untrained.direction(way)) for way in DIRECTIONS},
            sources={
                source: Slice.of(part, untrained.t2m.by_source()[source])
                for source, part in evaluation.t2m.by_source().items()
            },
            remarks=remarks,
            conventions=(*evaluation.conventions, interval_convention(RESAMPLES, SEED)),
        )

    def document(self) -> dict[str, Any]:
        """As one JSON object; a figure's full name is ``<set>/<direction>/<metric>``."""
        return {
            "name": self.name,
            "store": self.store,
            "fingerprint": self.fingerprint,
            "split": self.split,
            "metrics": {
                f"{self.name}/{way}/{metric}": figure.document()
                for way, part in self.directions.items()
                for metric, figure in part.figures.items()
            },
            "pools": {way: {"queries": part.queries, "pool": part.pool} for way, part in self.directions.items()},
            "sources": {source: part.document() for source, part in self.sources.items()},
            "remarks": list(self.remarks),
            "conventions": list(self.conventions),
        }
