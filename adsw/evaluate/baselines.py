"""Rankings that use less than a trained pair of heads: baselines that its figures should beat.

**Chance** knows nothing: the exact figures of a random ranking (`adsw.retrieval.ranking.chance`).

**Untrained** heads know the architecture: random projections of the frozen embeddings (`adsw.train.checkpoint`).

**Popularity** knows one side only: one fixed order of the pool, the same for every query, by how near an item is on
average to everything of the other side that was trained on. It is the checkpoint with the query hidden. Where every
track has as many queries as every other it is at chance by construction; it rises above it where some tracks have
more queries, or share theirs, and training made hubs of their like. The distance of a checkpoint to it is what
reading the query is worth.

**Look-up** knows the training pairs by heart and nothing between them: it takes the `NEIGHBOURS` training texts
nearest to the query's text (in the frozen text space), and ranks the pool by similarity to the mean audio of their
tracks (in the frozen audio space); from music to text the other way round. No head, nothing learned: a nearest-
neighbour translation. A checkpoint that does not beat it has learnt no more than a table of its training set would
answer, and what the query's text alone predicts about its track is no more than this.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from adsw.evaluate.cells import cell, gap, plain
from adsw.evaluate.novelty import Training, pooled, unit
from adsw.metrics import BY_TAGS, DIRECTIONS, METRICS
from adsw.report.table import NOTHING, Cell, TableModel, head_columns, row
from adsw.retrieval.evaluation import Evaluation, Heads, embed, music_to_text, text_to_music
from adsw.retrieval.intervals import differences, intervals
from adsw.retrieval.nearest import nearest
from adsw.retrieval.queries import QuerySet, Targets
from adsw.retrieval.ranking import DEPTH, calibrated
from adsw.stats.interval import Interval

NEIGHBOURS = 10
"""Nearest training texts (or tracks) over which a look-up takes the mean."""

_SAMPLE = 8192
"""Number of training texts, and of tracks, over which the mean embedding is taken."""


def popularity(heads: Heads, queries: QuerySet, training: Training, name: str) -> Evaluation:
    """Evaluate one fixed order of each pool, by mean cosine with the other side of the training under the heads.

    Args:
        heads: the trained pair.
        queries: the set.
        training: what the heads were trained on; the mean is over its first 8,192 texts and tracks.
        name: the set's name.

    Raises:
        ValueError: as `adsw.retrieval.evaluation.evaluate`.
    """
    text_P = embed(heads.text, training.text_embeddings[:_SAMPLE], "training texts").mean(0)
    audio_P = embed(heads.audio, training.audio[:_SAMPLE], "training audio").mean(0)
    of_tracks = embed(heads.audio, queries.audio, "audio") @ text_P
    of_texts = embed(heads.text, queries.text_embeddings, "text") @ audio_P
    # With one-dimensional embeddings, 1 for every query, each query ranks the pool by the same score.
    truth = queries.truth
    return Evaluation(
        name,
        queries.identity,
        text_to_music(torch.ones(len(of_texts), 1), of_tracks[:, None].cpu(), queries.targets, queries.sources, truth),
        music_to_text(torch.ones(len(of_tracks), 1), of_texts[:, None].cpu(), queries.targets, truth),
    )


def look_up(queries: QuerySet, training: Training, name: str) -> Evaluation:
    """Evaluate nearest-neighbour translation through the training pairs, without any head.

    Args:
        queries: the set, under the training's frozen encoders.
        training: the pairs to look up.
        name: the set's name.
    """
    texts_QD = unit(pooled(queries.text_embeddings))
    audio_ND = training.standardised(queries.audio)
    heard_QD = _translated(texts_QD, training.unit_texts, training.owners, training.unit_audio)
    asking, texts_of = training.owners.turned()
    asking_audio_ND = training.unit_audio[torch.from_numpy(asking)]
    read_ND = _translated(audio_ND, asking_audio_ND, texts_of, training.unit_texts)
    return Evaluation(
        name,
        queries.identity,
        text_to_music(heard_QD, audio_ND, queries.targets, queries.sources, queries.truth),
        music_to_text(read_ND, texts_QD, queries.targets, queries.truth),
    )


def _translated(
    queries_QD: torch.Tensor, keys_ND: torch.Tensor, partners: Targets, values_ME: torch.Tensor
) -> torch.Tensor:
    """Return each query's mean, over its nearest keys, of the mean value of their partners.

    Args:
        queries_QD: queries [Q, D], unit vectors in the space of the keys.
        keys_ND: keys [N, D], unit vectors.
        partners: the values that belong to every key, as rows of `values_ME`.
        values_ME: values [M, E] in the other space.

    Returns:
        Unit vectors [Q, E].
    """
    means_NE = _means(values_ME, partners)
    _, index = nearest(queries_QD, keys_ND, NEIGHBOURS)
    chosen = torch.from_numpy(index).to(means_NE.device)
    # Added neighbour by neighbour: gathering all at once would take NEIGHBOURS times the memory.
    sums_QE = torch.zeros(len(queries_QD), means_NE.shape[1], device=means_NE.device)
    for place in range(index.shape[1]):
        sums_QE += means_NE[chosen[:, place]]
    return unit(sums_QE)


def _means(values_ME: torch.Tensor, partners: Targets) -> torch.Tensor:
    """Return the mean value [N, E] of every key's partners, which are rows of the values [M, E]."""
    sums = torch.zeros(len(partners), values_ME.shape[1], device=values_ME.device)
    keys, values = torch.from_numpy(partners.queries), torch.from_numpy(partners.items)
    sums.index_add_(0, keys.to(sums.device), values_ME[values.to(sums.device)])
    return sums / torch.from_numpy(partners.counts).to(sums)[:, None]


