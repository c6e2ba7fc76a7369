from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from adsw.evaluate.novelty import GAINS, QUARTERS, Training, gains_of, novelty, quarters_of
from adsw.report.terminal import captioned_table
from adsw.retrieval.evaluation import Direction
from adsw.retrieval.queries import QuerySet, Targets
from adsw.retrieval.ranking import QueryScores, chance

QUERIES = 200


@pytest.fixture
def queries() -> QuerySet:
    """Query n points n / QUERIES of a right angle away from the one training text; one text per track."""
    angles = np.arange(QUERIES) / QUERIES * np.pi / 2
    texts = np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float16)[:, None]
    return QuerySet(
        audio=np.zeros((QUERIES, 1, 2), np.float16),
        text_embeddings=texts,
        texts=("known", *(f"text {number}" for number in range(1, QUERIES))),
        targets=Targets.of([[number] for number in range(QUERIES)]),
        sources=np.ones(QUERIES, dtype=np.uint8),
        track_ids=tuple(f"track {number}" for number in range(QUERIES)),
    )


@pytest.fixture
def training() -> Training:
    return Training(
        audio=np.zeros((1, 1, 2), np.float16),
        text_embeddings=np.array([[[1, 0]]], np.float16),
        texts=("known",),
        owners=Targets.of([[0]]),
        track_ids=("a",),
        tracks=5,
    )


def direction(ranks: np.ndarray) -> Direction:
    hits = np.stack([ranks <= k for k in (1, 5, 10)], axis=1).astype(float)
    scores = QueryScores(ranks.astype(float), hits, np.where(ranks <= 10, 1 / ranks, 0.0))
    ones = np.ones(QUERIES, dtype=np.int64)
    return Direction(scores, ones, np.arange(QUERIES), ones.astype(np.uint8), QUERIES)


def test_a_gain_on_near_queries_alone_is_seen(queries: QuerySet, training: Training) -> None:
    ranks = np.where(np.arange(QUERIES) < QUERIES // 2, 1, 100)
    found = novelty(direction(ranks), queries, training, "test")
    assert [quarter.name for quarter in found.quarters] == list(QUARTERS)
    assert [quarter.queries for quarter in found.quarters] == [50] * 4
    assert [quarter.values["R@10"].value for quarter in found.quarters] == [1, 1, 0, 0]
    assert [quarter.known for quarter in found.quarters] == [0.02, 0, 0, 0]
    assert found.quarters[0].nearness > found.quarters[3].nearness
    level = chance(np.array([1]), QUERIES)["R@10"]
    assert found.quarters[0].gains["R@10"].value == pytest.approx(1 - level)
    for metric in GAINS:
        contrast, share = found.contrasts[metric], found.shares[metric]
        assert contrast is not None
        assert share is not None
        assert contrast.value == pytest.approx(1)
        # The far half stands below chance, so the near one has more than all of the gain.
        assert share.low <= share.value <= share.high
        assert share.value == pytest.approx(1.0, abs=0.06)


def test_a_gain_that_has_nothing_to_do_with_nearness_is_shared_evenly(queries: QuerySet, training: Training) -> None:
    found = novelty(direction(np.where(np.arange(QUERIES) % 2, 1, 100)), queries, training, "test")
    for metric in GAINS:
        contrast, share = found.contrasts[metric], found.shares[metric]
        assert contrast is not None
        assert share is not None
        assert contrast.low < 0 < contrast.high
        assert share.low < found.near_queries < share.high


def test_there_is_no_share_of_no_gain(queries: QuerySet, training: Training) -> None:
    found = novelty(direction(np.full(QUERIES, 100)), queries, training, "test")
    assert found.shares == dict.fromkeys(GAINS)
    assert json.loads(json.dumps(found.document(), allow_nan=False))["shares"] == dict.fromkeys(GAINS)
    out = Console(width=100, file=StringIO(), record=True)
    out.print(captioned_table(found.tables()[0]))
    assert "–" in out.export_text()


def test_queries_all_as_near_have_no_halves(queries: QuerySet, training: Training) -> None:
    same = replace(queries, text_embeddings=np.tile(queries.text_embeddings[:1], (QUERIES, 1, 1)))
    found = novelty(direction(np.ones(QUERIES)), same, training, "test")
    assert [quarter.name for quarter in found.quarters] == ["far"]
    assert found.contrasts == found.shares == dict.fromkeys(GAINS)


def test_the_table_says_what_was_looked_at(queries: QuerySet, training: Training) -> None:
    out = Console(width=100, file=StringIO(), record=True)
    out.print(captioned_table(novelty(direction(np.arange(1, QUERIES + 1)), queries, training, "test").tables()[0]))
    said = " ".join(out.export_text().split())
    for words in ("1 of 5 training tracks", "nearest", "farthest", "near − far half", "Verbatim"):
        assert words in said


def test_quarters_hold_the_same_mix_of_sources() -> None:
    rng = np.random.default_rng(0)
    sources = rng.choice([1, 2, 4, 5], 1000).astype(np.uint8)
    # Texts of one source are all nearer than those of the others.
    nearness = rng.random(1000) + (sources == 2)
    quarters = quarters_of(nearness.astype(np.float32), sources)
    for own in ((sources & 1) > 0, sources == 2, sources == 4):
        counts = np.bincount(quarters[own], minlength=4)
        assert counts.max() - counts.min() <= 1
        for lower in range(3):
            assert nearness[own & (quarters == lower)].min() >= nearness[own & (quarters == lower + 1)].max()


def test_equal_nearness_is_never_parted() -> None:
    quarters = quarters_of(np.array([1, 1, 1, 1, 1, 0.5, 0.4, 0.3], np.float32), np.ones(8, np.uint8))
    assert quarters.tolist() == [1, 1, 1, 1, 1, 2, 3, 3]


def test_gains_are_over_the_chance_of_as_many_targets() -> None:
    given_ = direction(np.ones(QUERIES))
    several = replace(given_, target_counts=np.where(np.arange(QUERIES) % 2, 1, 30))
    gains = gains_of(several, "R@1")
    assert gains[0] == pytest.approx(1 - 30 / QUERIES)
    assert gains[1] == pytest.approx(1 - 1 / QUERIES)
