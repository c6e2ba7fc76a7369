"""The probe: logistic regression by scikit-learn on standardised features."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from adsw.arrays import Floats
from adsw.draws import keys_of, uniforms
from adsw.evaluate.tagging_metrics import AREAS, areas, weighted_areas
from adsw.evaluate.tagging_prompts import Labels, TagLists, exclusive_categories, tags_of
from adsw.retrieval.evaluation import embed
from adsw.stats.bootstrap import Resamples, mean_of_known
from adsw.store.store import TRACKS, Store, audio_of, groups_of
from adsw.train.checkpoint import Checkpoint, untrained_heads

STRENGTHS = (0.01, 0.1, 1.0, 10.0)
"""Values of scikit-learn's C (inverse strength of the l2 penalty) that are tried, the strongest penalty first."""

USUAL = 1.0
"""C if the tracks set aside cannot decide it."""

_STEPS = 300
"""Iterations of the solver at most."""


def fitted_scores(
    features: NDArray[np.float32], truth: NDArray[np.bool_], asked: NDArray[np.float32], single: bool, strength: float
) -> Floats:
    """Fit a probe on some tracks and score others.

    Args:
        features: float32 [n, D], of the tracks to learn from.
        truth: bool [n, K], their tags; exactly one each if `single`, and every tag on some track and not on all.
        asked: float32 [m, D], features of the others.
        single: whether to fit one softmax over the tags, else one regression per tag (one against the rest).
        strength: scikit-learn's C.

    Returns:
        Scores [m, K], higher for likelier tags; between tags they can be compared only if `single`.
    """
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(features)
    known, new = scaler.transform(features), scaler.transform(asked)
    with _one_thread():
        if single:
            scores = _fit(known, truth.argmax(axis=1), strength).decision_function(new)
            # Of two classes scikit-learn gives one column, the score of the second.
            return np.stack([-scores, scores], axis=1) if scores.ndim == 1 else np.asarray(scores)
        return np.stack([_fit(known, column, strength).decision_function(new) for column in truth.T], axis=1)


def chosen_strength(
    features: NDArray[np.float32], truth: NDArray[np.bool_], aside: NDArray[np.bool_], single: bool
) -> float:
    """Return the C that does best on tracks set aside, by accuracy if `single`, else by macro ROC-AUC.

    Args:
        features: float32 [n, D].
        truth: bool [n, K].
        aside: bool [n], which of the tracks to judge on; the probe is fitted on the others.
        single: as for `fitted_scores`.

    Returns:
        One of `STRENGTHS`, the stronger penalty at a tie; `USUAL` if either part has too few tags to decide.
    """
    learnable = _varied(truth[~aside])
    if learnable.sum() < 1 + single or not _varied(truth[aside][:, learnable]).any():
        return USUAL
    qualities = []
    for strength in STRENGTHS:
        scores = fitted_scores(features[~aside], truth[~aside][:, learnable], features[aside], single, strength)
        qualities.append(_quality(scores, truth[aside][:, learnable], single))
    return STRENGTHS[int(np.argmax(qualities))]  # argmax takes the first of equals: the stronger penalty


def _fit(features: Floats, labels: NDArray[Any], strength: float) -> Any:
    """Return a logistic regression fitted to labels [n] or to one boolean column."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # A weak penalty may want more steps; the probe is then stopped early, which only strengthens it.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=strength, max_iter=_STEPS).fit(features, labels)


def _varied(truth: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which tags some of the tracks have and others do not, bool [K]."""
    varied: NDArray[np.bool_] = truth.any(axis=0) & ~truth.all(axis=0)
    return varied


def _quality(scores: Floats, truth: NDArray[np.bool_], single: bool) -> float:
    """Compute the accuracy of the highest tag of each track if `single`, else the macro ROC-AUC."""
    if single:
        return float(truth[np.arange(len(truth)), scores.argmax(axis=1)].mean())
    decidable = np.flatnonzero(_varied(truth))
    return float(np.mean([areas(scores[:, tag], truth[:, tag])[0] for tag in decidable]))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Limit linear algebra to one thread: the same sums on every machine, and no slower at these sizes."""

    with threadpool_limits(1):
        yield


ENCODER, HEAD, UNTRAINED = "encoder", "head", "untrained head"

FEATURES = (ENCODER, HEAD, UNTRAINED)
"""Mean over the frozen encoder's tokens [D_a]; the trained head's unit vectors [P]; an untrained head's [P]."""

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Probed:
    """Features and tags of N tracks of a split.

    Attributes:
        features: float32 [N, D] by the names of `FEATURES`.
        tags: tags of every track, by category.
        groups: leakage group of every track.
        track_ids: name of every track.
    """

    features: dict[str, Matrix]
    tags: list[dict[str, list[str]]]
    groups: list[str]
    track_ids: list[str]

    @classmethod
    def of(cls, checkpoint: Checkpoint, store: Store, split: str, most: int | None = None) -> Probed:
        """Read and embed the tracks of a split.

        Args:
            checkpoint: the trained heads, and the recipe of the untrained ones.
            store: has the split, under the checkpoint's encoders.
            split: its name.
            most: tracks to take at most; None for all.

        Raises:
            ValueError: an embedding is NaN or infinite.
        """
        # The first tracks are a random choice: a store holds them in the order of a hash of their names.
        table = store.table(split, columns=TRACKS).slice(0, most)
        return cls(
            _features(checkpoint, table, store),
            tags_of(table),
            groups_of(table),
            [str(name) for name in table.column("track_id").to_pylist()],
        )

    def __len__(self) -> int:
        """Number of tracks."""
        return len(self.tags)


