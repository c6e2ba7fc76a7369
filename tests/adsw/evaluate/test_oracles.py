"""The figures of `evaluate` against other people's code and against plain float64 sorting, both directions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score, coverage_error, label_ranking_average_precision_score
from torchmetrics.retrieval import RetrievalHitRate, RetrievalMAP, RetrievalMRR, RetrievalRecall

from adsw.metrics import METRICS
from adsw.retrieval.evaluation import evaluate
from adsw.retrieval.queries import QuerySet, Targets
from adsw.retrieval.ranking import CUTOFFS


class AsTheyAre:
    """Heads that take the one token as it is."""

    def audio(self, tokens: torch.Tensor) -> torch.Tensor:
        return tokens[:, 0].double()

    text = audio


class Blind:
    """Heads that give everything one vector."""

    def audio(self, tokens: torch.Tensor) -> torch.Tensor:
        return torch.ones(len(tokens), 3)

    text = audio


def a_set(seed: int, tracks: int, texts: int, shared: bool, levels: int = 50) -> QuerySet:
    """Whole-numbered embeddings, so that products are exact and ties real; every track has a text."""
    rng = np.random.default_rng(seed)
    owners = [{index % tracks} for index in range(texts)]
    for own in owners if shared else ():
        own.update(rng.choice(tracks, size=rng.integers(0, min(3, tracks) + 1), replace=False).tolist())
    audio = rng.integers(-levels, levels + 1, (tracks, 1, 6))
    text = rng.integers(-levels, levels + 1, (texts, 1, 6))
    return QuerySet(
        audio=audio.astype(np.float16),
        text_embeddings=text.astype(np.float16),
        texts=tuple(f"text {number}" for number in range(texts)),
        targets=Targets.of([sorted(own) for own in owners]),
        sources=np.ones(texts, dtype=np.uint8),
        track_ids=tuple(f"track {number}" for number in range(tracks)),
    )


def similarity(queries: QuerySet) -> np.ndarray:
    """float64 [Q, N]."""
    scores: np.ndarray = queries.text_embeddings[:, 0].astype(float) @ queries.audio[:, 0].astype(float).T
    return scores


def right(queries: QuerySet) -> np.ndarray:
    """bool [Q, N]."""
    found = np.zeros((len(queries), len(queries.audio)), dtype=bool)
    found[queries.targets.queries, queries.targets.items] = True
    return found


def both(queries: QuerySet) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """The directions as (name, scores, right items), a row per query."""
    scores, wanted = similarity(queries), right(queries)
    return [("t2m", scores, wanted), ("m2t", scores.T, wanted.T)]


def sorted_in_float64(scores: np.ndarray, wanted: np.ndarray) -> dict[str, float]:
    """All metrics of data without ties at the targets, by sorting every row."""
    places = [np.flatnonzero(own[np.argsort(-row)]) + 1 for row, own in zip(scores, wanted, strict=True)]
    best = np.array([own[0] for own in places])
    precisions = [
        sum((index + 1) / place for index, place in enumerate(own) if place <= 10) / min(len(own), 10) for own in places
    ]
    hits = {f"R@{k}": float((best <= k).mean()) for k in CUTOFFS}
    return hits | {"mAP@10": float(np.mean(precisions)), "MedR": float(np.median(best)), "meanR": float(best.mean())}


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(("tracks", "texts"), [(1, 1), (1, 5), (7, 7), (40, 40), (30, 120)])
def test_figures_equal_a_full_sort_in_float64(tracks: int, texts: int, shared: bool) -> None:
    queries = a_set(tracks + texts, tracks, texts, shared, levels=1000)
    found = evaluate(AsTheyAre(), queries, "test")
    for way, scores, wanted in both(queries):
        assert all(len(set(row)) == len(row) for row in scores)
        assert found.direction(way).metrics == pytest.approx(sorted_in_float64(scores, wanted))


def test_figures_of_single_targets_equal_torchmetrics() -> None:
    queries = a_set(3, 40, 40, shared=False, levels=1000)
    found = evaluate(AsTheyAre(), queries, "test")
    for way, scores, wanted in both(queries):
        indexes = torch.arange(len(scores)).repeat_interleave(scores.shape[1])
        # torchmetrics takes scores of zero and below for no answer.
        given_ = torch.from_numpy(scores - scores.min() + 1).float().flatten(), torch.from_numpy(wanted).flatten()
        metrics = found.direction(way).metrics
        for k in CUTOFFS:
            assert metrics[f"R@{k}"] == pytest.approx(float(RetrievalHitRate(top_k=k)(*given_, indexes=indexes)))
            assert metrics[f"R@{k}"] == pytest.approx(float(RetrievalRecall(top_k=k)(*given_, indexes=indexes)))
        assert metrics["mAP@10"] == pytest.approx(float(RetrievalMAP(top_k=10)(*given_, indexes=indexes)), rel=1e-5)
        reciprocal = (1 / found.direction(way).scores.rank).mean()
        assert reciprocal == pytest.approx(float(RetrievalMRR()(*given_, indexes=indexes)), rel=1e-5)


def test_several_targets_equal_torchmetrics_and_scikit_learn() -> None:
    queries = a_set(4, 10, 10, shared=True, levels=1000)
    found = evaluate(AsTheyAre(), queries, "test")
    for way, scores, wanted in both(queries):
        part = found.direction(way)
        # In a pool of ten AP@10 is the whole average precision.
        each = [average_precision_score(own, row) for own, row in zip(wanted, scores, strict=True)]
        assert part.scores.average_precision == pytest.approx(each)
        assert part.metrics["mAP@10"] == pytest.approx(label_ranking_average_precision_score(wanted, scores))
        indexes = torch.arange(len(scores)).repeat_interleave(scores.shape[1])
        given_ = torch.from_numpy(scores - scores.min() + 1).float().flatten(), torch.from_numpy(wanted).flatten()
        assert part.metrics["mAP@10"] == pytest.approx(float(RetrievalMAP()(*given_, indexes=indexes)), rel=1e-5)
        for k in CUTOFFS:
            assert part.metrics[f"R@{k}"] == pytest.approx(float(RetrievalHitRate(top_k=k)(*given_, indexes=indexes)))


def test_the_mean_rank_of_single_targets_is_scikit_learns_coverage_error() -> None:
    queries = a_set(5, 30, 30, shared=False, levels=1000)
    found = evaluate(AsTheyAre(), queries, "test")
    for way, scores, wanted in both(queries):
        assert found.direction(way).metrics["meanR"] == pytest.approx(coverage_error(wanted, scores))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), tracks=st.integers(1, 25), levels=st.integers(0, 2))
def test_tied_ranks_of_single_targets_are_scipys_average_ranks(seed: int, tracks: int, levels: int) -> None:
    queries = a_set(seed, tracks, tracks, shared=False, levels=levels)
    found = evaluate(AsTheyAre(), queries, "test")
    for way, scores, wanted in both(queries):
        expected = rankdata(-scores, method="average", axis=1)[wanted]
        assert found.direction(way).scores.rank.tolist() == expected.tolist()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), tracks=st.integers(1, 40), shared=st.booleans())
def test_a_constant_model_is_at_chance_and_calibrated_to_nothing(seed: int, tracks: int, shared: bool) -> None:
    queries = a_set(seed, tracks, 2 * tracks, shared)
    found = evaluate(Blind(), queries, "test")
    for way in ("t2m", "m2t"):
        part = found.direction(way)
        for metric in METRICS:
            # The median of ranks that are each tied in the middle is not the median of random ranks.
            if metric != "MedR" or set(part.target_counts) == {1}:
                assert part.metrics[metric] == pytest.approx(part.chance[metric])


def test_a_perfect_model_scores_one_on_every_metric() -> None:
    queries = a_set(0, 12, 12, shared=False)
    one_hot = np.eye(12, dtype=np.float16)[:, None]
    perfect = QuerySet(one_hot, one_hot, queries.texts, queries.targets, queries.sources, queries.track_ids)
    assert set(evaluate(AsTheyAre(), perfect, "test").metrics.values()) == {1.0}


def test_nan_is_refused_by_the_side_it_is_on() -> None:
    queries = a_set(0, 4, 4, shared=False)
    queries.audio[2, 0, 1] = np.nan
    with pytest.raises(ValueError, match=r"^audio: the heads give NaN"):
        evaluate(AsTheyAre(), queries, "test")
