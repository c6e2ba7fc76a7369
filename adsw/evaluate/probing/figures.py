"""How well a probe's scores answer its question, and how that varies over resampled tracks."""

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
    """Figures of one probe, in the order of `names_for`: values [2], and their draws [R, 2]."""

    values: Floats
    draws: Floats


def names_for(question: Question) -> tuple[str, ...]:
    """The figures that a question is judged by: of a single answer accuracy and F1, of several areas."""
    return OF_SINGLE if question.single else OF_MULTI


def answered(question: Question, scores: Floats, resamples: Resamples) -> Answered:
    """Judge the scores [m, K] of the tracks asked about; the resamples are of these m tracks."""
    if question.single:
        return _single(question.truth, scores.argmax(axis=1), resamples)
    columns = list(zip(scores.T, question.truth.T, strict=True))
    values = np.mean([areas(own, truth) for own, truth in columns], axis=0)

    def drawn(weights_Rm: Floats) -> Floats:
        parts = [weighted_areas(own, truth, weights_Rm) for own, truth in columns]
        return mean_of_known(np.stack(parts), axis=0)

    return Answered(values, resamples.draw(drawn))


def blind(question: Question) -> Floats:
    """The figures of one who has not heard the audio [2]: who names the tag most frequent in the tracks learnt from,
    or scores all tracks the same."""
    if question.single:
        often = int(question.train_truth.sum(axis=0).argmax())
        always = np.full(len(question.rows), often)
        figures: Floats = single_figures(question.truth, always, np.ones((1, len(always))))[0]
        return figures
    return np.array([0.5, question.truth.mean()])


def single_figures(truth: NDArray[np.bool_], named: NDArray[np.int64], weights_Rm: Floats) -> Floats:
    """Accuracy and macro-F1 under each of R weightings, [R, 2].

    F1 is averaged over the tags that some track drawn has. A track whose tag could not be learnt has no true column:
    whatever is named of it is wrong.
    """
    named_mK = named[:, None] == np.arange(truth.shape[1])
    hits = weights_Rm @ (named_mK & truth)
    has = weights_Rm @ truth
    with np.errstate(invalid="ignore"):
        f1 = np.where(has > 0, 2 * hits / (has + weights_Rm @ named_mK), np.nan)
        accuracy = hits.sum(axis=1) / weights_Rm.sum(axis=1)
    return np.stack([accuracy, mean_of_known(f1)], axis=1)


def _single(truth: NDArray[np.bool_], named: NDArray[np.int64], resamples: Resamples) -> Answered:
    values = single_figures(truth, named, np.ones((1, len(truth))))[0]
    return Answered(values, resamples.draw(lambda weights_Rm: single_figures(truth, named, weights_Rm)))
