"""Swap accuracy as a figure of every evaluation: brute force, ties, the same pairs however the set is cut, saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from adsw.metrics import SWAP, names_on, validation_metrics
from adsw.retrieval import swap_stored
from adsw.retrieval.evaluation import Evaluation, evaluate
from adsw.retrieval.intervals import differences, intervals
from adsw.retrieval.queries import QuerySet
from adsw.retrieval.swap_stored import stored_pairs
from adsw.store.store import Store
from adsw.train.block import Block
from adsw.train.checkpoint import untrained_heads
from adsw.train.heads import Heads
from adsw.train.recipe import resolve
from tests.adsw.train.synthetic import synthetic_store

NAME = "valid/swap/accuracy"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return synthetic_store(tmp_path_factory.mktemp("store") / "store", tracks=150)


@pytest.fixture(scope="module")
def heads(store: Store) -> Heads:
    return untrained_heads(store.info.dimensions, resolve({"head.width": 16, "head.out": 16}))


def test_it_is_what_counting_gives(store: Store, heads: Heads) -> None:
    block = Block.from_table(store.table("valid"), store.info.dimensions)
    pairs = stored_pairs(block).pairs
    assert 0 < len(pairs) <= swap_stored.MOST_PAIRS
    audio = heads.audio(torch.from_numpy(block.audio)).double()
    texts = heads.text(torch.from_numpy(block.text_embeddings)).double()
    won = []
    for track, own, swapped in zip(pairs.tracks, pairs.own, pairs.swapped, strict=True):
        near, far = float(audio[track] @ texts[own]), float(audio[track] @ texts[swapped])
        won.append(0.5 if (block.text_embeddings[own] == block.text_embeddings[swapped]).all() else float(near > far))
    found = evaluate(heads, QuerySet.from_table(store.table("valid"), store.info.dimensions))
    assert found.metrics[NAME] == pytest.approx(np.mean(won), abs=1 / len(won))
    assert found.chance[NAME] == 0.5
    assert found.swap is not None
    assert found.swap.clusters.tolist() == pairs.tracks.tolist()


def test_the_pairs_are_the_same_however_the_set_is_cut(
    store: Store, heads: Heads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap_stored, "MOST_PAIRS", 40)
    table = store.table("valid").combine_chunks()
    whole = QuerySet.from_table(table, store.info.dimensions)
    cut = QuerySet.from_blocks(
        Block.from_table(table.slice(start, 7), store.info.dimensions) for start in range(0, len(table), 7)
    )
    assert whole.swaps is not None
    assert cut.swaps is not None
    assert len(whole.swaps) == 40
    for name in ("tracks", "draws"):
        assert getattr(cut.swaps, name).tolist() == getattr(whole.swaps, name).tolist()
    assert np.array_equal(cut.swaps.texts[cut.swaps.own], whole.swaps.texts[whole.swaps.own])
    assert np.array_equal(cut.swaps.texts[cut.swaps.swapped], whole.swaps.texts[whole.swaps.swapped])
    assert evaluate(heads, cut).metrics[NAME] == evaluate(heads, whole).metrics[NAME]


def test_it_is_saved_has_intervals_and_is_compared(store: Store, heads: Heads, tmp_path: Path) -> None:
    found = evaluate(heads, QuerySet.from_table(store.table("valid"), store.info.dimensions))
    found.save(tmp_path / "one.npz")
    again = Evaluation.load(tmp_path / "one.npz")
    assert again.metrics == found.metrics
    interval = intervals(again)[NAME]
    assert interval.low <= interval.value <= interval.high
    assert differences(found, again)[NAME].value == 0
    without = Evaluation(again.name, again.queries, again.t2m, again.m2t)
    assert NAME not in without.metrics
    assert NAME not in differences(found, without)
    with pytest.raises(KeyError):
        without.direction(SWAP)


def test_its_name_is_known() -> None:
    assert NAME in names_on("valid")
    assert NAME not in validation_metrics(), "not every store holds swaps"
