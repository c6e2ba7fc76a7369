"""Figures of how well scores rank the tracks of each tag: per tag, per category and over all, with baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats
from adsw.evaluate.resamples import Resamples, mean_of_known
from adsw.evaluate.set_report import Figure
from adsw.evaluate.tags.areas import AREAS, areas, weighted_areas
from adsw.evaluate.tags.labels import Labels, Tag
from adsw.stats.interval import centred_interval

AVERAGES = ("macro", "micro")
"""Macro is the mean over tags of each tag's area, micro the area of all (track, tag) pairs as one ranking."""
ACCURACY, BALANCED = "accuracy", "balanced accuracy"


@dataclass(frozen=True, slots=True)
class TagFigures:
    """Figures of one tag by the names of `AREAS`, with the numbers of tracks that have it and that do not."""

    tag: Tag
    positives: int
    negatives: int
    figures: dict[str, Figure]

    def document(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        category, tag = self.tag
        counts = {"positives": self.positives, "negatives": self.negatives}
        metrics = {name: figure.document() for name, figure in self.figures.items()}
        return {"category": category, "tag": tag, **counts, "metrics": metrics}


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """Figures of several tags together.

    Attributes:
        tags: number of tags.
        tracks: number of tracks that count for at least one of them.
        figures: ``macro/ROC-AUC`` and so on; also `ACCURACY` and `BALANCED` if the tags exclude each other.
        majority: share of the most frequent tag if they do, the accuracy of naming it always; else None.
    """

    tags: int
    tracks: int
    figures: dict[str, Figure]
    majority: float | None = None

    def document(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        counts = {"tags": self.tags, "tracks": self.tracks, "majority": self.majority}
        return {**counts, "metrics": {name: figure.document() for name, figure in self.figures.items()}}


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of N tracks for K tags, float64 [N, K], by the trained heads and by untrained ones."""

    labels: Labels
    trained: Floats
    untrained: Floats

    def where(self, chosen: NDArray[np.bool_]) -> Scored:
        """Return the scores of the tags chosen by a mask, bool [K]."""
        return Scored(self.labels.where(chosen), self.trained[:, chosen], self.untrained[:, chosen])

    def closed(self) -> Scored:
        """Return the same scores with every track labelled in every category (`Labels.closed`)."""
        return Scored(self.labels.closed(), self.trained, self.untrained)


@dataclass(frozen=True, slots=True)
class Areas:
    """Areas of K tags, in the order of `AREAS`.

    Attributes:
        trained: float64 [K, 2], areas of the trained scores.
        untrained: float64 [K, 2], areas of the untrained ones.
        draws: float64 [R, K, 2], areas of the trained scores on R resamples.
        chance: float64 [K, 2], 0.5 and the prevalence.
    """

    trained: Floats
    untrained: Floats
    draws: Floats
    chance: Floats

    @classmethod
    def of(cls, scored: Scored, resamples: Resamples) -> Areas:
        """Compute the areas of every tag, on the tracks labelled in its category."""
        labels = scored.labels
        rows = [np.flatnonzero(column) for column in labels.labelled.T]
        truths = [labels.truth[row, tag] for tag, row in enumerate(rows)]

        def of_tags(scores: Floats) -> Floats:
            return np.array([areas(scores[row, k], truths[k]) for k, row in enumerate(rows)])

        def drawn(weights_RN: Floats) -> Floats:
            parts = [weighted_areas(scored.trained[r, k], truths[k], weights_RN[:, r]) for k, r in enumerate(rows)]
            return np.stack(parts, axis=1)

        prevalence = np.array([truth.mean() for truth in truths])
        chance = np.stack([np.full(len(rows), 0.5), prevalence], axis=1)
        return cls(of_tags(scored.trained), of_tags(scored.untrained), resamples.draw(drawn), chance)

    def figures_of(self, tag: int) -> dict[str, Figure]:
        """Return the figures of one tag, given by its place among the K."""
        return {
            name: Figure(
                centred_interval(float(self.trained[tag, place]), self.draws[:, tag, place]),
                float(self.chance[tag, place]),
                float(self.untrained[tag, place]),
            )
            for place, name in enumerate(AREAS)
        }

    def macro(self, chosen: NDArray[np.bool_]) -> dict[str, Figure]:
        """Return the mean over the tags chosen by a mask, bool [K], by names such as ``macro/ROC-AUC``."""
        # On a resample that leaves a tag without positives, the mean is over the other tags.
        draws = mean_of_known(self.draws[:, chosen], axis=1)
        means = [part[chosen].mean(axis=0) for part in (self.trained, self.chance, self.untrained)]
        return {
            f"macro/{name}": Figure(
                centred_interval(float(means[0][place]), draws[:, place]), *(float(mean[place]) for mean in means[1:])
            )
            for place, name in enumerate(AREAS)
        }


def group_figures(scored: Scored, macro: Mapping[str, Figure], resamples: Resamples) -> GroupFigures:
    """Compute the figures of several tags together.

    Args:
        scored: scores for the tags.
        macro: their macro means, as `Areas.macro` returns them.
        resamples: of the tracks.
    """
    labels = scored.labels
    counted = labels.labelled.any(axis=1)
    single = _single(labels)
    figures = dict(macro) | _micro(scored, resamples) | (_accuracy(scored, resamples) if single else {})
    majority = float(labels.positives.max() / labels.positives.sum()) if single else None
    return GroupFigures(len(labels.tags), int(counted.sum()), figures, majority)


def credits(scores: Floats, truth: NDArray[np.bool_]) -> Floats:
    """Return the credit of every track for ranking its one tag first, float64 [N].

    It is 1 if the tag scores highest, 1 / n if n tags share the highest score and it is one of them, else 0.

    Args:
        scores: float [N, K].
        truth: bool [N, K], one true tag per track.
    """
    best = scores == scores.max(axis=1, keepdims=True)
    shared: Floats = (best & truth).sum(axis=1) / best.sum(axis=1)
    return shared


def _single(labels: Labels) -> bool:
    """Return whether the tags are classes that exclude each other: of one category, one per track."""
    given = labels.truth.sum(axis=1)[labels.labelled.any(axis=1)]
    return len(labels.categories) == 1 and len(labels.tags) > 1 and bool((given == 1).all())


def _micro(scored: Scored, resamples: Resamples) -> dict[str, Figure]:
    """Compute the areas of all labelled (track, tag) pairs as one ranking."""
    tracks, tags = np.nonzero(scored.labels.labelled)
    truth = scored.labels.truth[tracks, tags]
    trained, untrained = (scores[tracks, tags] for scores in (scored.trained, scored.untrained))
    draws = resamples.draw(lambda weights_RN: weighted_areas(trained, truth, weights_RN[:, tracks]))
    values, before, chance = areas(trained, truth), areas(untrained, truth), (0.5, float(truth.mean()))
    return {
        f"micro/{name}": Figure(centred_interval(values[place], draws[:, place]), chance[place], before[place])
        for place, name in enumerate(AREAS)
    }


def _accuracy(scored: Scored, resamples: Resamples) -> dict[str, Figure]:
    """Compute accuracy and balanced accuracy (mean recall of the tags) of naming the highest tag of each track."""
    labels = scored.labels
    rows = np.flatnonzero(labels.labelled.any(axis=1))
    truth = labels.truth[rows]

    def figures(scores: Floats, weights_RN: Floats) -> Floats:
        right, weights = credits(scores[rows], truth), weights_RN[:, rows]
        with np.errstate(invalid="ignore"):  # a resample may hold no track of a tag: its recall is NaN
            accuracy = (weights @ right) / weights.sum(axis=1)
            recalls = (weights @ (truth * right[:, None])) / (weights @ truth)
        return np.stack([accuracy, mean_of_known(recalls)], axis=1)

    once = np.ones((1, len(labels)))
    values, before = figures(scored.trained, once)[0], figures(scored.untrained, once)[0]
    draws = resamples.draw(lambda weights_RN: figures(scored.trained, weights_RN))
    return {
        name: Figure(
            centred_interval(float(values[place]), draws[:, place]), 1 / len(labels.tags), float(before[place])
        )
        for place, name in enumerate((ACCURACY, BALANCED))
    }
