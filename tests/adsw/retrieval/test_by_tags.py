from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from adsw.metrics import BY_TAGS, SWAP_ACCURACY, is_by_tags, mode_of, names_on, validation_metrics
from adsw.retrieval.by_tags import chance_by_tags, score_by_tags
from adsw.retrieval.evaluation import Direction, Evaluation, evaluate, text_to_music
from adsw.retrieval.intervals import differences, intervals
from adsw.retrieval.placement import place
from adsw.retrieval.queries import QuerySet, Targets
from adsw.retrieval.ranking import CUTOFFS, QueryScores, TagScores, score
from adsw.retrieval.truth import Truth
from tests.adsw.small_stores import DIMENSIONS, row, table_of, text
from tests.adsw.train.synthetic import synthetic_store


def by_hand(scores_N: NDArray[np.float64], right_N: NDArray[np.bool_]) -> tuple[list[float], float]:
    """Hits and AP@10 of one query as means over all orders of its items that the scores allow."""
    hits, precision = [Fraction(0)] * len(CUTOFFS), Fraction(0)
    orders = [order for order in permutations(range(len(scores_N))) if (np.diff(scores_N[list(order)]) <= 0).all()]
    for order in orders:
        ranked = right_N[list(order)]
        for index, k in enumerate(CUTOFFS):
            hits[index] += int(ranked[:k].any())
        found = [
            Fraction(int(ranked[: rank + 1].sum()), rank + 1) for rank in range(min(10, len(order))) if ranked[rank]
        ]
        precision += sum(found, Fraction(0)) / min(int(right_N.sum()), 10)
    return [float(hit / len(orders)) for hit in hits], float(precision / len(orders))


def plain(scores_N: NDArray[np.float64], right_N: NDArray[np.bool_]) -> tuple[list[float], float]:
    """The same without ties, in float64."""
    ranked = right_N[np.argsort(-scores_N)]
    ranks = np.flatnonzero(ranked) + 1
    precision = sum((place + 1) / rank for place, rank in enumerate(ranks) if rank <= 10) / min(len(ranks), 10)
    return [float(ranked[:k].any()) for k in CUTOFFS], float(precision)


def first_of(right_QN: NDArray[np.bool_]) -> Targets:
    return Targets.of([[int(row.argmax())] for row in right_QN])


@pytest.mark.parametrize("block_bytes", [1, None])
def test_without_ties_the_figures_are_the_plain_ones(block_bytes: int | None) -> None:
    rng = np.random.default_rng(0)
    queries, items = rng.normal(size=(40, 5)), rng.normal(size=(60, 5))
    right = rng.random((40, 60)) < rng.choice([0.02, 0.3, 0.9], size=(40, 1))
    right[:, 7] = True
    found = score_by_tags(queries, items, first_of(right), lambda rows: right[rows], block_bytes)
    for index, scores in enumerate(queries @ items.T):
        hits, precision = plain(scores, right[index])
        assert found.hits[index].tolist() == pytest.approx(hits, abs=1e-12)
        assert found.average_precision[index] == pytest.approx(precision, abs=1e-12)
    assert found.true.tolist() == right.sum(axis=1).tolist()


@pytest.mark.parametrize("pool", [1, 3, 7])
def test_ties_count_as_the_mean_over_all_their_orders(pool: int) -> None:
    rng = np.random.default_rng(pool)
    items = rng.integers(0, 3, size=(pool, 1)).astype(np.float64)
    right = rng.random((12, pool)) < 0.4
    right[np.arange(12), rng.integers(0, pool, 12)] = True
    queries = np.where(np.arange(12) % 2, 1.0, -1.0)[:, None]
    found = score_by_tags(queries, items, first_of(right), lambda rows: right[rows])
    for index, scores in enumerate(queries @ items.T):
        hits, precision = by_hand(scores, right[index])
        assert found.hits[index].tolist() == pytest.approx(hits, abs=1e-12)
        assert found.average_precision[index] == pytest.approx(precision, abs=1e-12)


def test_a_tied_block_beyond_the_first_ten_counts_in_full() -> None:
    # Three items lead, forty tie for the rest; the formula of the strict figures places every right item on its own.
    rng = np.random.default_rng(3)
    items = np.concatenate([[3.0, 2.0, 2.0], np.ones(40)])[:, None]
    right = rng.random((30, 43)) < 0.3
    right[:, 42] = True
    targets = Targets.of([np.flatnonzero(each).tolist() for each in right])
    strict = score(place(np.ones((30, 1)), items, targets))
    found = score_by_tags(np.ones((30, 1)), items, first_of(right), lambda rows: right[rows])
    np.testing.assert_allclose(found.hits, strict.hits, atol=1e-12)
    np.testing.assert_allclose(found.average_precision, strict.average_precision, atol=1e-12)


@pytest.mark.parametrize("pool", [4, 50])
def test_a_constant_model_scores_chance(pool: int) -> None:
    rng = np.random.default_rng(1)
    right = rng.random((20, pool)) < 0.3
    right[:, 0] = True
    tags = score_by_tags(np.ones((20, 2)), np.ones((pool, 2)), first_of(right), lambda rows: right[rows])
    level = chance_by_tags(right.sum(axis=1), pool)
    scores = QueryScores(np.ones(20), tags.hits, tags.average_precision, tags)
    assert {name: scores.of(name).mean() for name in BY_TAGS} == pytest.approx(level)
    drawn = rng.random((4000, pool)).argsort(axis=1)
    assert level["R@1.tags"] == pytest.approx(right.mean(axis=1).mean())
    assert level["mAP@10.tags"] == pytest.approx(
        np.mean([plain(-order.astype(float), right[index % 20])[1] for index, order in enumerate(drawn)]), abs=0.02
    )


