from __future__ import annotations

import numpy as np
import pytest
import torch

from adsw.evaluate.baselines import look_up, popularity
from adsw.evaluate.novelty import Training, pooled, unit
from adsw.retrieval.queries import QuerySet, Targets

TRACKS, WIDTH = 40, 12


def queries_of(audio: np.ndarray, texts: np.ndarray, targets: list[list[int]]) -> QuerySet:
    return QuerySet(
        audio=audio.astype(np.float16)[:, None],
        text_embeddings=texts.astype(np.float16)[:, None],
        texts=tuple(f"q{number}" for number in range(len(texts))),
        targets=Targets.of(targets),
        sources=np.ones(len(texts), dtype=np.uint8),
        track_ids=tuple(f"test {number}" for number in range(len(audio))),
    )


def training_of(audio: np.ndarray, texts: np.ndarray, owners: list[list[int]]) -> Training:
    return Training(
        audio=audio.astype(np.float16)[:, None],
        text_embeddings=texts.astype(np.float16)[:, None],
        texts=tuple(f"t{number}" for number in range(len(texts))),
        owners=Targets.of(owners),
        track_ids=tuple(f"train {number}" for number in range(len(audio))),
        tracks=len(audio),
    )


@pytest.fixture
def world() -> tuple[QuerySet, Training]:
    """Twenty kinds of music, each with its sound and its wording, both unlike the others'; two test tracks and
    twelve training tracks of every kind."""
    rng = np.random.default_rng(0)
    sound, wording = rng.standard_normal((2, 20, WIDTH))

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        kinds = np.tile(np.arange(20), count)
        noise = 0.05 * rng.standard_normal((2, len(kinds), WIDTH))
        return sound[kinds] + noise[0], wording[kinds] + noise[1]

    tested, trained = draw(2), draw(12)
    own = [[number] for number in range(240)]
    return queries_of(*tested, [[number] for number in range(TRACKS)]), training_of(*trained, own)


def test_look_up_finds_the_kind_that_the_training_tells_of(world: tuple[QuerySet, Training]) -> None:
    found = look_up(*world, "test")
    assert found.metrics["test/t2m/R@5"] == 1
    assert found.metrics["test/m2t/R@5"] == 1
    assert found.metrics["test/t2m/R@1"] == pytest.approx(0.5, abs=0.25)
    assert found.queries == world[0].identity


def test_look_up_of_unrelated_pairs_is_at_chance(world: tuple[QuerySet, Training]) -> None:
    queries, training = world
    shuffled = np.random.default_rng(1).permutation(240)
    unrelated = training_of(
        training.audio[shuffled, 0], training.text_embeddings[:, 0], [[number] for number in range(240)]
    )
    found = look_up(queries, unrelated, "test")
    assert found.metrics["test/t2m/R@10"] == pytest.approx(found.chance["test/t2m/R@10"], abs=0.15)


def test_look_up_by_hand() -> None:
    """Two training texts, one on two tracks; with fewer than ten the mean is over all, so nearness has no say."""
    rng = np.random.default_rng(2)
    audio, texts = rng.standard_normal((3, 4)), rng.standard_normal((2, 5))
    training = training_of(audio, texts, [[0, 1], [2]])
    queries = queries_of(rng.standard_normal((6, 4)), rng.standard_normal((6, 5)), [[number] for number in range(6)])
    found = look_up(queries, training, "test")
    heard = unit(training.unit_audio)
    both = ((heard[0] + heard[1]) / 2 + heard[2]) / 2
    order = torch.argsort(training.standardised(queries.audio) @ both, descending=True).argsort() + 1
    assert found.t2m.scores.rank.tolist() == order.tolist()
    read = unit(pooled(training.text_embeddings))
    mean = (read[0] + read[0] + read[1]) / 3
    order = torch.argsort(unit(pooled(queries.text_embeddings)) @ mean, descending=True).argsort() + 1
    assert found.m2t.scores.rank.tolist() == order.tolist()


class Heads:
    def audio(self, tokens: torch.Tensor) -> torch.Tensor:
        return unit(tokens.float().mean(1))

    text = audio


def test_popularity_is_one_order_for_all_queries(world: tuple[QuerySet, Training]) -> None:
    queries, training = world
    found = popularity(Heads(), queries, training, "test")
    mean = unit(pooled(training.text_embeddings)).mean(0)
    expected = torch.argsort(unit(pooled(queries.audio)) @ mean, descending=True).argsort() + 1
    assert found.t2m.scores.rank.tolist() == expected.tolist()
    assert sorted(found.t2m.scores.rank) == list(range(1, TRACKS + 1))
    for metric in ("R@1", "R@5", "R@10", "mAP@10", "MedR", "meanR"):
        assert found.metrics[f"test/t2m/{metric}"] == pytest.approx(found.chance[f"test/t2m/{metric}"])


def test_popularity_rises_above_chance_where_a_hub_is_asked_for_more_often(world: tuple[QuerySet, Training]) -> None:
    queries, training = world
    favourite = int(np.argmin(popularity(Heads(), queries, training, "test").t2m.scores.rank))
    targets = [[favourite] if number % 2 else [number] for number in range(TRACKS)]
    uneven = QuerySet(
        queries.audio,
        queries.text_embeddings,
        queries.texts,
        Targets.of(targets),
        queries.sources,
        queries.track_ids,
    )
    found = popularity(Heads(), uneven, training, "test")
    assert found.metrics["test/t2m/R@1"] >= 0.5
    assert found.chance["test/t2m/R@1"] == pytest.approx(1 / TRACKS)
