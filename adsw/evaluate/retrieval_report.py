"""The retrieval report of a checkpoint on one set: figures, intervals, chance, untrained heads, slices, tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from adsw.evaluate.cells import Figure, cell, judged, number, plain, span
from adsw.metrics import DIRECTIONS
from adsw.report.table import Cell, TableModel, head_columns, row
from adsw.retrieval.evaluation import Direction, Evaluation, interval_convention
from adsw.retrieval.intervals import metric_intervals
from adsw.retrieval.queries import TEXT_SOURCES
from adsw.retrieval.ranking import CUTOFFS, DEPTH
from adsw.stats.bootstrap import RESAMPLES
from adsw.store.small_splits import LEAST

SEED = 0
"""Seed of the bootstrap."""

_OF_SOURCES = ("R@1", f"R@{CUTOFFS[-1]}", f"mAP@{DEPTH}", "MedR")
"""The figures in the table by kind of text."""

PROTOCOL = {
    "t2m": "every distinct text is a query, all tracks are the pool",
    "m2t": "every track with a text is a query, all distinct texts are the pool",
    "aggregation": "mean over queries; MedR: plain median over queries",
    "rank_base": 1,
    "rank": "of the best target",
    "ties": "mean over all orders of a tied block",
    "tags": "figures ending in .tags: targets are all that the text is true of, by its claims and the tracks' tags",
    "calibrated": "(value - chance) / (1 - chance)",
    "intervals": f"95 % percentile bootstrap by track, {RESAMPLES} resamples, seed {SEED}",
}
"""How every figure of a document was counted, for machines; `conventions` is the same for readers."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of the queries of a direction, against the whole pool."""

    queries: int
    pool: int
    figures: dict[str, Figure]

    @classmethod
    def of(cls, direction: Direction, untrained: Direction | None = None) -> Slice:
        """Compute all figures of a direction, or of part of one."""
        level = direction.chance
        before = untrained.metrics if untrained else {}
        figures = {
            name: Figure(interval, level[name], before.get(name))
            for name, interval in metric_intervals(direction, SEED, RESAMPLES).items()
        }
        return cls(len(direction), direction.pool, figures)

    def document(self) -> dict[str, Any]:
        """Return the counts and all figures as plain JSON values."""
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
        text_sources: text-to-music by the kind of text: ``tags``, ``caption``, ``human``.
        sources: the same, full lists and partial views apart.
        remarks: what must be known of the set.
        conventions: how the figures were counted.
    """

    title: ClassVar[str] = "Retrieval"
    name: str
    store: str
    fingerprint: str
    split: str
    directions: dict[str, Slice]
    text_sources: dict[str, Slice]
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
        """Build the report from two evaluations of the same queries: of the checkpoint and of untrained heads.

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
            text_sources=_slices(evaluation.t2m.by_text_source(), untrained.t2m.by_text_source()),
            sources=_slices(evaluation.t2m.by_source(), untrained.t2m.by_source()),
            remarks=(*remarks, *_small(evaluation)),
            conventions=(*evaluation.conventions, interval_convention(RESAMPLES, SEED)),
        )

    def document(self) -> dict[str, Any]:
        """Return the report as one JSON object; a figure's full name is ``<set>/<direction>/<metric>``."""
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
            "protocol": PROTOCOL,
            "pools": {way: {"queries": part.queries, "pool": part.pool} for way, part in self.directions.items()},
            "text_sources": {source: part.document() for source, part in self.text_sources.items()},
            "sources": {source: part.document() for source, part in self.sources.items()},
            "remarks": list(self.remarks),
            "conventions": list(self.conventions),
        }

    def tables(self) -> list[TableModel]:
        """Return two tables: all figures of both directions, and text to music by the kind of text."""
        return [self._figures(), self._sources()]

    def _figures(self) -> TableModel:
        return TableModel.grouped(
            "retrieval",
            f"{self.name}: split {self.split} of {self.store}",
            "Dim: not shown to be better than chance. Calibrated: 0 is chance, 1 is perfect.",
            head_columns("figure", "value", "95 %", "chance", "calibrated", "untrained", "queries / pool"),
            ([_judged(way, part, metric) for metric in part.figures] for way, part in self.directions.items()),
        )

    def _sources(self) -> TableModel:
        all_queries = self.directions["t2m"]
        groups = [
            [_of_source(kind, self.text_sources[kind]), *self._parts_of(names)]
            for kind, names in TEXT_SOURCES.items()
            if kind in self.text_sources
        ]
        chance = (number(metric, all_queries.figures[metric].chance) for metric in _OF_SOURCES)
        below = tuple(Cell(text, tone="faint") for text in ("chance, all queries", str(all_queries.queries), *chance))
        return TableModel.grouped(
            "text-sources",
            f"{self.name}: text to music by the kind of text",
            f"Every query ranks the whole pool of {all_queries.pool} tracks.",
            head_columns("kind of text", "queries", *_OF_SOURCES),
            [*groups, [below]],
        )

    def _parts_of(self, names: tuple[str, ...]) -> list[tuple[Cell, ...]]:
        """Return a row for each source of a kind of text; none if the kind has only one."""
        several = names if len(names) > 1 else ()
        return [
            _of_source(f"  {name.replace('_', ' ')}", self.sources[name]) for name in several if name in self.sources
        ]


def _small(evaluation: Evaluation) -> list[str]:
    """Return the remark about a pool in which anything is found by chance."""
    tracks = evaluation.t2m.pool
    return [f"The pool has {tracks} tracks: figures on fewer than {LEAST} mean nothing."] if tracks < LEAST else []


def _judged(way: str, part: Slice, metric: str) -> tuple[Cell, ...]:
    figure = part.figures[metric]
    # The interval has a column of its own in this table.
    value = replace(judged(metric, figure), span="")
    others = (plain(metric, figure.chance), plain("", figure.calibrated), plain(metric, figure.untrained))
    # The counts are the same for all figures of a direction: the first row is enough.
    counts = f"{part.queries}/{part.pool}" if metric == next(iter(part.figures)) else ""
    return row(f"{way}/{metric}", value, span(metric, figure.interval), *others, counts)


def _of_source(label: str, part: Slice) -> tuple[Cell, ...]:
    return row(label, str(part.queries), *(cell(metric, part.figures[metric].interval) for metric in _OF_SOURCES))


def _slices(parts: dict[str, Direction], untrained: dict[str, Direction]) -> dict[str, Slice]:
    return {name: Slice.of(part, untrained[name]) for name, part in parts.items()}
