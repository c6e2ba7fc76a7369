"""A trial's result is its own: the same bits alone or beside others, in any slot, interrupted or not."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from adsw.train.bank import StoreBank
from adsw.train.batches import steps_per_epoch, windows
from adsw.train.block import Block
from adsw.train.epoch_log import EpochLog
from adsw.train.recipe import Recipe, resolve
from adsw.train.slots import SlotGroup, shape_of

from .synthetic import DIMENSIONS, synthetic_table

SMALL = {
    "head.width": 16,
    "head.out": 12,
    "data.batch_size": 32,
    "optim.lr": 2e-3,
    "text.swap.probability": 0.4,
    "text.view_dropout.rate": 0.5,
}


def recipe(seed: int = 0, **settings: Any) -> Recipe:
    return resolve(SMALL | {"seed": seed} | {name.replace("__", "."): value for name, value in settings.items()})


VARIED = [
    recipe(0),
    recipe(1, text__swap__scope="batch", head__dropout=0.0, optim__clip=None),
    recipe(
        2,
        loss__learn_temperature=False,
        loss__temperature=0.2,
        optim__lr={"kind": "cosine", "start": 0.01, "end": 0, "epochs": 3},
    ),
    recipe(3, text__swap__probability=0.0, text__mix__tags=0, optim__weight_decay=0.5, data__mix={"one": 1, "two": 2}),
]
"""Four trials of one shape that differ in all that a group may mix."""


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two states have the same bits."""
    moments = [
        torch.equal(part[name], twin[name])
        for part, twin in zip(one["optimiser"], other["optimiser"], strict=True)
        for name in part
    ]
    return (
        bool(moments)
        and all(moments)
        and one["epoch"] == other["epoch"]
        and torch.equal(one["values"], other["values"])
    )


def figures(log: EpochLog) -> dict[str, Any]:
    return {name: value for name, value in dataclasses.asdict(log).items() if name != "seconds"}


