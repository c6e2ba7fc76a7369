"""The searcher that Tune asks: what its clients are given holds wherever Tune runs them."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adsw.judging import Judging
from adsw.train.recipe import resolve
from sweep.cell.saved_states import SavedStates
from sweep.on_ray import search_adapter
from sweep.on_ray.search_adapter import ClientSettings, RecordingSearcher
from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord
from sweep.search.protocol import Proposal
from sweep.space.trial_spec import TrialSpec


class One:
    """A searcher with a single proposal."""

    def ask(self) -> Proposal:
        return Proposal(0, TrialSpec(resolve({"epochs": 2}), origin="random"))

    def settled(self) -> list[TrialRecord]:
        return []

    def tell(self, record: TrialRecord) -> None:
        raise NotImplementedError(record)


def test_clients_find_saved_states_whatever_folder_tune_runs_them_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = RunFolder.create(Path("runs"), "one", {})
    settings = ClientSettings("broker", Judging("valid/t2m/R@10"), (2,))
    searcher = RecordingSearcher(One(), folder, None, settings, lambda _: None, threading.Event())
    config = searcher.suggest("tune-1")
    monkeypatch.chdir(tmp_path.parent)
    assert Path(config["states"]) == tmp_path / "runs" / "one" / "state"
    assert Path(config["states"]).is_dir()
    assert TrialSpec.from_document(config["trial"]) == One().ask().spec
    assert (config["number"], config["exempt"], config["epochs"], config["decisions"]) == (0, False, 2, [2])


class Forgetful:
    """A broker that was started again and knows no trial."""

    def __init__(self) -> None:
        self.progress, self.release = SimpleNamespace(remote=lambda _: None), SimpleNamespace(remote=lambda _: None)


class Told(One):
    """Keeps how its trial ended."""

    def __init__(self) -> None:
        self.records: list[TrialRecord] = []

    def tell(self, record: TrialRecord) -> None:
        self.records.append(record)


@pytest.mark.parametrize(
    ("epochs", "result", "state"),
    [(2, {}, "completed"), (1, {}, "stopped"), (1, {"failed": "the loss is NaN"}, "failed")],
)
def test_a_trial_that_ended_while_the_broker_died_keeps_its_epochs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epochs: int, result: dict[str, Any], state: str
) -> None:
    monkeypatch.setattr(search_adapter.ray, "get", lambda answer: answer)
    folder = RunFolder.create(tmp_path, "one", {})
    settings, told = ClientSettings("broker", Judging("valid/t2m/R@10"), (2,)), Told()
    searcher = RecordingSearcher(told, folder, Forgetful(), settings, lambda _: None, threading.Event())
    searcher.suggest("tune-1")
    curve = [{"epoch": float(epoch), "valid/t2m/R@10": epoch / 10} for epoch in range(1, epochs + 1)]
    SavedStates(folder.states).finish(0, epochs, curve)
    searcher.on_trial_complete("tune-1", result)
    (record,) = told.records
    assert (record.state.value, record.epochs, record.curve) == (state, epochs, curve)
    assert folder.trials() == [record]
    assert list(folder.states.iterdir()) == []
