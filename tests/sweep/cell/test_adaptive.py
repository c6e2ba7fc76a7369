"""Adaptive schedules in the cell: recorded in the curve, saved with the slot, the same on every worker."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from adsw.store.store import Store
from adsw.train.adaptation import Adaptation, adaptive_schedules, signals_of
from adsw.train.epoch_log import EpochLog
from adsw.train.recipe import resolve, schedules_of
from sweep.cell.broker import Broker

from .local_client import Death, LocalClient, cell_on, curves, submit_all, take_turns

EPOCHS = 4
PLATEAU = {"kind": "adaptive", "signal": "plateau", "start": 0.8, "end": 0.0, "steps": 2, "patience": 1, "gain": 0.9}
"""No epoch gains so much: raised after every second one."""
ACCURACY = {"kind": "adaptive", "start": 0.0, "end": 0.5, "steps": 2, "threshold": 0.05}
SMALL = {"epochs": EPOCHS, "data.batch_size": 32, "head.width": 32, "head.out": 16, "optim.lr": 3e-3}
RECIPES: dict[int, dict[str, Any]] = {
    0: {"text.swap.probability": ACCURACY},
    1: {"text.view_dropout.rate": PLATEAU, "text.swap.probability": ACCURACY | {"threshold": 0.1}},
    2: {"text.swap.probability": 0.3},
}


def recipe_of(number: int) -> dict[str, Any]:
    return resolve({**SMALL, **RECIPES[number]}).model_dump(mode="json")


def submit(broker: Broker, numbers: Any, until: int = EPOCHS) -> None:
    submit_all(broker, {number: recipe_of(number) for number in numbers}, EPOCHS, until)


@pytest.fixture(scope="module")
def alone(store: Store, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Any]:
    found = {}
    for number in RECIPES:
        broker = Broker()
        submit(broker, [number])
        cell_on(store, tmp_path_factory.mktemp("alone"), LocalClient(broker, 1), 1).run()
        found |= curves(broker, [number])
    return found


def path(curve: list[dict[str, float]], name: str) -> list[float]:
    return [point[name] for point in curve]


def test_the_path_stands_in_the_curve(alone: dict[int, Any]) -> None:
    assert path(alone[1], "text.view_dropout.rate") == [0.8, 0.8, 0.4, 0.4]
    swap = path(alone[0], "text.swap.probability")
    assert swap[0] == 0
    assert swap[-1] > 0
    recipe = resolve({**SMALL, **RECIPES[0]})
    (schedule,) = adaptive_schedules(recipe).values()
    for before, value in zip(alone[0], swap[1:], strict=False):
        reached = (before["audio_accuracy"] + before["text_accuracy"]) / 2 >= 0.05
        assert value == min(schedule.end, before["text.swap.probability"] + 0.25 * reached)


def test_neighbours_and_a_streamed_bank_change_nothing(store: Store, tmp_path: Path, alone: dict[int, Any]) -> None:
    broker = Broker()
    submit(broker, RECIPES)
    cell_on(store, tmp_path, LocalClient(broker, 3), 3, budget=0).run()
    assert curves(broker, RECIPES) == alone


def test_trials_that_take_turns_train_as_alone(store: Store, tmp_path: Path, alone: dict[int, Any]) -> None:
    broker = Broker()
    submit(broker, RECIPES, until=1)
    take_turns(store, tmp_path, broker, RECIPES, EPOCHS)
    assert curves(broker, RECIPES) == alone


@pytest.mark.parametrize("deaths_after", [1, 4])
def test_a_death_loses_no_state(store: Store, tmp_path: Path, alone: dict[int, Any], deaths_after: int) -> None:
    broker = Broker()
    submit(broker, RECIPES)
    with pytest.raises(Death):
        cell_on(store, tmp_path, LocalClient(broker, 2, dies_before=deaths_after), 2).run()
    cell_on(store, tmp_path, LocalClient(broker, 2), 2).run()
    assert curves(broker, RECIPES) == alone


@pytest.fixture(scope="module")
def workers(store: Store, tmp_path_factory: pytest.TempPathFactory) -> list[Mapping[str, Any]]:
    """What two workers of one cell, on gloo, came to."""
    folder = tmp_path_factory.mktemp("workers")
    (folder / "recipe.json").write_text(json.dumps(recipe_of(1)))
    script = Path(__file__).with_name("worker_script.py")
    started = [
        subprocess.Popen([sys.executable, str(script), str(rank), str(store.path), str(folder)]) for rank in (0, 1)
    ]
    try:
        assert [process.wait(timeout=240) for process in started] == [0, 0]
    finally:
        for process in started:
            process.kill()
    return [torch.load(folder / f"{rank}.pt") for rank in (0, 1)]


def test_all_workers_hold_the_same_values(workers: list[Mapping[str, Any]], alone: dict[int, Any]) -> None:
    first, second = workers
    assert first["adaptation"] == second["adaptation"]
    assert first["schedules"] == second["schedules"]
    name = "text.view_dropout.rate"
    assert [values[name] for values in first["schedules"]] == path(alone[1], name)


def test_a_failed_evaluation_leaves_no_worker_waiting(workers: list[Mapping[str, Any]]) -> None:
    assert [worker["failed_by"] for worker in workers] == ["trial 1: ValueError: the heads give NaN", None]


def test_signals_are_means_over_both_directions() -> None:
    recipe = resolve({**SMALL, **RECIPES[0]})
    fields: dict[str, Any] = dict.fromkeys(EpochLog.__dataclass_fields__)
    log = EpochLog(**{**fields, "audio_accuracy": 0.2, "text_accuracy": 0.4})
    signals = signals_of(log, {"valid/t2m/R@1": 0.1})
    assert signals.accuracy == pytest.approx(0.3)
    assert Adaptation.resumed(recipe, 0, {}).advance(recipe, signals).epoch == 1
    assert len(schedules_of(recipe)) == 6
