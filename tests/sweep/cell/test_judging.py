"""Trials that are judged at their best epoch: heads, evaluations, checkpoint are its own, whatever happens between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from adsw.judging import Judging
from adsw.retrieval.evaluation import Evaluation, evaluate
from adsw.retrieval.queries import QuerySet
from adsw.store.store import Store
from adsw.train.checkpoint import load
from adsw.train.recipe import resolve
from sweep.cell.broker import Broker
from sweep.cell.messages import TrialRequest
from sweep.cell.saved_states import SavedStates

from .local_client import Death, LocalClient, cell_on, curves

EPOCHS, METRIC = 8, "valid/t2m/mAP@10"
BEST = Judging(METRIC, "max", "best")
PATIENT = Judging(METRIC, "max", "best", 2)
RECIPES = {0: {"optim.lr": 6e-2}, 1: {"optim.lr": 8e-2, "seed": 5}, 2: {"optim.lr": 4e-2, "head.width": 48}}
"""They learn fast, and get worse before their last epoch."""


def submit(broker: Broker, judging: Judging, folder: Path | None = None, until: int = EPOCHS) -> None:
    """Hand in the trials, from their saved states where a folder has such."""
    for number, more in RECIPES.items():
        small = {"epochs": EPOCHS, "data.batch_size": 32, "head.width": 32, "head.out": 16}
        recipe = resolve({**small, **more}).model_dump(mode="json")
        saved = SavedStates(folder / "state").progress(number) if folder else None
        begun = (saved.epoch, saved.curve) if saved else (0, ())
        broker.submit(TrialRequest(number, "t", {"recipe": recipe}, EPOCHS, *begun, judging))
        broker.grant(number, "t", until)


def results(folder: Path) -> dict[str, Any]:
    """Parameters of the checkpoints, and per-query ranks."""
    tensors = {n: load(folder / "checkpoints" / f"{n:04d}").heads.tensors() for n in RECIPES}
    ranks = {n: Evaluation.load(folder / "evaluations" / f"{n:04d}.valid.npz").t2m.scores.of("mAP@10") for n in RECIPES}
    return {"tensors": tensors, "ranks": ranks}


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    heads = all(
        torch.equal(value, other["tensors"][n][name])
        for n, tensors in one["tensors"].items()
        for name, value in tensors.items()
    )
    return heads and all(np.array_equal(ranks, other["ranks"][n]) for n, ranks in one["ranks"].items())


@pytest.fixture(scope="module", params=[BEST, PATIENT], ids=["best", "patient"])
def whole(request: pytest.FixtureRequest, store: Store, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """All trials trained in one go: judging, folder, curves."""
    folder, broker = tmp_path_factory.mktemp("whole"), Broker()
    submit(broker, request.param)
    cell_on(store, folder, LocalClient(broker, 3), 3, judging=request.param).run()
    return request.param, folder, curves(broker, RECIPES)


def test_the_best_epoch_is_kept(store: Store, whole: Any) -> None:
    judging, folder, found = whole
    queries = QuerySet.from_table(store.table("valid"), store.info.dimensions)
    early = 0
    for number, curve in found.items():
        best = judging.best_epoch(curve)
        early += best < len(curve)
        checkpoint = load(folder / "checkpoints" / f"{number:04d}")
        assert checkpoint.info.best_epoch == best
        assert checkpoint.metrics[METRIC] == curve[best - 1][METRIC] == max(point[METRIC] for point in curve)
        assert evaluate(checkpoint.heads, queries, "valid").metrics[METRIC] == curve[best - 1][METRIC]
        saved = Evaluation.load(folder / "evaluations" / f"{number:04d}.valid.npz")
        assert saved.metrics[METRIC] == curve[best - 1][METRIC]
    assert early >= 2, "else the test shows nothing"


def test_patience_ends_a_trial_and_no_other(whole: Any) -> None:
    judging, _, found = whole
    lengths = {number: len(curve) for number, curve in found.items()}
    if judging.patience is None:
        assert set(lengths.values()) == {EPOCHS}
        return
    assert min(lengths.values()) < EPOCHS
    for number, curve in found.items():
        assert lengths[number] == min(EPOCHS, judging.best_epoch(curve) + judging.patience)


@pytest.mark.parametrize("deaths_after", [2, 5, 9])
def test_a_death_changes_nothing(store: Store, tmp_path: Path, whole: Any, deaths_after: int) -> None:
    judging, folder, found = whole
    broker = Broker()
    submit(broker, judging)
    with pytest.raises(Death):
        cell_on(store, tmp_path, LocalClient(broker, 2, dies_before=deaths_after), 2, judging=judging).run()
    again = Broker()  # a new driver, which knows only the folder
    submit(again, judging, tmp_path)
    cell_on(store, tmp_path, LocalClient(again, 2), 2, judging=judging).run()
    assert curves(again, RECIPES) == found
    assert same(results(tmp_path), results(folder))


def test_taking_turns_in_a_slot_changes_nothing(store: Store, tmp_path: Path, whole: Any) -> None:
    judging, folder, found = whole
    broker = Broker()
    submit(broker, judging, until=1)
    client = LocalClient(broker, 1)
    cell = cell_on(store, tmp_path, client, 1, judging=judging)
    for until in range(1, EPOCHS + 1):
        for number in RECIPES:
            broker.grant(number, "t", until)
        cell.run()  # it closes with nothing left, and goes on with what it has parked
    assert curves(broker, RECIPES) == found
    assert same(results(tmp_path), results(folder))


def test_a_repaired_folder_keeps_a_trial_that_ended_early(store: Store, tmp_path: Path) -> None:
    broker = Broker()
    submit(broker, PATIENT)
    cell_on(store, tmp_path, LocalClient(broker, 3), 3, judging=PATIENT).run()
    states = SavedStates(tmp_path / "state")
    for number in RECIPES:
        epoch = states.progress(number).epoch
        assert states.mend(number, EPOCHS) == (epoch, epoch)
