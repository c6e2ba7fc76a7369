"""The whole training step learns what can be learnt, along a known curve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adsw.align.block import Block
from adsw.align.recipe import Recipe, resolve
from adsw.align.slots import SlotGroup
from adsw.evaluate.evaluation import evaluate
from adsw.evaluate.queries import QuerySet

from .synthetic import DIMENSIONS, synthetic_table

GOLDEN = Path(__file__).with_name("golden_loss.json")
"""Losses of the golden recipe by epoch; ``python -m pytest --regenerate`` does not exist on purpose: a changed curve
is a changed method, to be written here by hand with a reason."""


def train(block: Block, recipe: Recipe, epochs: int) -> tuple[SlotGroup, list[Any]]:
    group = SlotGroup(DIMENSIONS, recipe, 1)
    slot = group.join(recipe)
    return group, [group.train_epoch([block])[slot] for _ in range(epochs)]


def test_the_golden_loss_curve(block: Block) -> None:
    golden = json.loads(GOLDEN.read_text())
    _, logs = train(block, resolve(golden["recipe"]), len(golden["loss"]))
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


def test_swaps_teach_to_tell_them_apart(bank: Block) -> None:
    """On fresh tracks, texts are preferred to their swaps more often where training had swaps."""
    shared = {"head.width": 32, "head.out": 16, "data.batch_size": 64, "optim.lr": 2e-3, "text.view_dropout.rate": 0.0}
    accuracies = {}
    for probability in (0.0, 1.0):
        recipe = resolve(shared | {"text.swap.probability": probability})
        group, _ = train(bank, recipe, 6)
        heads = group.heads(0)
        fresh = Block.from_table(synthetic_table(300, seed=5), DIMENSIONS)
        accuracies[probability] = swap_accuracy(heads, fresh)
    assert accuracies[1.0] > accuracies[0.0] + 0.01
    assert accuracies[0.0] > 0.5


def swap_accuracy(heads: Any, block: Block) -> float:
    """Share of swaps that are further from the audio than the text they are made of."""
    import numpy as np
    import torch

    swaps = np.flatnonzero(block.swap_of >= 0)
    audio = heads.audio(torch.from_numpy(np.array(block.audio)))[torch.from_numpy(block.track_of_text[swaps])]
    own, swapped = (
        heads.text(torch.from_numpy(block.text_embeddings[texts])) for texts in (block.swap_of[swaps], swaps)
    )
    return float(((audio * own).sum(1) > (audio * swapped).sum(1)).float().mean())
