"""Adaptive schedules in training: each trial its own, saved with it, the same however it is trained."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import Any

import pytest
import torch

from adsw import trainer as local
from adsw.train.adaptation import Adaptation, adaptive_schedules, signals_of
from adsw.train.batches import steps_per_epoch, windows
from adsw.train.block import Block
from adsw.train.mixing import Census
from adsw.train.recipe import Recipe, resolve, schedules_of
from adsw.train.schedules import Adaptive, AdaptiveState, Constant, Signals
from adsw.train.slots import SlotGroup

from .synthetic import DIMENSIONS, synthetic_store, synthetic_table

SMALL = {"head.width": 16, "head.out": 12, "data.batch_size": 32, "optim.lr": 3e-3}
ACCURACY = {"kind": "adaptive", "start": 0.0, "end": 0.6, "steps": 3, "threshold": 0.08}
PLATEAU = {"kind": "adaptive", "signal": "plateau", "start": 1.0, "end": 0.0, "steps": 2, "patience": 1}
EPOCHS = 5


def recipe(seed: int = 0, **settings: Any) -> Recipe:
    return resolve(SMALL | {"seed": seed} | {name.replace("__", "."): value for name, value in settings.items()})


VARIED = [
    recipe(0, text__swap__probability=ACCURACY),
    recipe(1, text__view_dropout__rate=PLATEAU, optim__lr=ACCURACY | {"start": 1e-3, "end": 4e-3}),
    recipe(2),
    recipe(3, data__mix={"one": 1.0, "two": ACCURACY | {"start": 0.1, "end": 2.0}}, text__mix__caption=PLATEAU),
]
"""Trials of one shape with adaptive schedules in all places, and one without."""


def metrics_of(recipe: Recipe, epoch: int) -> dict[str, float]:
    """Figures that another trial has others of."""
    return {"valid/t2m/mAP@10": [0.1, 0.3, 0.3, 0.2, 0.4, 0.4][(epoch + recipe.seed) % 6]}


def epoch_of(group: SlotGroup, slots: dict[int, int], blocks: Any, *stream: Any) -> dict[int, Any]:
    """One epoch of a group, after which all schedules are told; the logs by trial, without times."""
    logs = group.train_epoch(blocks, *stream)
    for number, slot in slots.items():
        group.advance(slot, signals_of(logs[slot], metrics_of(VARIED[number], group.epoch(slot))))
    told = {number: dataclasses.asdict(logs[slot]) for number, slot in slots.items()}
    return {number: {**log, "seconds": 0} for number, log in told.items()}


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    values = torch.equal(one["values"], other["values"])
    return values and one["adaptation"] == other["adaptation"] and one["epoch"] == other["epoch"]


@pytest.fixture(scope="module")
def solo(block: Block) -> list[tuple[dict[str, Any], list[Any]]]:
    """State and logs of each trial after all epochs alone."""
    found = []
    for number, each in enumerate(VARIED):
        group = SlotGroup(DIMENSIONS, each, 1)
        slots = {number: group.join(each)}
        logs = [epoch_of(group, slots, [block])[number] for _ in range(EPOCHS)]
        found.append((group.state(slots[number]), logs))
    return found


def path(logs: list[Any], name: str) -> list[float]:
    return [log["schedules"][name] for log in logs]


def test_the_paths_are_recorded_and_move(solo: Any) -> None:
    swap = path(solo[0][1], "text.swap.probability")
    assert swap[0] == 0.0
    assert swap == sorted(swap)
    assert swap[-1] > 0, "the trial learns, so it is raised"
    assert solo[0][1][-1]["swap_share"] > 0
    assert path(solo[1][1], "text.view_dropout.rate") == [1.0, 1.0, 0.5, 0.5, 0.0]
    assert path(solo[3][1], "data.mix.two")[-1] > 0.1
    assert solo[2][0]["adaptation"]["states"] == {}


def test_a_schedule_follows_its_own_signals(solo: Any) -> None:
    for number, each in enumerate(VARIED):
        states = dict.fromkeys(adaptive_schedules(each), AdaptiveState())
        for epoch, log in enumerate(solo[number][1]):
            for name, schedule in adaptive_schedules(each).items():
                if name != "optim.lr":
                    assert log["schedules"][name] == schedule.value(states[name])
                accuracy = (log["audio_accuracy"] + log["text_accuracy"]) / 2
                states[name] = schedule.advance(states[name], Signals(accuracy, metrics_of(each, epoch + 1)))


def test_neighbours_slots_and_streams_change_nothing(block: Block, solo: Any) -> None:
    group = SlotGroup(DIMENSIONS, VARIED[0], 4)
    slots = {number: group.join(VARIED[number]) for number in (3, 0, 2, 1)}
    logs = [epoch_of(group, slots, [block]) for _ in range(EPOCHS)]
    for number, slot in slots.items():
        assert same(group.state(slot), solo[number][0])
        assert [epoch[number] for epoch in logs] == solo[number][1]


def test_streamed_is_resident(solo: Any) -> None:
    table = synthetic_table(100)
    group = SlotGroup(DIMENSIONS, VARIED[3], 1)
    slots = {3: group.join(VARIED[3])}
    for _ in range(EPOCHS):
        stream = windows(iter(table.to_batches(max_chunksize=7)), 100, DIMENSIONS)
        epoch_of(group, slots, stream, steps_per_epoch(100, VARIED[3].data), partial(Census.of_table, table))
    assert same(group.state(slots[3]), solo[3][0])


@pytest.mark.parametrize("cut", [1, 2, 4])
def test_a_saved_state_goes_on_to_the_bit(block: Block, solo: Any, tmp_path: Any, cut: int) -> None:
    for number in (0, 1, 3):
        group = SlotGroup(DIMENSIONS, VARIED[number], 1)
        slots = {number: group.join(VARIED[number])}
        for _ in range(cut):
            epoch_of(group, slots, [block])
        torch.save(group.state(slots[number]), tmp_path / "state.pt")
        state = torch.load(tmp_path / "state.pt", weights_only=True)
        resumed = SlotGroup(DIMENSIONS, VARIED[number], 2)
        resumed.join(VARIED[2])
        resumed.leave(0)
        slots = {number: resumed.join(VARIED[number], state)}
        logs = [epoch_of(resumed, slots, [block])[number] for _ in range(EPOCHS - cut)]
        assert same(resumed.state(slots[number]), solo[number][0])
        assert logs == solo[number][1][cut:]


def test_an_epoch_that_was_not_told_stops_the_next(block: Block) -> None:
    group = SlotGroup(DIMENSIONS, VARIED[0], 2)
    slot, other = group.join(VARIED[0]), group.join(VARIED[2])
    logs = group.train_epoch([block])
    assert (group.adapts(slot), group.adapts(other)) == (True, False)
    with pytest.raises(RuntimeError, match="1 epochs were trained, and adaptive schedules were told of 0"):
        group.train_epoch([block])
    group.advance(slot, signals_of(logs[slot], metrics_of(VARIED[0], 1)))
    group.train_epoch([block])


def test_a_state_may_be_taken_up_under_other_schedules() -> None:
    """As when a trial copies another and changes what it copied."""
    donor = recipe(text__swap__probability=ACCURACY, text__view_dropout__rate=PLATEAU)
    states = {"text.swap.probability": AdaptiveState(2, 1), "text.view_dropout.rate": AdaptiveState(1, 0, 0.4)}
    saved = Adaptation(7, states).saved_state(donor)
    assert Adaptation.resumed(donor, 7, saved) == Adaptation(7, states)

    def taken_up(**settings: Any) -> Adaptation:
        return Adaptation.resumed(recipe(**settings), 7, saved)

    fewer = taken_up(text__swap__probability=ACCURACY | {"steps": 1, "end": 0.5, "threshold": 0.5})
    assert fewer.states == {"text.swap.probability": AdaptiveState(1, 1)}, "at its end"
    other = taken_up(text__view_dropout__rate=PLATEAU | {"metric": "valid/m2t/R@1"})
    assert other.states == {"text.view_dropout.rate": AdaptiveState(1)}, "another metric: waiting begins anew"
    new = taken_up(text__mix__caption=PLATEAU)
    assert new == Adaptation(7, {"text.mix.caption": AdaptiveState()})
    assert taken_up() == Adaptation(7, {})
    assert new.held(recipe(text__mix__caption=PLATEAU), 7).text.mix.caption == Constant(value=1.0)


def test_held_recipes_have_no_adaptive_schedule() -> None:
    for each in VARIED:
        held = Adaptation.resumed(each, 0, {}).held(each, 0)
        assert not any(isinstance(schedule, Adaptive) for schedule in schedules_of(held).values())
        assert (held is each) == (not adaptive_schedules(each))


def test_training_on_a_store_follows_validation(tmp_path: Any) -> None:
    """`adsw train`'s loop: the plateau is that of the store's own validation split."""
    eager = ACCURACY | {"threshold": 0.04}
    chosen = resolve({"epochs": 6, "text.swap.probability": eager, "text.view_dropout.rate": PLATEAU}, VARIED[2])
    result = local.train(synthetic_store(tmp_path / "store", 150), chosen)
    adaptation = Adaptation.resumed(chosen, 0, {})
    for epoch in result.curve:
        held = schedules_of(adaptation.held(chosen, epoch.log.epoch - 1))
        for name in adaptive_schedules(chosen):
            assert epoch.log.schedules[name] == held[name].at(0)
        adaptation = adaptation.advance(chosen, signals_of(epoch.log, epoch.metrics))
    assert result.curve[-1].log.schedules["text.swap.probability"] > 0
