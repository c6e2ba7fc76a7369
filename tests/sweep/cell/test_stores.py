"""A cell that serves several stores, and evaluates on more than the validation split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adsw.retrieval.evaluation import Evaluation
from adsw.retrieval.queries import read_queries
from adsw.store.store import Store
from adsw.train.recipe import resolve
from sweep.cell.broker import Broker
from sweep.cell.messages import TrialRequest
from sweep.cell.worker import CellFolders, CellWorker
from tests.adsw.train.synthetic import DIMENSIONS, synthetic_store

from .local_client import LocalClient, cell_data_of, cell_on, curves, submit_all

EPOCHS = 2
RECIPE = resolve(
    {"epochs": EPOCHS, "data.batch_size": 32, "head.width": 32, "head.out": 16, "optim.lr": 1e-3}
).model_dump(mode="json")


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Store]:
    folder = tmp_path_factory.mktemp("stores")
    wide = DIMENSIONS.model_copy(update={"audio_features": 40})
    return {
        "first": synthetic_store(folder / "first", tracks=120),
        "second": synthetic_store(folder / "second", tracks=100, seed=1, dimensions=wide),
    }


def alone(store: Store, folder: Path) -> list[dict[str, float]]:
    broker = Broker()
    submit_all(broker, {0: RECIPE}, EPOCHS, EPOCHS)
    cell_on(store, folder, LocalClient(broker, 1), 1).run()
    return curves(broker, [0])[0]


def cell(stores: dict[str, Store], folder: Path, client: Any, capacity: int, **sets: Any) -> CellWorker:
    folders = CellFolders(folder / "state", folder / "evaluations", folder / "checkpoints")
    return CellWorker(client, {name: cell_data_of(store, **sets) for name, store in stores.items()}, folders, capacity)


def test_trials_of_two_stores_train_side_by_side_as_they_do_alone(stores: dict[str, Store], tmp_path: Path) -> None:
    broker = Broker()
    for number, store in enumerate(["first", "second", ""]):
        broker.submit(TrialRequest(number, "t", {"recipe": RECIPE, "store": store}, EPOCHS))
        broker.grant(number, "t", EPOCHS)
    cell(stores, tmp_path, LocalClient(broker, 3), 3).run()
    found = curves(broker, range(3))
    assert found[0] == alone(stores["first"], tmp_path / "a")
    assert found[1] == alone(stores["second"], tmp_path / "b")
    assert found[2] == found[0], "a trial that names no store is on the first"


def test_every_epoch_is_judged_on_every_set(stores: dict[str, Store], tmp_path: Path) -> None:
    store = stores["first"]
    words = read_queries(store, "valid", source="tags")
    broker = Broker()
    submit_all(broker, {0: RECIPE}, EPOCHS, EPOCHS)
    cell({"": store}, tmp_path, LocalClient(broker, 1), 1, words=words).run()
    (curve,) = curves(broker, [0]).values()
    without = alone(store, tmp_path / "alone")
    for point, plain in zip(curve, without, strict=True):
        assert plain.items() < point.items()
        assert {name.split("/")[0] for name in point.keys() - plain.keys()} == {"words"}
    saved = Evaluation.load(tmp_path / "evaluations" / "0000.words.npz")
    assert saved.queries == words.identity
    assert saved.metrics.items() <= curve[-1].items()


def test_a_store_that_the_run_has_not_fails_its_trial_alone(stores: dict[str, Store], tmp_path: Path) -> None:
    broker = Broker()
    for number, store in enumerate(["third", "second"]):
        broker.submit(TrialRequest(number, "t", {"recipe": RECIPE, "store": store}, EPOCHS))
        broker.grant(number, "t", EPOCHS)
    cell(stores, tmp_path, LocalClient(broker, 2), 2).run()
    lost, trained = broker.progress(0), broker.progress(1)
    assert lost is not None
    assert trained is not None
    assert "third" in (lost.why or "")
    assert (trained.epoch, trained.why) == (EPOCHS, None)
