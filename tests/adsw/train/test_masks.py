"""With `mask: tags` no text that is true of a track is a negative of it: by brute force over whole epochs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.train.bank import StoreBank
from adsw.train.batches import epoch_order
from adsw.train.block import Block
from adsw.train.claimed import Claimed, Names
from adsw.train.masks import Masking, Masks
from adsw.train.recipe import Recipe, resolve

from .synthetic import DIMENSIONS, synthetic_table, table_of, text_of

CPU = torch.device("cpu")
SIZE = 25


def recipe(**more: Any) -> Recipe:
    swap = {"probability": 0.8, "negatives": 2}
    return resolve({"data.batch_size": SIZE, "text.swap": swap, "text.view_dropout.rate": 0.8, **more})


@pytest.fixture(scope="module")
def bank(block: Block) -> StoreBank:
    return StoreBank(block, CPU, torch.float32)


def batches(bank: StoreBank, recipes: list[Recipe]) -> Iterator[tuple[Any, Any, Any, Masks]]:
    """Tracks, texts and hard negatives of a few epochs, with their masks."""
    masking = Masking(recipes, CPU)
    for epoch in range(3):
        rows, texts, swaps = [], [], []
        for each in recipes:
            order = epoch_order(bank.block, each.data, each.seed, epoch)
            drawn = bank.index.draw(each.text, each.seed, epoch, order.rows, order.visits)
            rows.append(order.rows)
            texts.append(drawn.text)
            swaps.append(drawn.swaps.swap)
        for start in range(0, len(rows[0]), SIZE):
            batch = [np.stack(part)[:, start : start + SIZE] for part in (rows, texts, swaps)]
            yield *batch, masking.of(bank, *batch, slice(0, SIZE))


def is_true(block: Block, text: int, track: int) -> bool:
    claims = block.table["texts"].chunk(0).flatten().field("claims")[text].as_py()
    truths = block.table["truths"][track].as_py()
    return claims is not None and truths is not None and set(claims) <= set(truths)


def test_no_text_that_is_true_of_a_track_is_a_negative_of_it(bank: StoreBank) -> None:
    block = bank.block
    strings = block.texts.to_pylist()
    only_by_truth = swaps_true = 0
    for rows, texts, swaps, masks in batches(bank, [recipe(), recipe(seed=1, **{"loss.mask": "string"})]):
        flat = swaps.reshape(2, -1)
        assert masks.swap_hidden is not None
        for slot, i, j in np.ndindex(2, SIZE, SIZE):
            same = strings[texts[slot, i]] == strings[texts[slot, j]] or rows[slot, i] == rows[slot, j]
            known = slot == 0 and is_true(block, texts[slot, i], rows[slot, j])
            assert bool(masks.audio_hidden[slot, i, j]) == bool(masks.text_hidden[slot, j, i]) == (same or known)
            only_by_truth += known and not same
        for slot, j, n in np.ndindex(2, SIZE, flat.shape[1]):
            if flat[slot, n] >= 0:
                same = strings[texts[slot, j]] == strings[flat[slot, n]]
                known = slot == 0 and is_true(block, flat[slot, n], rows[slot, j])
                assert bool(masks.swap_hidden[slot, j, n]) == (same or known)
                swaps_true += known
            else:
                assert masks.swap_hidden[slot, j, n]
    assert only_by_truth > 100
    assert swaps_true > 10


def test_a_hard_negative_of_scope_own_is_seen_by_its_own_audio_only(bank: StoreBank) -> None:
    for _, _, swaps, masks in batches(bank, [recipe(**{"text.swap.scope": "own"})]):
        assert masks.swap_hidden is not None
        seen = ~masks.swap_hidden[0].view(SIZE, SIZE, 2)
        own = torch.eye(SIZE, dtype=torch.bool)[..., None]
        assert torch.equal(seen & own, seen)
        assert torch.equal(seen.diagonal().T, torch.from_numpy(swaps[0] >= 0))


def test_without_known_claims_masks_are_by_string() -> None:
    table = synthetic_table(SIZE * 2)
    bare = table.set_column(table.column_names.index("truths"), "truths", pa.nulls(len(table), pa.list_(pa.string())))
    banks = [StoreBank(Block.from_table(each, DIMENSIONS), CPU, torch.float32) for each in (bare, table)]
    assert [bank.knows_truths for bank in banks] == [False, True]
    found = [
        [masks.text_hidden for *_, masks in batches(bank, [recipe(**{"loss.mask": mask})])]
        for bank, mask in ((banks[0], "tags"), (banks[1], "string"))
    ]
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))


NAMES = st.sampled_from([f"name {number}" for number in range(9)])
SETS = st.lists(st.none() | st.lists(NAMES, max_size=4, unique=True), min_size=1, max_size=12)


@pytest.mark.parametrize("many", [1024, 0])
@settings(max_examples=150, deadline=None, derandomize=True)
@given(claims=SETS, truths=SETS, data=st.data())
def test_a_text_is_true_where_all_its_claims_are(many: int, claims: Any, truths: Any, data: Any) -> None:
    texts = np.array(data.draw(st.lists(st.integers(-1, len(claims) - 1), min_size=1, max_size=20)))
    rows = np.array(data.draw(st.lists(st.integers(0, len(truths) - 1), min_size=1, max_size=70)))
    numbers: dict[str, int] = {}
    both = Names.of_sets(claims, numbers), Names.of_sets(truths, numbers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("adsw.train.claimed._MANY", many)
        found = Claimed(*both).true_of(texts, rows)
    for i, j in np.ndindex(*found.shape):
        claimed, true = claims[texts[i]] if texts[i] >= 0 else None, truths[rows[j]]
        assert found[i, j] == (claimed is not None and true is not None and set(claimed) <= set(true))


def test_a_block_numbers_claims_and_truths_alike() -> None:
    said = [text_of("x", claims=["a", "b"]), text_of("y", claims=None), text_of("z", claims=["c"])]
    table = table_of({"one": said, "two": said[:1], "three": []})
    truths = pa.array([["b"], None, ["c", "a", "b"]], pa.list_(pa.string()))
    for rows in (slice(0, 3), slice(1, 3)):
        part = table.set_column(table.column_names.index("truths"), "truths", truths)[rows]
        block = Block.from_table(part, DIMENSIONS)
        expected = np.array([[0, 0, 1], [0, 0, 0], [0, 0, 1], [0, 0, 1]], dtype=bool)[(0 if rows.start == 0 else 3) :]
        found = block.claimed.true_of(np.arange(len(block.texts)), np.arange(len(block)))
        assert np.array_equal(found, expected[:, rows])
        assert block.claims.known.tolist() == [True, False, True, True][-len(block.texts) :]