def held_back(groups: Sequence[str], share: float) -> NDArray[np.bool_]:
    """Return which tracks are set aside to choose the penalty on, bool [N], the same in every call.

    Args:
        groups: leakage group of each of N tracks; a group is set aside as a whole.
        share: about how much of the groups, 0 to 1.
    """
    aside: NDArray[np.bool_] = uniforms(0, 0, keys_of(groups), "probe")[:, 0] < share
    return aside


def _features(checkpoint: Checkpoint, table: pa.Table, store: Store) -> dict[str, Matrix]:
    """Compute the three features of a table's tracks, float32 [N, D] each."""
    audio_NTD = audio_of(table, store.info.dimensions)
    untrained = untrained_heads(checkpoint.dimensions, checkpoint.recipe)
    return {
        ENCODER: audio_NTD.mean(axis=1, dtype=np.float32),
        HEAD: embed(checkpoint.heads.audio, audio_NTD, "audio").cpu().float().numpy(),
        UNTRAINED: embed(untrained.audio, audio_NTD, "audio").cpu().float().numpy(),
    }


SINGLE, MULTI = "single-label", "multi-label"

LEAST = 5
"""Training tracks that must have a tag, and (of several per track) lack it, for the tag to be learnt."""


@dataclass(frozen=True)
class Question:
    """One category of tags over the tracks to learn from and those to be asked about.

    Attributes:
        category: its name.
        single: whether every track of either set that has a tag of it has exactly one.
        tags: the K tags that can be learnt, sorted; see `LEAST`.
        train_rows: int64 [n], rows of the tracks to learn from that have a tag of the category.
        train_truth: bool [n, K], which tags they have.
        rows: int64 [m], rows of the tracks asked about that have one.
        truth: bool [m, K], which tags they have; none if a track's tag could not be learnt.
        left_out: by reason, the tags that are no part of the question.
    """

    category: str
    single: bool
    tags: tuple[str, ...]
    train_rows: NDArray[np.int64]
    train_truth: NDArray[np.bool_]
    rows: NDArray[np.int64]
    truth: NDArray[np.bool_]
    left_out: dict[str, tuple[str, ...]]

    @property
    def kind(self) -> str:
        """`SINGLE` or `MULTI`."""
        return SINGLE if self.single else MULTI


def questions(train: Sequence[TagLists], asked: Sequence[TagLists]) -> tuple[list[Question], list[str]]:
    """Build the question of every category that has one.

    Args:
        train: tags by category of the tracks to learn from.
        asked: the same of the tracks asked about.

    Returns:
        The questions, sorted by category, and the categories whose tags are too few or too rare for one.
    """
    exclusive = exclusive_categories([*train, *asked])
    built, without = [], []
    for category in sorted({category for track in asked for category in track}):
        question = _question(category, category in exclusive, train, asked)
        answerable = len(question.tags) > 1 if question.single else bool(question.tags)
        if answerable:
            built.append(question)
        else:
            without.append(category)
    return built, without


def _question(category: str, single: bool, train: Sequence[TagLists], asked: Sequence[TagLists]) -> Question:
    """Build the question of a category; it may have too few tags."""
    counts = Counter(tag for track in train for tag in set(track.get(category, ())))
    labelled = sum(category in track for track in train)
    occurring = {tag for track in asked for tag in track.get(category, ())}
    learnable = {tag for tag, count in counts.items() if count >= LEAST and (single or count <= labelled - LEAST)}
    # Each of several tags is judged by an area, which needs tracks with and without it; a single answer does not.
    usable = learnable if single else learnable & _told_apart(category, asked)
    tags = tuple(sorted(usable))
    left_out = {
        f"fewer than {LEAST} training tracks have it, or lack it": sorted(occurring - learnable),
        "no judged track has it, or all do": [] if single else sorted(learnable - usable),
    }
    train_rows, train_truth = _rows(category, tags, train)
    rows, truth = _rows(category, tags, asked)
    if single:
        # A softmax needs one class per training track: those of a tag too rare to learn are left out.
        taught = train_truth.any(axis=1)
        train_rows, train_truth = train_rows[taught], train_truth[taught]
    reasons = {reason: tuple(names) for reason, names in left_out.items() if names}
    return Question(category, single, tags, train_rows, train_truth, rows, truth, reasons)


def _told_apart(category: str, tracks: Sequence[TagLists]) -> set[str]:
    """Return the tags that some tracks labelled in a category have and others do not."""
    labels = Labels.of([{category: track.get(category, [])} for track in tracks if category in track])
    return {tag for (_, tag), keep in zip(labels.tags, labels.decidable, strict=True) if keep}


def _rows(
    category: str, tags: tuple[str, ...], tracks: Sequence[TagLists]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the rows [n] of the tracks labelled in a category, and which of its K tags they have, [n, K]."""
    rows = np.array([row for row, track in enumerate(tracks) if category in track], dtype=np.int64)
    labels = Labels.of([tracks[row] for row in rows], [(category, tag) for tag in tags])
    return rows, labels.truth


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
