from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.preprocessing import StandardScaler

from adsw.evaluate.probe_model import (
    STRENGTHS,
    USUAL,
    answered,
    blind,
    chosen_strength,
    fitted_scores,
    questions,
    single_figures,
)
from adsw.stats.bootstrap import Resamples


def data(classes: int, seed: int = 0, n: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Features [n, 4] of which classes can be read, and their truth [n, classes]."""
    rng = np.random.default_rng(seed)
    named = rng.integers(0, classes, n)
    centres = rng.normal(0, 2, (classes, 4))
    return (centres[named] + rng.normal(size=(n, 4))).astype(np.float32), named[:, None] == np.arange(classes)


@pytest.mark.parametrize("classes", [2, 4])
def test_one_answer_is_scikit_learns_softmax(classes: int) -> None:
    features, truth = data(classes)
    scores = fitted_scores(features[:60], truth[:60], features[60:], single=True, strength=0.1)
    scaler = StandardScaler().fit(features[:60])
    oracle = LogisticRegression(C=0.1, max_iter=300).fit(scaler.transform(features[:60]), truth[:60].argmax(1))
    assert scores.shape == (30, classes)
    assert (scores.argmax(1) == oracle.predict(scaler.transform(features[60:]))).all()


def test_several_answers_are_one_regression_each() -> None:
    features, truth = data(3)
    truth |= np.roll(truth, 1, axis=1) & (features[:, :1] > 0)
    scores = fitted_scores(features[:60], truth[:60], features[60:], single=False, strength=1.0)
    for tag in range(3):
        alone = fitted_scores(features[:60], truth[:60, tag : tag + 1], features[60:], single=False, strength=1.0)
        assert scores[:, tag] == pytest.approx(alone[:, 0])


@pytest.mark.parametrize("single", [True, False])
def test_the_strength_is_chosen_on_tracks_set_aside(single: bool) -> None:
    features, truth = data(3, n=150)
    aside = np.arange(150) % 5 == 0
    assert chosen_strength(features, truth, aside, single) in STRENGTHS
    # Noise beside a weak signal: the strongest penalty keeps the most of it.
    noise = np.random.default_rng(1).normal(size=(150, 200)).astype(np.float32)
    assert chosen_strength(np.concatenate([features[:, :1], noise], axis=1), truth, aside, single) <= 0.1


def test_nothing_to_choose_by() -> None:
    features, truth = data(3)
    nobody, everybody = np.zeros(90, dtype=bool), np.ones(90, dtype=bool)
    assert chosen_strength(features, truth, nobody, True) == USUAL
    assert chosen_strength(features, truth, everybody, True) == USUAL
    only = truth[:, 0]
    assert chosen_strength(features, truth, ~only, True) == USUAL
    assert chosen_strength(features, truth, only, False) == USUAL


@given(st.integers(2, 6), st.integers(4, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_accuracy_and_f1_are_scikit_learns_for_sample_weights(classes: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    true, named = rng.integers(0, classes, n), rng.integers(0, classes, n)
    weights = rng.integers(0, 3, (3, n)).astype(float)
    weights[:, 0] = 1
    found = single_figures(true[:, None] == np.arange(classes), named, weights)
    for weight, figures in zip(weights, found, strict=True):
        there = np.unique(true[weight > 0])
        options = {"labels": there, "average": "macro", "sample_weight": weight, "zero_division": 0}
        assert figures[0] == pytest.approx(accuracy_score(true, named, sample_weight=weight))
        assert figures[1] == pytest.approx(f1_score(true, named, **options))


TRAIN = [{"genre": ["jazz"], "mood": ["calm"]}] * 6 + [{"genre": ["rock"], "mood": ["calm", "sad"]}] * 6
ASKED = [
    {"genre": ["jazz"], "mood": ["calm"]},
    {"genre": ["folk"], "mood": ["sad"]},
    {"mood": ["calm"], "era": ["old"]},
]


def test_questions_by_hand() -> None:
    found, without = questions(TRAIN, ASKED)
    assert without == ["era"]
    genre, mood = found
    assert (genre.category, genre.kind, genre.tags) == ("genre", "single-label", ("jazz", "rock"))
    assert genre.rows.tolist() == [0, 1]
    assert genre.truth.tolist() == [[True, False], [False, False]]
    assert list(genre.left_out.values()) == [("folk",)]
    # All training tracks are calm, so calm cannot be learnt.
    assert (mood.kind, mood.tags) == ("multi-label", ("sad",))
    assert mood.rows.tolist() == [0, 1, 2]
    assert list(mood.left_out.values()) == [("calm",)]


def test_a_tag_that_could_not_be_learnt_counts_as_wrong() -> None:
    genre, mood = questions(TRAIN, ASKED)[0]
    always = answered(genre, np.array([[1.0, 0.0], [1.0, 0.0]]), Resamples(["a", "b"], resamples=20))
    assert always.values == pytest.approx([0.5, 2 / 3])
    assert always.draws.shape == (20, 2)
    assert blind(genre) == pytest.approx([0.5, 2 / 3])
    assert blind(mood) == pytest.approx([0.5, 1 / 3])
    told = answered(mood, np.array([[0.0], [1.0], [0.0]]), Resamples(["a", "b", "c"], resamples=20))
    assert told.values == pytest.approx([1.0, 1.0])