def alone(recipe: Recipe, blocks: list[Block], epochs: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """State and last log of a trial that has a group to itself."""
    group = SlotGroup(DIMENSIONS, recipe, 1)
    slot = group.join(recipe)
    for _ in range(epochs):
        log = group.train_epoch(blocks)[slot]
    return group.state(slot), figures(log)


@pytest.fixture(scope="module")
def solo(block: Block) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each varied trial after three epochs alone."""
    return [alone(each, [block], 3) for each in VARIED]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 1, 0, 2], [2, 0]])
def test_neighbours_and_slots_change_nothing(block: Block, solo: Any, order: list[int]) -> None:
    group = SlotGroup(DIMENSIONS, VARIED[0], 5)
    slots = {number: group.join(VARIED[number]) for number in order}
    for _ in range(3):
        logs = group.train_epoch([block])
    for number, slot in slots.items():
        assert same(group.state(slot), solo[number][0])
        assert figures(logs[slot]) == solo[number][1]


def test_joins_and_leaves_change_nothing(block: Block, solo: Any) -> None:
    group = SlotGroup(DIMENSIONS, VARIED[0], 3)
    first, second = group.join(VARIED[0]), group.join(VARIED[1])
    group.train_epoch([block])
    third = group.join(VARIED[2])
    group.train_epoch([block])
    parked = group.state(first)
    group.leave(first)
    assert group.slots == [second, third]
    fourth = group.join(VARIED[3])
    assert fourth == first, "a free slot is used again"
    group.train_epoch([block])
    assert same(group.state(second), solo[1][0])
    group.leave(second)
    again = group.join(VARIED[0], parked)
    group.train_epoch([block])
    assert same(group.state(third), solo[2][0])
    assert same(group.state(again), solo[0][0])
    group.train_epoch([block])
    assert same(group.state(fourth), solo[3][0])
    assert [group.epoch(slot) for slot in (again, third, fourth)] == [4, 4, 3]


def test_a_state_goes_on_in_another_group(block: Block, solo: Any, tmp_path: Any) -> None:
    group = SlotGroup(DIMENSIONS, VARIED[2], 1)
    group.join(VARIED[2])
    group.train_epoch([block])
    torch.save(group.state(0), tmp_path / "state.pt")
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    assert Recipe.model_validate(state["recipe"]) == VARIED[2]
    resumed = SlotGroup(DIMENSIONS, VARIED[2], 2)
    resumed.join(VARIED[0])
    slot = resumed.join(VARIED[2], state)
    for _ in range(2):
        log = resumed.train_epoch([block])[slot]
    assert same(resumed.state(slot), solo[2][0])
    assert figures(log) == solo[2][1]


def test_a_diverged_trial_leaves_the_others_alone(block: Block, solo: Any) -> None:
    group = SlotGroup(DIMENSIONS, VARIED[0], 3)
    slots = [group.join(each) for each in (VARIED[0], recipe(9, optim__lr=1e30, optim__warmup_epochs=0), VARIED[1])]
    failures = []
    for _ in range(3):
        logs = group.train_epoch([block])
        failures.append([logs[slot].failed for slot in slots])
    assert all(failed is None for each in failures for failed in (each[0], each[2]))
    assert "diverged" in str(failures[-1][1])
    assert not group.heads(slots[1]).audio(torch.ones(1, 4, 24)).isfinite().all()
    assert same(group.state(slots[0]), solo[0][0])
    assert same(group.state(slots[2]), solo[1][0])


def test_streamed_is_resident() -> None:
    table: pa.Table = synthetic_table(90, seed=4)
    mixed = recipe(3, data__fraction=0.8)
    resident = list(windows([table], 90, DIMENSIONS, 40))
    expected = alone(mixed, resident, 2)
    group = SlotGroup(DIMENSIONS, mixed, 1)
    slot = group.join(mixed)
    steps = steps_per_epoch(90, mixed.data, 40)
    for _ in range(2):
        stream = windows(iter(table.to_batches(max_chunksize=7)), 90, DIMENSIONS, 40)
        log = group.train_epoch(stream, steps)[slot]
    assert same(group.state(slot), expected[0])
    assert figures(log) == expected[1]


def test_a_stream_says_how_long_it_is(block: Block) -> None:
    group = SlotGroup(DIMENSIONS, recipe(), 1)
    group.join(recipe())
    with pytest.raises(ValueError, match="needs the number of steps"):
        group.train_epoch(iter([block]))
    with pytest.raises(ValueError, match="2 steps were announced, the blocks gave 3"):
        group.train_epoch(iter([block]), 2)


def test_an_empty_group_trains_nothing(block: Block) -> None:
    assert SlotGroup(DIMENSIONS, recipe(), 1).train_epoch([block]) == {}


def test_wrong_joins_and_leaves_are_refused() -> None:
    group = SlotGroup(DIMENSIONS, recipe(), 1)
    with pytest.raises(ValueError, match="the group's shape is"):
        group.join(recipe(head__width=32))
    group.join(recipe())
    state = group.state(0)
    with pytest.raises(RuntimeError, match="all 1 slots are taken"):
        group.join(recipe())
    for call in (group.leave, group.epoch, group.heads, group.state):
        with pytest.raises(KeyError):
            call(7)
    other = SlotGroup(DIMENSIONS, recipe(head__layers=1), 1)
    with pytest.raises(ValueError, match="does not fit"):
        other.join(recipe(head__layers=1), state)


def test_the_shape_is_what_must_be_common() -> None:
    assert len({shape_of(each) for each in VARIED}) == 1
    for name, value in {"data.batch_size": 8, "data.fraction": 0.5, "head.out": 8, "precision": "bf16"}.items():
        assert shape_of(resolve({name: value}, VARIED[0])) != shape_of(VARIED[0])


@pytest.mark.parametrize("precision", ["bf16", "fp64"])
def test_other_precisions_come_near(block: Block, precision: str) -> None:
    _, expected = alone(recipe(), [block], 2)
    _, found = alone(recipe(precision=precision), [block], 2)
    assert found["loss"] == pytest.approx(expected["loss"], rel=0.02 if precision == "bf16" else 1e-4)


def test_padded_hard_negatives_come_to_the_same(block: Block) -> None:
    """The way of accelerators, where all slots' hard negatives pass at once."""
    unlucky = [resolve({"head.dropout": 0.0}, each) for each in VARIED]
    expected = [alone(each, [block], 2)[1]["loss"] for each in unlucky]
    group = SlotGroup(DIMENSIONS, unlucky[0], 4, pad_swaps=True)
    slots = [group.join(each) for each in unlucky]
    for _ in range(2):
        logs = group.train_epoch([block])
    assert [logs[slot].loss for slot in slots] == pytest.approx(expected, rel=1e-4)


def test_a_resident_bank_gathers_the_same(block: Block) -> None:
    rows = np.array([[3, 1], [99, 3]])
    banks = [StoreBank(block, torch.device("cpu"), torch.float32, resident=resident) for resident in (False, True)]
    one, other = ((bank.audio(rows), bank.text(rows)) for bank in banks)
    assert all(torch.equal(first, second) for first, second in zip(one, other, strict=True))
    assert one[0].shape == (2, 2, 4, 24)


def test_the_log_tells_what_was_shown(block: Block) -> None:
    group = SlotGroup(DIMENSIONS, recipe(), 1)
    human = recipe(text__mix={"tags": 0.5, "caption": 0, "human": 0.5}, text__swap__categories=["genre"])
    slot = group.join(human)
    log = group.train_epoch([block])[slot]
    assert (log.epoch, log.tracks) == (1, 96)
    assert sum(log.source_shares.values()) == pytest.approx(1)
    assert log.source_shares["caption"] == 0
    assert 0.05 < log.source_shares["human"] < 0.35
    assert log.other_source == 0
    assert log.texts_without_swap > 0
    assert 0 < log.swap_share < 0.4
    assert log.kept_share is not None
    assert 0.3 < log.kept_share < 0.8
    assert log.schedules["text.swap.probability"] == 0.4
    assert log.schedules["optim.lr"] == pytest.approx(2e-3 / 3), "warmed up over three steps"
    assert log.temperature == pytest.approx(0.07, rel=0.1)


def test_a_log_without_tags_or_swaps_says_so(block: Block) -> None:
    captions = recipe(text__mix={"tags": 0, "caption": 0, "human": 1}, text__swap__probability=0)
    group = SlotGroup(DIMENSIONS, captions, 1)
    slot = group.join(captions)
    log = group.train_epoch([block])[slot]
    assert log.swap_accuracy is None
    assert log.other_source == round(log.tracks * (1 - log.source_shares["human"]))
    assert log.other_source > 0


def test_temperature_is_learnt_within_bounds_or_kept(block: Block) -> None:
    fixed, learnt, cold = (
        recipe(loss__learn_temperature=False),
        recipe(),
        recipe(loss__temperature=0.0101, optim__lr=0.5),
    )
    group = SlotGroup(DIMENSIONS, fixed, 3)
    slots = [group.join(each) for each in (fixed, learnt, cold)]
    for _ in range(3):
        logs = group.train_epoch([block])
    assert logs[slots[0]].temperature == pytest.approx(0.07, rel=1e-6)
    assert logs[slots[1]].temperature != pytest.approx(0.07, rel=1e-4)
    assert all(0.01 - 1e-6 <= logs[slot].temperature <= 1 for slot in slots)


def test_collapse_is_said(block: Block) -> None:
    """A learning rate far too high makes all embeddings one; the loss stays at ln(batch size)."""
    broken = recipe(optim__lr=3.0, optim__warmup_epochs=0, loss__learn_temperature=False, text__swap__probability=0)
    group = SlotGroup(DIMENSIONS, broken, 2)
    slot, healthy = group.join(broken), group.join(recipe())
    for _ in range(5):
        logs = group.train_epoch([block])
    assert logs[slot].loss == pytest.approx(math.log(32), rel=0.02)
    assert logs[slot].collapsed
    assert not logs[healthy].collapsed
