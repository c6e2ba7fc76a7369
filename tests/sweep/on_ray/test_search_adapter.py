"""The searcher that Tune asks: what its clients are given holds wherever Tune runs them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from adsw.train.recipe import resolve
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
    settings = ClientSettings("broker", "valid/t2m/R@10", (2,))
    searcher = RecordingSearcher(One(), folder, None, settings, "max", lambda _: None, threading.Event())
    config = searcher.suggest("tune-1")
    monkeypatch.chdir(tmp_path.parent)
    assert Path(config["states"]) == tmp_path / "runs" / "one" / "state"
    assert Path(config["states"]).is_dir()
    assert TrialSpec.from_document(config["trial"]) == One().ask().spec
    assert (config["number"], config["exempt"], config["epochs"], config["decisions"]) == (0, False, 2, [2])
