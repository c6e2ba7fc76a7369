"""Approximate search finds what it says it finds, and scores as the exact one does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from adsw.errors import InputError
from adsw.search import nearest as approximate
from adsw.search.nearest import Approximate, Recall, build, nearest

Built = tuple[np.ndarray, Approximate, Recall]


def clustered(count: int, seed: int, centres: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = centres[rng.integers(0, len(centres), count)] + 0.4 * rng.standard_normal((count, centres.shape[1]))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


CENTRES = np.random.default_rng(7).standard_normal((20, 16))


@pytest.fixture(scope="module")
def built() -> Built:
    pytest.importorskip("faiss")
    embeddings = clustered(3000, 0, CENTRES)
    return embeddings, *build(embeddings, clustered(60, 1, CENTRES))


def test_its_recall_is_measured_and_holds_for_new_queries(built: Built) -> None:
    embeddings, made, measured = built
    assert (measured.queries, measured.depth, measured.lists) == (30, 10, 3000 // 39)
    assert measured.recall >= measured.target - 0.03
    assert 1 <= measured.probes <= measured.lists
    shares = []
    for query in clustered(50, 2, CENTRES):
        exact, approximate_rows = nearest(embeddings, query, 10)[0], made.nearest(embeddings, query, 10)[0]
        shares.append(len(np.intersect1d(exact, approximate_rows)) / 10)
    assert np.mean(shares) == pytest.approx(measured.recall, abs=0.03)


def test_what_it_finds_is_scored_as_exactly(built: Built) -> None:
    embeddings, made, _ = built
    query = clustered(1, 3, CENTRES)[0]
    rows, scores = made.nearest(embeddings, query, 20)
    every, every_score = nearest(embeddings, query, len(embeddings))
    exact = dict(zip(every.tolist(), every_score.tolist(), strict=True))
    assert scores.tolist() == [exact[row] for row in rows.tolist()]
    assert (np.diff(scores) <= 0).all()


def test_all_tracks_can_be_asked_for(built: Built) -> None:
    embeddings, made, _ = built
    rows, _ = Approximate(made.lists, 1).nearest(embeddings, embeddings[0], len(embeddings))
    assert sorted(rows.tolist()) == list(range(len(embeddings)))


def test_it_comes_back_from_its_file(built: Built, tmp_path: Path) -> None:
    embeddings, made, _ = built
    made.write(tmp_path / "lists")
    again = Approximate.read(tmp_path / "lists", made.probes)
    for query in clustered(5, 4, CENTRES):
        assert made.nearest(embeddings, query, 10)[0].tolist() == again.nearest(embeddings, query, 10)[0].tolist()


def test_without_faiss_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert approximate.missing() is not None
    with pytest.raises(InputError, match="adsw\\[faiss\\]"):
        build(np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32))