_HEAD = 0.05
"""Share of the pool, the most frequent items, that `Hubness.head` looks at."""


@dataclass(frozen=True, slots=True)
class Hubness:
    """Measures of how unevenly the first ten places of all queries are spread over the items of a pool.

    Attributes:
        skewness: standardised third moment of N_10 over the pool; 0 if it is constant.
        random_skewness: expected skewness of a random ranking, ``(1 - 2p) / sqrt(Q p (1 - p))`` with p = 10 / pool.
        never: share of the pool that no query has among its first ten.
        head: share of the first ten places that the most frequent twentieth of the pool takes; 0.05 if spread evenly.
    """

    skewness: float
    random_skewness: float
    never: float
    head: float

    def document(self) -> dict[str, float]:
        """Return the fields as plain JSON values."""
        return asdict(self)


def hubness(queries_QP: torch.Tensor, items_NP: torch.Tensor) -> Hubness | None:
    """Measure how strong the hubs of a pool are.

    Args:
        queries_QP: float32 query embeddings [Q, P].
        items_NP: float32 item embeddings [N, P], on the same device.

    Returns:
        The measures; None for a pool of ten items or fewer, which every query has all among its first ten.
    """
    pool, asked = len(items_NP), len(queries_QP)
    if pool <= DEPTH:
        return None
    _, index = nearest(queries_QP, items_NP, DEPTH)
    counts = np.bincount(index.ravel(), minlength=pool).astype(np.float64)
    deviation = counts.std()
    # In a random ranking N_10 is binomial: Q trials of this probability, whose skewness is known.
    share = DEPTH / pool
    return Hubness(
        skewness=float(((counts - counts.mean()) ** 3).mean() / deviation**3) if deviation else 0.0,
        random_skewness=float((1 - 2 * share) / np.sqrt(asked * share * (1 - share))),
        never=float((counts == 0).mean()),
        head=float(np.sort(counts)[-max(1, round(_HEAD * pool)) :].sum() / counts.sum()),
    )


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
            ([self._row(way, metric) for metric in self._metrics] for way in DIRECTIONS),
        )

    @property
    def _metrics(self) -> list[str]:
        return [name for name in (*METRICS, *BY_TAGS) if f"{self.name}/t2m/{name}" in self.checkpoint]

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
        # Swaps are no ranking of tracks: what looks up or knows one order has no accuracy of them.
        {name: one for name, one in intervals(evaluation).items() if name in rankings["look_up"].metrics},
        evaluation.chance,
        {key: rankings[key].metrics for key in BASELINES},
        {key: differences(evaluation, rankings[key]) for key in BASELINES},
        {"t2m": hubness(texts_QP, audio_NP), "m2t": hubness(audio_NP, texts_QP)},
        len(training.track_ids),
        training.tracks,
    )
