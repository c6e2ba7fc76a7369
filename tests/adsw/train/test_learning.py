"""The whole training step learns what can be learnt, along a known curve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from adsw.retrieval.evaluation import evaluate
from adsw.retrieval.queries import QuerySet
from adsw.train.block import Block
from adsw.train.heads import Heads
from adsw.train.recipe import Recipe, resolve
from adsw.train.slots import SlotGroup

from .synthetic import DIMENSIONS, synthetic_table

GOLDEN = Path(__file__).with_name("golden_loss.json")
"""Losses of two golden recipes by epoch, the second with the defaults of masks and swaps, both with a view dropout of
0.5. Nothing regenerates them: a changed curve is a changed method."""


def train(block: Block, recipe: Recipe, epochs: int) -> tuple[SlotGroup, list[Any]]:
    group = SlotGroup(DIMENSIONS, recipe, 1)
    slot = group.join(recipe)
    return group, [group.train_epoch([block])[slot] for _ in range(epochs)]


@pytest.mark.parametrize("golden", json.loads(GOLDEN.read_text()))
def test_the_golden_loss_curve(block: Block, golden: dict[str, Any]) -> None:
    _, logs = train(block, resolve({"text.view_dropout.rate": 0.5, **golden["recipe"]}), len(golden["loss"]))
    assert [log.loss for log in logs] == pytest.approx(golden["loss"], abs=1e-4)
    assert [log.swap_share for log in logs] == pytest.approx(golden["swap_share"], abs=1e-12)


@pytest.fixture(scope="module")
def bank() -> Block:
    return Block.from_table(synthetic_table(400, seed=1), DIMENSIONS)


def test_training_reaches_far_above_chance(bank: Block) -> None:
    recipe = resolve({"head.width": 64, "head.out": 32, "data.batch_size": 64, "optim.lr": 2e-3})
    queries = QuerySet.from_table(synthetic_table(200, seed=2), DIMENSIONS)
    untrained = SlotGroup(DIMENSIONS, recipe, 1)
    untrained.join(recipe)
    before = evaluate(untrained.heads(0), queries, "valid")
    group, logs = train(bank, recipe, 10)
    after = evaluate(group.heads(0), queries, "valid")
    chance = after.chance["valid/t2m/R@10"]
    assert before.metrics["valid/t2m/R@10"] < 3 * chance
    assert after.metrics["valid/t2m/R@10"] > 8 * chance
    assert logs[-1].loss < 0.7 * logs[0].loss


def test_swaps_teach_what_a_batch_does_not() -> None:
    """Moods are faint here, and four tracks seldom need them to be told apart: hard negatives do."""
    recipe = resolve(
        {
            "head": {"width": 32, "out": 16},
            "data.batch_size": 4,
            "optim.lr": 1e-3,
            "loss.mask": "string",
            "text.swap.scope": "own",
            "text.swap.categories": ["mood"],
            "text.swap.probability": 0.0,
            "text.view_dropout.rate": 0.0,
        }
    )
    seen, fresh = (Block.from_table(synthetic_table(300, seed, mood=0.5), DIMENSIONS) for seed in (1, 5))
    without, _ = train(seen, recipe, 6)
    with_swaps, logs = train(seen, resolve({"text.swap.probability": 1.0}, recipe), 6)
    assert mood_accuracy(with_swaps.heads(0), fresh) > mood_accuracy(without.heads(0), fresh) + 0.04
    assert logs[-1].swap_accuracy > logs[0].swap_accuracy


def mood_accuracy(heads: Heads, block: Block) -> float:
    """Share of full texts that are nearer to their audio than with another mood in the place of their own."""
    names, masks = block.swap_categories
    full = np.zeros(len(block), dtype=np.int64)
    np.maximum.at(full, block.track_of_text, block.kept)
    chosen = (masks == 1 << names.index("mood")) & (block.kept == full[block.track_of_text])
    swaps = np.flatnonzero(chosen & (block.swap_of >= 0))
    audio = heads.audio(torch.from_numpy(block.audio[block.track_of_text[swaps]]))
    own, swapped = (
        heads.text(torch.from_numpy(block.text_embeddings[texts])) for texts in (block.swap_of[swaps], swaps)
    )
    return float(((audio * own).sum(1) > (audio * swapped).sum(1)).float().mean())
