"""The exact search equals a plain full sort in double precision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.search.nearest import nearest, scores


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def plain(embeddings: np.ndarray, query: np.ndarray, count: int, allowed: np.ndarray | None = None) -> list[int]:
    """Full sort of float64 products as float32, equal ones in order."""
    products = (embeddings.astype(np.float64) * query.astype(np.float64)).sum(axis=1).astype(np.float32)
    rows = range(len(embeddings)) if allowed is None else np.flatnonzero(allowed).tolist()
    return sorted(rows, key=lambda row: (-products[row], row))[:count]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(2, 40), st.booleans())
def test_it_equals_a_full_sort(seed: int, size: int, width: int, twins: bool) -> None:
    rng = np.random.default_rng(seed)
    embeddings = unit(rng.standard_normal((size, width)))
    if twins:
        embeddings = embeddings[rng.integers(0, max(1, size // 3), size)]
    query = rng.standard_normal(width).astype(np.float32)
    allowed = rng.random(size) < 0.7
    allowed[0] = True
    count = int(rng.integers(1, allowed.sum() + 1))
    rows, found = nearest(embeddings, query, count, allowed)
    assert rows.tolist() == plain(embeddings, query, count, allowed)
    assert np.array_equal(found, scores(embeddings, rows, query))


def test_near_ties_are_told_apart() -> None:
    """Rows whose products differ by less than single precision resolves still come in the order of their sums."""
    rng = np.random.default_rng(0)
    base = rng.standard_normal(512)
    embeddings = unit(base + 1e-7 * rng.standard_normal((500, 512)))
    query = unit(rng.standard_normal((1, 512)))[0]
    assert nearest(embeddings, query, 40)[0].tolist() == plain(embeddings, query, 40)


def test_a_constant_pool_keeps_its_order() -> None:
    rows, found = nearest(np.ones((7, 3), np.float32), np.ones(3, np.float32), 5)
    assert rows.tolist() == [0, 1, 2, 3, 4]
    assert found.tolist() == [3.0] * 5


@pytest.mark.parametrize("size", [16_383, 16_384, 16_385])
def test_blocks_leave_nothing_out(size: int, tmp_path: Path) -> None:
    embeddings = np.zeros((size, 2), np.float32)
    embeddings[:, 0] = np.linspace(0, 1, size)
    np.save(tmp_path / "e.npy", embeddings)
    mapped = np.load(tmp_path / "e.npy", mmap_mode="r")
    rows, _ = nearest(mapped, np.array([1, 0], np.float32), 3)
    assert rows.tolist() == [size - 1, size - 2, size - 3]
