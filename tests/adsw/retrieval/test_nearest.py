from __future__ import annotations

import numpy as np
import pytest
import torch

from adsw.retrieval.nearest import nearest


def test_the_nearest_are_those_of_a_full_sort(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    queries, items = rng.standard_normal((30, 5)).astype(np.float32), rng.standard_normal((40, 5)).astype(np.float32)
    scores = queries.astype(float) @ items.astype(float).T
    expected = np.argsort(-scores, axis=1)[:, :7]
    for size in (2**25, 4 * 40 * 7, 1):
        monkeypatch.setattr("adsw.retrieval.nearest._BLOCK_BYTES", size)
        found, index = nearest(torch.from_numpy(queries), torch.from_numpy(items), 7)
        assert index.tolist() == expected.tolist()
        assert found == pytest.approx(np.take_along_axis(scores, expected, 1), abs=1e-5)


def test_fewer_items_than_asked_for_are_all_given() -> None:
    found, index = nearest(torch.eye(2), torch.eye(2), 10)
    assert index.tolist() == [[0, 1], [1, 0]]
    assert found.tolist() == [[1, 0], [1, 0]]


@pytest.mark.parametrize(("items", "count"), [(0, 1), (3, 0)])
def test_nothing_to_find_is_refused(items: int, count: int) -> None:
    with pytest.raises(ValueError, match="at least one item"):
        nearest(torch.ones(2, 3), torch.ones(items, 3), count)
