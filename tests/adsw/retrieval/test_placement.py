from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.retrieval.placement import place
from adsw.retrieval.queries import Targets


def full_sort_ranks(queries: np.ndarray, items: np.ndarray, targets: Targets) -> np.ndarray:
    """Middle ranks by a plain float64 full sort of every row."""
    # Every distinct item is scored once: NumPy's product, too, may give equal columns unequal last bits.
    distinct, copies = np.unique(items, axis=0, return_inverse=True)
    scores = (queries.astype(np.float64) @ distinct.astype(np.float64).T)[:, copies.ravel()]
    ranks = []
    for query, item in zip(targets.queries, targets.items, strict=True):
        ordered = np.sort(scores[query])[::-1]
        places = np.flatnonzero(ordered == scores[query, item]) + 1
        ranks.append(places.mean())
    return np.array(ranks)


def random_targets(rng: np.random.Generator, queries: int, items: int) -> Targets:
    most = min(items, 4)
    return Targets.of(rng.choice(items, size=rng.integers(1, most + 1), replace=False) for _ in range(queries))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    queries=st.integers(1, 40),
    items=st.integers(1, 60),
    width=st.integers(1, 9),
    levels=st.integers(1, 5),
    rows=st.integers(1, 50),
)
def test_ranks_equal_a_full_sort_of_quantised_embeddings(
    seed: int, queries: int, items: int, width: int, levels: int, rows: int
) -> None:
    rng = np.random.default_rng(seed)
    queries_QP = rng.integers(-levels, levels + 1, (queries, width)).astype(np.float32)
    items_NP = rng.integers(-levels, levels + 1, (items, width)).astype(np.float32)
    targets = random_targets(rng, queries, items)
    found = place(queries_QP, items_NP, targets, block_bytes=4 * rows * items)
    assert found.ranks.tolist() == full_sort_ranks(queries_QP, items_NP, targets).tolist()
    assert found.pool == items


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ranks_equal_a_full_sort_of_real_embeddings(dtype: type) -> None:
    rng = np.random.default_rng(5)
    queries_QP = rng.standard_normal((300, 32)).astype(dtype)
    items_NP = rng.standard_normal((400, 32)).astype(dtype)
    targets = random_targets(rng, 300, 400)
    assert place(queries_QP, items_NP, targets).ranks.tolist() == (
        full_sort_ranks(queries_QP, items_NP, targets).tolist()
    )


def test_duplicates_tie_exactly_wherever_they_stand() -> None:
    # 401 and 37: a matrix product may treat its last columns by another kernel, which adds in another order.
    rng = np.random.default_rng(1)
    distinct = rng.standard_normal((37, 129)).astype(np.float32)
    copies = rng.integers(0, 37, 401)
    queries_QP = rng.standard_normal((50, 129)).astype(np.float32)
    targets = Targets.of([[item] for item in rng.integers(0, 401, 50)])
    found = place(queries_QP, distinct[copies], targets)
    assert found.tied.tolist() == [int((copies == copies[item]).sum()) for item in targets.items]
    expected = full_sort_ranks(queries_QP, distinct[copies], targets)
    assert found.ranks.tolist() == expected.tolist()


def test_zero_and_minus_zero_are_one_number() -> None:
    found = place(np.ones((1, 2)), np.array([[0.0, 1.0], [-0.0, 1.0]]), Targets.of([[0]]))
    assert found.tied.tolist() == [2]


def test_arrays_may_be_torch_half_or_read_only() -> None:
    rng = np.random.default_rng(2)
    queries_QP, items_NP = rng.integers(-3, 4, (2, 20, 6)).astype(np.float32)
    targets = random_targets(rng, 20, 20)
    expected = place(queries_QP, items_NP, targets)
    frozen = items_NP.copy()
    frozen.flags.writeable = False
    for pair in [
        (torch.from_numpy(queries_QP), torch.from_numpy(items_NP)),
        (queries_QP.astype(np.float16), torch.from_numpy(items_NP).double()),
        (queries_QP, frozen),
    ]:
        assert place(*pair, targets).ranks.tolist() == expected.ranks.tolist()


def test_inputs_stay_as_they_are() -> None:
    rng = np.random.default_rng(3)
    queries_QP, items_NP = rng.standard_normal((2, 10, 4))
    before = queries_QP.copy(), items_NP.copy()
    place(queries_QP, items_NP, Targets.of([[i] for i in range(10)]))
    assert (queries_QP == before[0]).all()
    assert (items_NP == before[1]).all()


def _arrays(**other: Any) -> tuple[Any, Any, Targets]:
    given = {"queries": np.ones((2, 3)), "items": np.ones((4, 3)), "targets": Targets.of([[0], [1]])} | other
    return given["queries"], given["items"], given["targets"]


def _spoiled(shape: tuple[int, int], value: float) -> np.ndarray:
    array = np.ones(shape)
    array[1, 1] = value
    return array


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"queries": _spoiled((2, 3), np.nan)}, "^queries: holds NaN"),
        ({"items": _spoiled((4, 3), np.nan)}, "^items: holds NaN"),
        ({"items": _spoiled((4, 3), -np.inf)}, "^items: holds NaN or infinity"),
        ({"queries": np.full((2, 3), 1e200), "items": np.full((4, 3), 1e200)}, "overflow"),
        ({"queries": np.ones(3)}, r"^queries: must be a floating-point matrix"),
        ({"items": np.ones((4, 3), dtype=int)}, r"^items: must be a floating-point matrix .*int64"),
        ({"items": np.ones((0, 3))}, "^items: must not be empty"),
        ({"items": np.ones((4, 2))}, "widths must agree"),
        ({"items": torch.ones(4, 3, device="meta")}, "devices must agree"),
        ({"targets": Targets.of([[0]])}, "targets are of 1 queries, there are 2"),
        ({"targets": Targets.of([[0], [4]])}, r"must lie in 0\.\.3"),
        ({"targets": Targets.of([[0], [-1]])}, r"must lie in 0\.\.3"),
        ({"items": torch.ones(1, 3).expand(2**24, 3)}, "can be counted exactly"),
    ],
)
def test_what_cannot_be_ranked_is_refused_by_name(other: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        place(*_arrays(**other))
