from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from adsw.evaluate import text_judge
from adsw.evaluate.swap_accuracy import report
from adsw.evaluate.swap_pairs import Outcome, swap_figure
from adsw.evaluate.text_judge import STRENGTH, TextJudge, pooled
from adsw.retrieval.swap_stored import stored_pairs
from adsw.stats.bootstrap import Resamples
from adsw.store.store import Store
from adsw.train.block import Block
from tests.adsw.evaluate.oracle import Knowing, Speaker, checkpoint_of, world_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return world_store(tmp_path_factory.mktemp("world") / "store", 150)


def block_of(store: Store, split: str) -> Block:
    return Block.from_table(store.table(split), store.info.dimensions)


def test_the_judge_is_the_regression_that_float64_finds(store: Store) -> None:
    train, test = block_of(store, "train"), block_of(store, "test")
    judge = TextJudge.taught(store, "train", test)
    assert judge is not None
    pairs = stored_pairs(train).pairs
    assert (judge.pairs, judge.tracks) == (len(pairs), len(train))
    vectors = train.text_embeddings.astype(np.float64).mean(axis=1)
    difference = vectors[pairs.own] - vectors[pairs.swapped]
    scale = np.sqrt((difference**2).mean(axis=0))
    # Both orders of a pair, each with half the weight of the pair.
    both = np.concatenate([difference, -difference]) / scale
    right = np.repeat([1.0, -1.0], len(difference))

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margin = right * (both @ weights)
        slope = -(right * expit(-margin)) @ both
        penalty = weights @ weights / 2 / STRENGTH
        return float(np.logaddexp(0, -margin).sum() / 2 + penalty), slope / 2 + weights / STRENGTH

    found = minimize(loss, np.zeros(both.shape[1]), jac=True, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-9})
    assert judge.weights * scale == pytest.approx(found.x, abs=0.02 * np.abs(found.x).max())
    told = judge.tells(train.text_embeddings, pairs.own, pairs.swapped)
    assert told.mean() == pytest.approx((difference / scale @ found.x > 0).mean(), abs=0.01)
    assert (judge.tells(train.text_embeddings, pairs.swapped, pairs.own) + told == 1).all()
    assert (judge.tells(train.text_embeddings, pairs.own, pairs.own) == 0.5).all()
    again = TextJudge.taught(store, "train", test)
    assert again is not None
    assert (again.weights == judge.weights).all()


