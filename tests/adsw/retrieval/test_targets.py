from __future__ import annotations

import numpy as np
import pytest

from adsw.retrieval.queries import Targets


def test_lists_and_pairs_give_the_same_rows() -> None:
    lists = Targets.of([[2], [0, 1]])
    pairs = Targets.from_pairs(np.array([1, 0, 1, 1]), np.array([1, 2, 0, 1]), 2)
    assert lists.starts.tolist() == pairs.starts.tolist() == [0, 1, 3]
    assert lists.items.tolist() == pairs.items.tolist() == [2, 0, 1]
    assert lists.queries.tolist() == [0, 1, 1]
    assert len(lists) == 2


@pytest.mark.parametrize(
    ("starts", "items", "said"),
    [
        ([], [], "starts must run"),
        ([0, 1], [1, 2], "starts must run"),
        ([1, 2], [1, 2], "starts must run"),
        ([0, 1, 1], [3], "query 1 has none"),
        ([0, 1, 3], [4, 4, 4], "query 1 has the same item twice"),
    ],
)
def test_bad_rows_are_refused(starts: list[int], items: list[int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Targets(np.array(starts, dtype=np.int64), np.array(items, dtype=np.int64))


def test_pairs_can_be_seen_from_the_items() -> None:
    items, queries = Targets.of([[4], [1, 4], [2]]).turned()
    assert items.tolist() == [1, 2, 4]
    assert [queries.items[queries.queries == index].tolist() for index in range(3)] == [[1], [2], [0, 1]]
