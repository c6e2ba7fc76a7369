"""A checkpoint beside the rankings that know less than it (`adsw.evaluate.baselines`), and the hubs of its pools."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from adsw.evaluate.baselines import NEIGHBOURS, look_up, popularity
from adsw.evaluate.cells import cell, gap, plain
from adsw.evaluate.evaluation import Evaluation, Heads, embed
from adsw.evaluate.hubness import Hubness, hubness
from adsw.evaluate.intervals import differences, intervals
from adsw.evaluate.queries import QuerySet
from adsw.evaluate.retrieval import calibrated
from adsw.evaluate.training import Training
from adsw.metrics import DIRECTIONS, METRICS
from adsw.report.table import NOTHING, Cell, TableModel, head_columns, row
from adsw.stats.interval import Interval

BASELINES = ("look_up", "popularity", "untrained")
"""From the one that knows most."""


@dataclass(frozen=True, slots=True)
class Against:
    """A checkpoint's figures on one set beside those of its baselines.

    Attributes:
        name: the set's name.
        checkpoint: every figure by full name, with its interval.
        chance: every figure of a random ranking, by full name.
        baselines: every figure of each baseline, by its name (`BASELINES`).
        gains: by name the paired difference, checkpoint minus baseline, of every figure.
        hubs: by direction; None if the pool is too small.
        looked_at, tracks: training tracks looked at, and all.
    """

    title: ClassVar[str] = "Against rankings that know less"
    name: str
    checkpoint: dict[str, Interval]
    chance: dict[str, float]
    baselines: dict[str, dict[str, float]]
    gains: dict[str, dict[str, Interval]]
    hubs: dict[str, Hubness | None]
    looked_at: int
    tracks: int

    def document(self) -> dict[str, Any]:
        """Return all figures and hubs as plain JSON values; a figure's full name is ``<set>/<direction>/<metric>``."""
        figures = {
            name: asdict(interval)
            | {"chance": self.chance[name], "calibrated": calibrated(interval.value, self.chance[name])}
            | {key: {"value": self.baselines[key][name], "gain": asdict(self.gains[key][name])} for key in BASELINES}
            for name, interval in self.checkpoint.items()
        }
        hubs = {way: hub.document() if hub else None for way, hub in self.hubs.items()}
        return {"figures": figures, "hubs": hubs, "neighbours": NEIGHBOURS, "training_tracks": self.looked_at}

    def tables(self) -> list[TableModel]:
        """Return two tables: the figures beside those of the baselines, and the hubs."""
        return [self._figures(), self._hubs()]

    def _figures(self) -> TableModel:
        return TableModel.grouped(
            "baselines",
            f"{self.name}: against rankings that know less",
            self._caption(),
            head_columns("figure", "checkpoint", "look-up", "minus look-up", "popularity", "minus popularity"),
            ([self._row(way, metric) for metric in METRICS] for way in DIRECTIONS),
        )

    def _row(self, way: str, metric: str) -> tuple[Cell, ...]:
        name = f"{self.name}/{way}/{metric}"
        beside = (
            figure
            for key in ("look_up", "popularity")
            for figure in (plain(metric, self.baselines[key][name]), gap(metric, self.gains[key][name]))
        )
        return row(f"{way}/{metric}", cell(metric, self.checkpoint[name]), *beside)

    def _caption(self) -> str:
        sample = "all" if self.looked_at == self.tracks else f"{self.looked_at:,} of"
        return (
            f"Look-up: ranks by likeness to the tracks of the {NEIGHBOURS} nearest training texts; nothing is learned. "
            "Popularity: one order for all queries, by mean nearness to the training; at chance where every track has "
            f"as many queries. Both know {sample} {self.tracks:,} training tracks. Differences are paired; faint where "
            "zero is inside."
        )

    def _hubs(self) -> TableModel:
        return TableModel(
            "hubs",
            f"{self.name}: hubs among the first ten of all queries",
            "",
            head_columns("direction", "skewness", "if random", "never found", "places of top 5 %"),
            tuple(row(way, *_of_hubs(hub)) for way, hub in self.hubs.items()),
        )


def _of_hubs(hub: Hubness | None) -> tuple[str, ...]:
    """Write the four hub figures of a direction, dashes if the pool is too small to have any."""
    if hub is None:
        return (NOTHING,) * 4
    return f"{hub.skewness:.2f}", f"{hub.random_skewness:.2f}", f"{hub.never:.1%}", f"{hub.head:.1%}"


def against(
    heads: Heads, evaluation: Evaluation, untrained: Evaluation, queries: QuerySet, training: Training
) -> Against:
    """Evaluate the baselines and set a checkpoint's results beside them.

    Args:
        heads: the checkpoint's.
        evaluation: its results on the queries.
        untrained: those of its heads before training.
        queries: the set.
        training: what it was trained on.

    Raises:
        ValueError: the evaluations are not of these queries.
    """
    rankings = {
        "look_up": look_up(queries, training, evaluation.name),
        "popularity": popularity(heads, queries, training, evaluation.name),
        "untrained": untrained,
    }
    audio_NP, texts_QP = embed(heads.audio, queries.audio, "audio"), embed(heads.text, queries.text_embeddings, "text")
    return Against(
        evaluation.name,
        intervals(evaluation),
        evaluation.chance,
        {key: rankings[key].metrics for key in BASELINES},
        {key: differences(evaluation, rankings[key]) for key in BASELINES},
        {"t2m": hubness(texts_QP, audio_NP), "m2t": hubness(audio_NP, texts_QP)},
        len(training.track_ids),
        training.tracks,
    )
