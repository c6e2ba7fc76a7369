from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from adsw.errors import InputError
from adsw.metrics import BY_TAGS, METRICS
from adsw.retrieval.evaluation import Evaluation, embed, evaluate
from adsw.retrieval.queries import QuerySet, Targets
from adsw.retrieval.ranking import CUTOFFS
from adsw.store.schema import Dimensions

Make = Callable[..., Any]


class Given:
    """Heads that take the mean token as it is."""

    def __init__(self) -> None:
        self.largest = 0

    def audio(self, tokens: torch.Tensor) -> torch.Tensor:
        self.largest = max(self.largest, len(tokens))
        assert not torch.is_grad_enabled()
        return tokens.float().mean(1)

    text = audio


class Linear:
    """Heads that map both sides into four dimensions by fixed random matrices."""

    def __init__(self, queries: QuerySet) -> None:
        torch.manual_seed(0)
        self.of_audio = torch.randn(queries.audio.shape[2], 4)
        self.of_text = torch.randn(queries.text_embeddings.shape[2], 4)

    def audio(self, tokens: torch.Tensor) -> torch.Tensor:
        return tokens.float().mean(1) @ self.of_audio

    def text(self, tokens: torch.Tensor) -> torch.Tensor:
        return tokens.float().mean(1) @ self.of_text


class Constant:
    """Heads that hear and read nothing."""

    def audio(self, tokens: torch.Tensor) -> torch.Tensor:
        return torch.full((len(tokens), 4), 0.5)

    text = audio


class Broken(Constant):
    """Heads whose text side has diverged."""

    def text(self, tokens: torch.Tensor) -> torch.Tensor:
        return torch.full((len(tokens), 4), torch.nan)


def query_set(audio: list[list[float]], texts: list[list[float]], targets: list[list[int]]) -> QuerySet:
    """A set whose embeddings are given: one token each."""
    return QuerySet(
        audio=np.array(audio, dtype=np.float16)[:, None],
        text_embeddings=np.array(texts, dtype=np.float16)[:, None],
        texts=tuple(f"text {number}" for number in range(len(texts))),
        targets=Targets.of(targets),
        sources=np.array([1 << number % 5 for number in range(len(texts))], dtype=np.uint8),
        track_ids=tuple(f"track {number}" for number in range(len(audio))),
    )


@pytest.fixture
def asymmetric() -> QuerySet:
    """Three texts on two tracks. Every text finds its track first; track 0 finds its text last.

    Scores, texts down, tracks across: [9, 1], [2, 3], [9.5, 10]. Text 0 is of track 0, the others of track 1.
    """
    return query_set([[1.0, 0.0], [0.0, 1.0]], [[9.0, 1.0], [2.0, 3.0], [9.5, 10.0]], [[0], [1], [1]])


@pytest.fixture
def usual(make_table: Make, make_usual_row: Make, dimensions: Dimensions) -> QuerySet:
    rows = [make_usual_row(f"t{number}", [f"tag {number} {n}" for n in range(5)]) for number in range(40)]
    return QuerySet.from_table(make_table(rows), dimensions)


def test_directions_are_not_swapped(asymmetric: QuerySet) -> None:
    found = evaluate(Given(), asymmetric, "test")
    assert (len(found.t2m), found.t2m.pool) == (3, 2)
    assert (len(found.m2t), found.m2t.pool) == (2, 3)
    assert found.t2m.scores.rank.tolist() == [1, 1, 1]
    assert found.m2t.scores.rank.tolist() == [2, 1]
    assert found.metrics["test/t2m/R@1"] == 1.0
    assert found.metrics["test/m2t/R@1"] == 0.5
    assert found.m2t.target_counts.tolist() == [1, 2]


def test_names_and_chance(usual: QuerySet) -> None:
    found = evaluate(Constant(), usual)
    names = {f"valid/{way}/{metric}" for way in ("t2m", "m2t") for metric in (*METRICS, *BY_TAGS)} | {
        "valid/swap/accuracy"
    }
    assert set(found.metrics) == set(found.chance) == names
    # One target per text: exact on every metric. Four per track: the median of a skewed law is not its mean.
    assert {k: v for k, v in found.metrics.items() if k != "valid/m2t/MedR"} == pytest.approx(
        {k: v for k, v in found.chance.items() if k != "valid/m2t/MedR"}
    )
    with pytest.raises(KeyError):
        found.direction("text")


def test_slices_are_by_source_against_the_whole_pool(usual: QuerySet) -> None:
    found = evaluate(Linear(usual), usual, "test")
    assert set(found.slices) == {"full_tags", "full_caption", "partial_tags", "partial_caption"}
    parts = found.t2m.by_source()
    assert {len(part) for part in parts.values()} == {40}
    assert {part.pool for part in parts.values()} == {40}
    mean = np.mean([values["mAP@10"] for values in found.slices.values()])
    assert found.metrics["test/t2m/mAP@10"] == pytest.approx(mean)


