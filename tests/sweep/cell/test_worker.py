"""The cell's loop in one process: a trial's result does not depend on slots, neighbours, streams, deaths or moves."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from adsw.retrieval.evaluation import Evaluation
from adsw.store.store import Store
from adsw.train.checkpoint import load
from adsw.train.recipe import resolve
from sweep.cell.broker import Broker
from sweep.cell.data import BankWindows
from sweep.cell.messages import RefusedHost, TrialRequest
from sweep.cell.saved_states import SavedStates
from sweep.cell.worker import HostError

from .local_client import Death, LocalClient, cell_on, curves, submit_all, take_turns

EPOCHS = 3
RECIPES = {
    0: {"optim.lr": 1e-3},
    1: {"optim.lr": 3e-3, "text.view_dropout.rate": 0.2},
    2: {"optim.lr": 1e-3, "text.swap.probability": 0.5, "head.width": 48},
}


def recipe(number: int, **more: Any) -> dict[str, Any]:
    small = {"epochs": EPOCHS, "data.batch_size": 32, "head.width": 32, "head.out": 16}
    return resolve({**small, **RECIPES.get(number, {}), **more}).model_dump(mode="json")


def submit(broker: Broker, numbers: Iterable[int], until: int = EPOCHS) -> None:
    submit_all(broker, {number: recipe(number) for number in numbers}, EPOCHS, until)


def trained(store: Store, folder: Path, numbers: Iterable[int], capacity: int = 1, **cell: Any) -> dict[int, Any]:
    broker = Broker()
    submit(broker, numbers)
    cell_on(store, folder, LocalClient(broker, capacity), capacity, **cell).run()
    return curves(broker, numbers)


@pytest.fixture(scope="module")
def alone(store: Store, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Any]:
    """Every trial trained by itself, from memory: what all else is compared with."""
    return {n: trained(store, tmp_path_factory.mktemp("alone"), [n])[n] for n in RECIPES}


def test_a_trial_learns_and_leaves_its_files(store: Store, tmp_path: Path, alone: dict[int, Any]) -> None:
    curve = trained(store, tmp_path, [1])[1]
    assert [point["epoch"] for point in curve] == [1.0, 2.0, 3.0]
    assert curve[-1]["loss"] < curve[0]["loss"]
    assert curve == alone[1]
    saved = Evaluation.load(tmp_path / "evaluations" / "0001.valid.npz")
    assert saved.metrics["valid/t2m/mAP@10"] == curve[-1]["valid/t2m/mAP@10"]
    assert load(tmp_path / "checkpoints" / "0001").metrics["valid/t2m/R@10"] == curve[-1]["valid/t2m/R@10"]


@pytest.mark.parametrize("capacity", [1, 2, 3])
def test_neighbours_and_slots_change_nothing(
    store: Store, tmp_path: Path, alone: dict[int, Any], capacity: int
) -> None:
    assert trained(store, tmp_path, RECIPES, capacity) == alone


def test_a_streamed_bank_trains_as_a_resident_one_to_the_bit(
    store: Store, tmp_path: Path, alone: dict[int, Any]
) -> None:
    broker = Broker()
    submit(broker, RECIPES)
    cell = cell_on(store, tmp_path, LocalClient(broker, 3), 3, budget=0)
    cell.run()
    assert isinstance(cell.stores[""].windows, BankWindows)
    assert cell.stores[""].windows.passes > EPOCHS, "streamed again for every epoch"
    assert curves(broker, RECIPES) == alone


def test_trials_that_take_turns_in_one_slot_train_as_alone(store: Store, tmp_path: Path, alone: dict[int, Any]) -> None:
    """Granted one epoch at a time, so that each leaves its slot after every epoch."""
    broker = Broker()
    submit(broker, RECIPES, until=1)
    take_turns(store, tmp_path, broker, RECIPES, EPOCHS)
    assert curves(broker, RECIPES) == alone


@pytest.mark.parametrize("deaths_after", [0, 1, 2, 4])
def test_a_death_costs_at_most_the_epoch_under_way(
    store: Store, tmp_path: Path, alone: dict[int, Any], deaths_after: int
) -> None:
    broker = Broker()
    submit(broker, RECIPES)
    with pytest.raises(Death):
        cell_on(store, tmp_path, LocalClient(broker, 2, dies_before=deaths_after), 2).run()
    before = {number: len(curve) for number, curve in curves(broker, RECIPES).items()}
    assert sum(before.values()) == deaths_after
    cell_on(store, tmp_path, LocalClient(broker, 2), 2).run()
    assert curves(broker, RECIPES) == alone


def test_a_new_driver_goes_on_from_the_saved_states(store: Store, tmp_path: Path, alone: dict[int, Any]) -> None:
    """Broker, clients and cell are all gone; only the run folder is left."""
    first = Broker()
    submit(first, RECIPES, until=2)
    cell_on(store, tmp_path, LocalClient(first, 2), 2).run()
    states = SavedStates(tmp_path / "state")
    second = Broker()
    for number in RECIPES:
        saved = states.progress(number)
        assert saved.epoch == 2
        second.submit(TrialRequest(number, "new", {"recipe": recipe(number)}, EPOCHS, saved.epoch, saved.curve))
        second.grant(number, "new", EPOCHS)
    client = LocalClient(second, 2)
    cell_on(store, tmp_path, client, 2).run()
    assert client.reports == len(RECIPES), "one epoch each was left"
    assert curves(second, RECIPES) == alone


def test_a_trial_that_fails_takes_nobody_with_it(store: Store, tmp_path: Path, alone: dict[int, Any]) -> None:
    broker = Broker()
    submit(broker, [0])
    broker.submit(TrialRequest(8, "t", {"recipe": recipe(8, **{"optim.lr": 1e30, "optim.clip": 1e30})}, EPOCHS))
    broker.submit(TrialRequest(9, "t", {"recipe": {"optim": {"lr": "fast"}}}, EPOCHS))
    for number in (8, 9):
        broker.grant(number, "t", EPOCHS)
    cell_on(store, tmp_path, LocalClient(broker, 2), 2).run()
    diverged, wrong = broker.progress(8), broker.progress(9)
    assert diverged is not None
    assert "loss" in str(diverged.why)
    assert wrong is not None
    assert "InputError" in str(wrong.why)
    assert curves(broker, [0])[0] == alone[0]


def test_an_ended_trial_leaves_its_group(store: Store, tmp_path: Path) -> None:
    broker = Broker()
    submit(broker, [0], until=1)
    cell = cell_on(store, tmp_path, LocalClient(broker, 1), 1)
    cell.run()
    broker.release(0)
    cell.run()
    assert cell._running == {}
    assert cell._groups == {}


def test_a_fault_of_the_host_ends_the_cell_and_no_trial(store: Store, tmp_path: Path, alone: dict[int, Any]) -> None:
    """The store is gone there: the trials go on elsewhere as if nothing had been."""
    broker = Broker()
    submit(broker, RECIPES)
    cell = cell_on(store, tmp_path, LocalClient(broker, 2), 2)
    cell.stores = {}
    cell.host_fault = lambda: "/store: must be a folder"
    with pytest.raises(HostError, match="must be a folder"):
        cell.run()
    assert all(progress is not None and progress.why is None for progress in map(broker.progress, RECIPES))
    broker.refuse(RefusedHost("cell", "east", "n1", "no store"))
    cell_on(store, tmp_path, LocalClient(broker, 2), 2).run()
    assert curves(broker, RECIPES) == alone


def test_a_full_disk_ends_the_cell_and_no_trial(
    store: Store, tmp_path: Path, alone: dict[int, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker()
    submit(broker, RECIPES)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(SavedStates, "_write", full)
        with pytest.raises(HostError, match="No space left"):
            cell_on(store, tmp_path, LocalClient(broker, 2), 2).run()
    cell_on(store, tmp_path, LocalClient(broker, 2), 2).run()
    assert curves(broker, RECIPES) == alone


def test_a_fault_of_a_trial_on_a_sound_host_is_the_trials(store: Store, tmp_path: Path) -> None:
    broker = Broker()
    submit(broker, [0])
    cell = cell_on(store, tmp_path, LocalClient(broker, 1), 1)
    cell.stores = {}
    cell.run()
    progress = broker.progress(0)
    assert progress is not None
    assert progress.why is not None


def test_a_trial_whose_last_report_was_lost_is_not_trained_again(
    store: Store, tmp_path: Path, alone: dict[int, Any]
) -> None:
    """Its checkpoint and its whole curve are on disk before it is reported."""
    broker = Broker()
    submit(broker, [0])
    with pytest.raises(Death):
        cell_on(store, tmp_path, LocalClient(broker, 1, dies_before=EPOCHS - 1), 1).run()
    saved = SavedStates(tmp_path / "state").progress(0)
    assert saved.epoch == EPOCHS
    second = Broker()
    second.submit(TrialRequest(0, "new", {"recipe": recipe(0)}, EPOCHS, saved.epoch, saved.curve))
    second.grant(0, "new", EPOCHS)
    client = LocalClient(second, 1)
    cell_on(store, tmp_path, client, 1).run()
    assert client.reports == 0
    assert curves(second, [0])[0] == alone[0]
