"""Figures of how well scores rank the tracks of each tag: per tag, per category and over all, with baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats
from adsw.evaluate.cells import Figure
from adsw.evaluate.tagging_prompts import Labels, Tag
from adsw.stats.bootstrap import Resamples, mean_of_known
from adsw.stats.interval import centred_interval

AREAS = ("ROC-AUC", "PR-AUC")
"""Area under the receiver operating characteristic; average precision, the area under the precision-recall steps."""


def areas(scores: Floats, truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Compute ROC-AUC and PR-AUC (average precision) of scores.

    Args:
        scores: float [n], finite, higher for likelier positives.
        truth: bool [n], with positives and negatives.

    Raises:
        ValueError: positives or negatives are missing.
    """
    from sklearn import config_context
    from sklearn.metrics import average_precision_score, roc_auc_score

    if truth.all() or not truth.any():
        raise ValueError("areas need positives and negatives")
    # Called once per tag: checking the arguments would take longer than the work.
    with config_context(skip_parameter_validation=True, assume_finite=True):
        return float(roc_auc_score(truth, scores)), float(average_precision_score(truth, scores))


def weighted_areas(scores: Floats, truth: NDArray[np.bool_], weights_Rn: Floats) -> Floats:
    """Compute ROC-AUC and PR-AUC under each of R weightings of the same n scores.

    Args:
        scores: float [n], finite.
        truth: bool [n], with at least one positive.
        weights_Rn: how often each score counts, at least 0.

    Returns:
        Float64 [R, 2]; NaN where a weighting leaves no positive or no negative.
    """
    order = np.argsort(-scores, kind="stable")
    right = truth[order]
    # Runs of equal scores are one threshold; only those that hold a positive add to either area.
    runs = np.cumsum(np.append(True, np.diff(scores[order]) != 0)) - 1
    holding = np.unique(runs[right])
    starts, ends = np.searchsorted(runs, holding), np.searchsorted(runs, holding, side="right")
    drawn = np.take(weights_Rn, order, axis=1)
    # Per run that holds a positive: weight of its positives, of all positives down to it, and of everything down to it.
    gained = np.add.reduceat(drawn[:, right], np.searchsorted(runs[right], holding), axis=1)
    hits = np.cumsum(gained, axis=1)
    reached = np.cumsum(np.add.reduceat(drawn[:, : ends[-1]], np.append(0, ends[:-1]), axis=1), axis=1)
    # Without ties a run is its one positive, and needs no second sum.
    tied = gained if len(holding) == right.sum() == (ends - starts).sum() else _within(drawn, starts, ends)
    positives = hits[:, -1]
    negatives = drawn.sum(axis=1) - positives
    # A positive beats the negatives below its run, and half of those in it.
    beaten = negatives[:, None] - (reached - hits) + (tied - gained) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        roc = (gained * beaten).sum(axis=1) / (positives * negatives)
        average = (gained * np.where(gained > 0, hits / reached, 0.0)).sum(axis=1) / positives
    # Average precision would be 1 without negatives; scikit-learn refuses such data, as `areas` does.
    average[negatives == 0] = np.nan
    return np.stack([roc, average], axis=1)


def _within(drawn_Rn: Floats, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Floats:
    """Return the weight of each of some runs of columns, [R, runs]."""
    # reduceat sums between successive edges, so every second sum is a gap; an edge at the very end is not allowed.
    edges = np.stack([starts, ends], axis=1).ravel()
    sums: Floats = np.add.reduceat(drawn_Rn, edges[edges < drawn_Rn.shape[1]], axis=1)[:, ::2]
    return sums


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