def test_what_is_judged_is_not_learnt_from(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    train = block_of(store, "train")
    assert TextJudge.taught(store, "train", train) is None
    half = Block.from_table(train.table.slice(0, len(train) // 2), store.info.dimensions)
    rest = TextJudge.taught(store, "train", half)
    assert rest is not None
    assert rest.tracks == len(train) - len(half)
    monkeypatch.setattr(text_judge, "MOST_PAIRS", 50)
    fewer = TextJudge.taught(store, "train", half)
    assert fewer is not None
    assert fewer.pairs == 50


def test_a_replacement_that_is_always_the_same_gives_itself_away() -> None:
    rng = np.random.default_rng(0)
    own = rng.normal(size=(300, 8))
    # Every swap moves along one direction, beside much that has to do with nothing.
    swapped = own + rng.normal(size=(300, 8)) + 2.0 * np.eye(8)[3]
    weights = text_judge._fitted((own - swapped).astype(np.float32))
    tokens = np.concatenate([own, swapped]).astype(np.float16)[:, None]
    judge = TextJudge(weights, None, 300, 300)
    assert judge.tells(tokens, np.arange(300), np.arange(300, 600)).mean() > 0.95
    # A feature that no swap changes has no say, and no scale.
    flat = (own - swapped) * (np.arange(8) != 5)
    assert text_judge._fitted(flat.astype(np.float32))[5] == 0.0
    assert pooled(np.ones((3, 2, 4), np.float16), np.array([2, 0])).tolist() == [[1.0] * 4] * 2


def test_by_the_frequency_of_tags() -> None:
    judge = TextJudge(np.zeros(1), {"rock": 9, "jazz": 3, "harp": 3}, 1, 1)
    pairs = [
        (["rock", "slow"], ["jazz", "slow"]),
        (["jazz"], ["rock"]),
        (["jazz"], ["harp"]),
        (["xyz"], ["harp"]),
        (["rock", "xyz"], ["jazz", "harp"]),  # 10 * 1 against 4 * 4
        (None, ["jazz"]),
        (["jazz"], None),
        (["jazz"], ["jazz"]),
    ]
    told = judge.by_frequency([own for own, _ in pairs], [swapped for _, swapped in pairs])
    assert told[:5].tolist() == [1.0, 0.0, 0.5, 0.0, 0.0]
    assert np.isnan(told[5:]).all()
    unknowing = replace(judge, frequency=None)
    assert np.isnan(unknowing.by_frequency([["rock"]], [["jazz"]])).all()


def test_frequencies_are_of_training_tracks(store: Store) -> None:
    train, test = block_of(store, "train"), block_of(store, "test")
    judge = TextJudge.taught(store, "train", test)
    assert judge is not None
    truths = train.table["truths"].to_pylist()
    assert judge.frequency == {
        name: sum(name in each for each in truths) for name in {name for each in truths for name in each}
    }


def test_beyond_the_judge_is_paired_on_the_same_resamples() -> None:
    resamples = Resamples(["a", "a", "b", "c"], resamples=200)
    values = np.array([1.0, 0.0, 1.0, 0.5])
    one = Outcome(np.array([0, 1, 2, 3]), values, 1 - values, values, values, np.array([1.0, np.nan, 0.0, np.nan]))
    told = swap_figure(one, resamples)
    # The same as the judge, pair by pair: no width, however wide both are.
    assert told.beyond is not None
    assert (told.beyond.value, told.beyond.low, told.beyond.high) == (0.0, 0.0, 0.0)
    assert (told.judge, told.frequent) == (0.625, 0.5)
    document = told.document()
    assert (document["text_judge"], document["frequent_tag"]) == (0.625, 0.5)
    assert document["beyond_text_judge"]["value"] == 0.0
    without = swap_figure(Outcome(one.tracks, values, values, values), resamples).document()
    assert [without[name] for name in ("text_judge", "beyond_text_judge", "frequent_tag")] == [None] * 3
    assert swap_figure(one.where(np.array([False, True, False, False])), resamples).frequent is None


def test_the_store_of_the_training_teaches_the_judge_and_else_the_evaluated_one(store: Store, tmp_path: Path) -> None:
    trained, speaker = checkpoint_of(tmp_path / "run", store, Knowing()), Speaker(store.info.text_encoder)
    other = replace(store, info=store.info.model_copy(update={"fingerprint": "another"}))
    told = report(trained, other, "test", speaker, trained_on=store)
    assert any("pairs of the train split of the training." in text for text in told.conventions)
    assert told.overall.judge is not None
    assert told.overall.frequent is not None
    assert told.overall.beyond is not None
    assert told.overall.beyond.low > 0
    assert told.overall.beyond.value == pytest.approx(told.overall.figure.interval.value - told.overall.judge)
    assert told.held_out is not None
    assert told.held_out.overall.unseen.judge is not None
    assert told.held_out.overall.seen.beyond is not None
    heads = [column.head for table in told.tables() for column in table.columns]
    assert {"text judge", "beyond", "frequent tag", "beyond judge"} <= set(heads)
    alone = report(trained, other, "test", speaker)
    assert any("of this store, as that of the training is not at hand" in text for text in alone.conventions)
    assert alone.overall.judge == told.overall.judge


def test_without_a_train_split_there_is_none(store: Store, tmp_path: Path) -> None:
    trained, speaker = checkpoint_of(tmp_path / "run", store, Knowing()), Speaker(store.info.text_encoder)
    splits = {name: info for name, info in store.info.splits.items() if name != "train"}
    told = report(trained, replace(store, info=store.info.model_copy(update={"splits": splits})), "test", speaker)
    assert "No text judge: the store of the training is not at hand" in told.remarks[-1]
    assert (told.overall.judge, told.overall.beyond, told.overall.frequent) == (None, None, None)
    assert told.tables()
    itself = report(trained, store, "train", speaker)
    assert "too few pairs of other tracks" in itself.remarks[-1]