def test_a_text_of_several_sources_counts_in_each(
    make_table: Make, make_usual_row: Make, dimensions: Dimensions
) -> None:
    rows = [make_usual_row("a", ["x", "y", "z", "w"]), make_usual_row("b", ["x", "y"])]
    queries = QuerySet.from_table(make_table(rows), dimensions)
    parts = evaluate(Linear(queries), queries).t2m.by_source()
    assert len(queries) == 6
    assert {name: len(part) for name, part in parts.items()} == {
        "full_tags": 2,
        "full_caption": 2,
        "partial_tags": 2,
        "partial_caption": 2,
    }


def test_kinds_of_text_join_full_lists_and_partial_views(usual: QuerySet) -> None:
    found = evaluate(Linear(usual), usual, "test").t2m
    parts = found.by_text_source()
    assert {name: len(part) for name, part in parts.items()} == {"tags": 80, "caption": 80}
    pair = [found.by_source()[name].metrics["R@10"] for name in ("full_tags", "partial_tags")]
    assert parts["tags"].metrics["R@10"] == pytest.approx(np.mean(pair))


def test_embedding_goes_in_blocks_and_keeps_every_row() -> None:
    heads = Given()
    tokens = np.arange(1300 * 2, dtype=np.float16).reshape(1300, 1, 2)
    embedded = embed(heads.audio, tokens, "audio")
    assert heads.largest == 512
    assert (embedded.numpy() == tokens[:, 0]).all()


def test_equal_inputs_are_embedded_once() -> None:
    # Heads whose outputs depend on the place in the block, as a matrix product's last bits may.
    def placed(tokens: torch.Tensor) -> torch.Tensor:
        return tokens.float().mean(1) + torch.arange(len(tokens))[:, None]

    tokens = np.array([1, 2, 1, 3, 2, 1], dtype=np.float16)[:, None, None]
    assert embed(placed, tokens, "audio")[:, 0].tolist() == [1, 3, 1, 5, 3, 1]


def test_heads_that_diverged_are_refused_by_name(usual: QuerySet) -> None:
    with pytest.raises(ValueError, match=r"^text: the heads give NaN"):
        evaluate(Broken(), usual)


def test_a_track_without_texts_asks_nothing() -> None:
    queries = query_set([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]], [[0], [2]])
    found = evaluate(Given(), queries)
    assert found.t2m.pool == 3
    assert found.m2t.clusters.tolist() == [0, 2]
    assert found.m2t.scores.rank.tolist() == [1, 1]
    assert "2 tracks are the queries" in found.conventions[1]


def test_clusters_are_the_first_track_of_a_text() -> None:
    queries = query_set([[1.0], [2.0], [3.0]], [[1.0], [2.0]], [[1, 2], [0, 2]])
    assert evaluate(Given(), queries).t2m.clusters.tolist() == [1, 0]


def test_saved_results_come_back(tmp_path: Path, usual: QuerySet) -> None:
    found = evaluate(Linear(usual), usual, "test")
    path = tmp_path / "deep" / "0001.test.npz"
    found.save(path)
    again = Evaluation.load(path)
    assert again.metrics == found.metrics
    assert again.chance == found.chance
    assert again.slices == found.slices
    assert (again.name, again.queries) == ("test", usual.identity)
    assert again.conventions == found.conventions
    assert [entry.name for entry in path.parent.iterdir()] == ["0001.test.npz"]


def test_results_that_cannot_be_read_are_refused(tmp_path: Path, usual: QuerySet) -> None:
    path = tmp_path / "results.npz"
    with pytest.raises(InputError, match="no such file"):
        Evaluation.load(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="not readable"):
        Evaluation.load(path)
    path.write_bytes(b"something else")
    with pytest.raises(InputError, match="not readable"):
        Evaluation.load(path)
    with path.open("wb") as stream:
        np.savez(stream, something=np.zeros(3))
    with pytest.raises(InputError, match="not readable"):
        Evaluation.load(path)
    with path.open("wb") as stream:
        np.savez(stream, header=np.asarray('{"format": 99}'))
    with pytest.raises(InputError, match="format 99"):
        Evaluation.load(path)
    evaluate(Constant(), usual).save(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match="not readable"):
        Evaluation.load(path)


def test_conventions_say_what_a_reader_must_know(asymmetric: QuerySet) -> None:
    said = " ".join(evaluate(Given(), asymmetric).conventions)
    for words in (
        "text to music",
        "3 distinct texts are the queries",
        "2 tracks the pool",
        "start at 1",
        "Ties",
    ):
        assert words in said
    assert all(f"R@{k}" not in said for k in CUTOFFS)
