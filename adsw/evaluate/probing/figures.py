"""Figures of how well a probe's scores answer its question, with draws over resampled tracks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats
from adsw.evaluate.probing.question import Question
from adsw.evaluate.resamples import Resamples, mean_of_known
from adsw.evaluate.tags.areas import AREAS, areas, weighted_areas

OF_SINGLE = ("accuracy", "macro/F1")
OF_MULTI = tuple(f"macro/{name}" for name in AREAS)


@dataclass(frozen=True, slots=True)
class Answered:
    """Two figures of one probe, in the order of `names_for`: float64 [2], and their draws on resamples [R, 2]."""

    values: Floats
    draws: Floats


def names_for(question: Question) -> tuple[str, ...]:
    """Return the names of a question's figures: accuracy and F1 if it has a single answer, else areas."""
    return OF_SINGLE if question.single else OF_MULTI


def answered(question: Question, scores: Floats, resamples: Resamples) -> Answered:
    """Compute the figures of a probe's scores.

    Args:
        question: K tags and the m tracks asked about.
        scores: float64 [m, K].
        resamples: of these m tracks.
    """
    if question.single:
        return _single(question.truth, scores.argmax(axis=1), resamples)
    columns = list(zip(scores.T, question.truth.T, strict=True))
    values = np.mean([areas(column, truth) for column, truth in columns], axis=0)

    def drawn(weights_Rm: Floats) -> Floats:
        parts = [weighted_areas(column, truth, weights_Rm) for column, truth in columns]
        return mean_of_known(np.stack(parts), axis=0)

    return Answered(values, resamples.draw(drawn))


def blind(question: Question) -> Floats:
    """Compute the two figures that are reached without audio, float64 [2].

    With a single answer: those of always naming the tag most frequent in training; else those of scoring all tracks
    the same, 0.5 and the mean prevalence.
    """
    if question.single:
        most_frequent = int(question.train_truth.sum(axis=0).argmax())
        always = np.full(len(question.rows), most_frequent)
        figures: Floats = single_figures(question.truth, always, np.ones((1, len(always))))[0]
        return figures
    return np.array([0.5, question.truth.mean()])


def single_figures(truth: NDArray[np.bool_], named: NDArray[np.int64], weights_Rm: Floats) -> Floats:
    """Compute accuracy and macro-F1 under each of R weightings of m tracks.

    F1 is averaged over the tags that some track drawn has. A track whose tag could not be learnt has no true column,
    so whatever is named for it is wrong.

    Args:
        truth: bool [m, K].
        named: int64 [m], the tag named for each track.
        weights_Rm: how often each track counts.

    Returns:
        Float64 [R, 2].
    """
    named_mK = named[:, None] == np.arange(truth.shape[1])
    hits = weights_Rm @ (named_mK & truth)
    has = weights_Rm @ truth
    # Per tag: 2 * true positives / (tracks that have it + tracks for which it is named), the form of F1 without the
    # precision, which is undefined for a tag that is never named.
    with np.errstate(invalid="ignore"):
        f1 = np.where(has > 0, 2 * hits / (has + weights_Rm @ named_mK), np.nan)
        accuracy = hits.sum(axis=1) / weights_Rm.sum(axis=1)
    return np.stack([accuracy, mean_of_known(f1)], axis=1)


def _single(truth: NDArray[np.bool_], named: NDArray[np.int64], resamples: Resamples) -> Answered:
    """Compute accuracy and macro-F1 of the tags named, with their draws."""
    values = single_figures(truth, named, np.ones((1, len(truth))))[0]
    return Answered(values, resamples.draw(lambda weights_Rm: single_figures(truth, named, weights_Rm)))