def test_names_and_directions() -> None:
    assert {name.rpartition("/")[2] for name in names_on("valid")} - {
        name.rpartition("/")[2] for name in validation_metrics()
    } == {*BY_TAGS, SWAP_ACCURACY}
    assert all(is_by_tags(name) and mode_of(name) == "max" for name in BY_TAGS)


def queries_of(*claims: list[str] | None, truths: tuple[list[str] | None, ...]) -> QuerySet:
    """One tag text a track, which claims what is given."""
    rows = []
    for index, (claimed, true) in enumerate(zip(claims, truths, strict=True)):
        words = "calm" if claimed == ["calm"] else f"text {index}"
        rows.append(row(f"t{index}", [text(words, "tags", 1, 0, claims=claimed)]) | {"truths": true})
    return QuerySet.from_table(table_of(rows, 2), DIMENSIONS)


def test_right_are_all_tracks_that_a_text_is_true_of_and_its_own() -> None:
    rock, both, calm = ["rock"], ["calm", "piano"], ["calm"]
    queries = queries_of(rock, both, calm, None, calm, truths=(["hard rock"], both, calm, ["rock", "calm"], calm))
    assert queries.texts == ("text 0", "text 1", "calm", "text 3")
    assert queries.truth is not None
    known = queries.truth.of_texts(np.arange(4))
    assert known.tolist() == [
        [False, False, False, True, False],
        [False, True, False, False, False],
        [False, True, True, True, True],
        [False, False, False, False, False],
    ]
    assert (queries.truth.of_tracks(np.arange(5)) == known.T).all()
    one_hot = np.eye(5, dtype=np.float32)[[0, 1, 2, 3]]
    found = text_to_music(one_hot, np.eye(5, dtype=np.float32), queries.targets, queries.sources, queries.truth)
    assert found.scores.by_tags is not None
    # The first text is not true of its own track, by its tags, which is right all the same.
    assert found.scores.by_tags.true.tolist() == [2, 1, 4, 1]
    assert found.metrics["R@1.tags"] == 1.0
    assert queries.truth.where(np.array([2])).of_texts(np.array([0])).tolist() == [known[2].tolist()]


def test_a_store_that_does_not_know_has_no_such_figures() -> None:
    unknown = queries_of(None, None, truths=(["calm"], ["calm"]))
    assert unknown.truth is None
    assert queries_of(["calm"], ["rock"], truths=(None, None)).truth is None
    assert Truth.of([["a"]], [["b"]]) is not None
    found = evaluate(Untrained(), unknown)
    assert not any(map(is_by_tags, found.metrics))
    assert all("tags" not in text for text in found.conventions)
    with pytest.raises(KeyError, match=r"no metric 'R@1\.tags'"):
        found.t2m.scores.of("R@1.tags")


class Untrained:
    """Heads that project at random."""

    def audio(self, tokens):  # type: ignore[no-untyped-def]
        return tokens.float().mean(1)[:, :2]

    text = audio


def test_both_directions_on_a_store_against_brute_force(tmp_path: Path) -> None:
    store = synthetic_store(tmp_path / "store", 60)
    table = store.table("valid")
    queries = QuerySet.from_table(table, store.info.dimensions)
    found = evaluate(Untrained(), queries)
    truths = [set(names) for names in table["truths"].to_pylist()]
    claims = {one["text"]: one["claims"] for texts in table["texts"].to_pylist() for one in texts}
    right = np.array(
        [[claims[text] is not None and truth.issuperset(claims[text]) for truth in truths] for text in queries.texts]
    )
    right[queries.targets.queries, queries.targets.items] = True
    assert right.sum() > len(queries.targets.items)
    audio, texts = (
        tokens.astype(np.float32).mean(1)[:, :2].astype(np.float64)
        for tokens in (queries.audio, queries.text_embeddings)
    )
    asking = queries.targets.turned()[0]
    for part, scores, truth in (
        (found.t2m, texts @ audio.T, right),
        (found.m2t, (audio @ texts.T)[asking], right.T[asking]),
    ):
        assert part.scores.by_tags is not None
        expected = [plain(each, true) for each, true in zip(scores, truth, strict=True)]
        np.testing.assert_allclose(part.scores.by_tags.hits, [hits for hits, _ in expected])
        np.testing.assert_allclose(part.scores.by_tags.average_precision, [precision for _, precision in expected])
    assert set(found.metrics) == set(found.chance) == set(intervals(found)) == set(names_on("valid"))
    assert ".tags" in found.conventions[-1]
    found.save(tmp_path / "found.npz")
    assert Evaluation.load(tmp_path / "found.npz").metrics == found.metrics


def test_differences_need_the_same_truth() -> None:
    tags = TagScores(np.ones((3, 3)), np.ones(3), np.array([1, 2, 2]))
    one = QueryScores(np.ones(3), np.ones((3, 3)), np.ones(3), tags)
    other = QueryScores(
        np.ones(3), np.ones((3, 3)), np.ones(3), TagScores(tags.hits, tags.average_precision, tags.true + 1)
    )
    alike, apart = (_evaluation(scores) for scores in (one, other))
    assert "valid/t2m/R@1.tags" in differences(alike, alike)
    assert "valid/t2m/R@1.tags" not in differences(alike, apart)
    assert "valid/t2m/R@1" in differences(alike, apart)


def _evaluation(scores: QueryScores) -> Evaluation:
    ones = np.ones(3, np.int64)
    part = Direction(scores, ones, np.arange(3), ones.astype(np.uint8), 5)
    return Evaluation("valid", "same", part, part)
