"""Training one recipe on a store, from the function and from the command line."""

from __future__ import annotations

import io
import itertools
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console

from adsw import trainer as local
from adsw.cli import train as train_screen
from adsw.cli.app import main
from adsw.errors import InputError
from adsw.judging import Judging
from adsw.retrieval.evaluation import Evaluation, evaluate
from adsw.retrieval.queries import QuerySet
from adsw.store.store import Store
from adsw.train import checkpoint
from adsw.train.recipe import resolve

from .synthetic import synthetic_store

SETTINGS = ["head.width=16", "head.out=12", "data.batch_size=32", "optim.lr=2e-3", "epochs=3"]
RECIPE = resolve({"head.width": 16, "head.out": 12, "data.batch_size": 32, "optim.lr": 2e-3, "epochs": 3})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return synthetic_store(tmp_path_factory.mktemp("train") / "store", 150)


@pytest.fixture(scope="module")
def result(store: Store) -> local.TrainResult:
    return local.train(store, RECIPE)


def test_every_epoch_is_told(store: Store, result: local.TrainResult) -> None:
    told: list[local.EpochResult] = []
    torch.set_num_threads(2)
    again = local.train(store, RECIPE, told.append)
    assert torch.get_num_threads() == 2
    assert tuple(told) == again.curve
    assert [epoch.log.epoch for epoch in told] == [1, 2, 3]
    assert [epoch.metrics for epoch in told] == [epoch.metrics for epoch in result.curve], "the same bits twice"
    assert [epoch.log.loss for epoch in told] == [epoch.log.loss for epoch in result.curve]


def test_both_splits_are_judged_beside_untrained_heads(store: Store, result: local.TrainResult) -> None:
    assert result.evaluations["valid"].metrics == result.curve[-1].metrics
    queries = QuerySet.from_table(store.table("test"), store.info.dimensions)
    assert result.evaluations["test"].metrics == evaluate(result.heads, queries, "test").metrics
    assert [report.name for report in result.reports] == ["valid", "test"]
    figure = result.reports[1].directions["t2m"].figures["R@10"]
    assert figure.untrained is not None
    assert figure.interval.low <= figure.interval.value <= figure.interval.high


def test_a_store_without_test_tracks_is_judged_on_valid(tmp_path: Path) -> None:
    made = synthetic_store(tmp_path / "store", 30)
    info = made.info.model_copy(
        update={"splits": {name: split for name, split in made.info.splits.items() if name != "test"}}
    )
    found = local.train(Store(made.path, info), resolve({"epochs": 1}, RECIPE))
    assert list(found.evaluations) == ["valid"]


def test_empty_splits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        local.train(synthetic_store(tmp_path / "store", 1), RECIPE)
    assert [str(fault) for fault in caught.value.faults] == [
        "train: must hold at least 2 tracks (given: 1). Prepare a store with more.",
        "valid: must hold at least 1 tracks (given: 0). Prepare a store with more.",
    ]


def test_names_the_store_lacks_are_refused(store: Store) -> None:
    strange = resolve({"data.mix.three": 1, "text.swap.categories": ["genre", "tempi"]}, RECIPE)
    with pytest.raises(InputError) as caught:
        local.train(store, strange)
    told = str(caught.value)
    assert "unknown data set 'three'. Known: one, two." in told
    assert "unknown category 'tempi'. Did you mean 'tempo'?" in told


@pytest.mark.parametrize(
    ("rate", "batch", "told"),
    [(1e12, 32, "with a loss of"), (1e30, 128, "with a loss of"), (1e12, 128, "the heads give NaN")],
)
def test_divergence_ends_the_training(store: Store, rate: float, batch: int, told: str) -> None:
    """In the loss, in the parameters after the last step, or only in the embeddings."""
    with pytest.raises(local.TrainingFailedError, match=told):
        local.train(store, resolve({"optim.lr": rate, "data.batch_size": batch}, RECIPE))


def adsw(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command line; returns its exit status."""
    monkeypatch.setattr(sys, "argv", ["adsw", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    return int(str(left.value.code))


def command(store: Store, out: Path, *more: str) -> list[str]:
    settings = [part for setting in SETTINGS for part in ("--set", setting)]
    return ["train", "--store", str(store.path), "--out", str(out), *settings, *more]


def test_the_command_writes_a_checkpoint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], store: Store, result: Any, tmp_path: Path
) -> None:
    assert adsw(monkeypatch, *command(store, tmp_path / "out")) == 0
    shown = capsys.readouterr()
    assert "epoch 3/3: loss" in shown.err
    assert "m2t/R@10" in shown.out
    trained = checkpoint.load(tmp_path / "out")
    assert trained.recipe == RECIPE
    assert trained.metrics == {
        name: value for part in result.evaluations.values() for name, value in part.metrics.items()
    }
    document = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert [epoch["loss"] for epoch in document["curve"]] == [epoch.log.loss for epoch in result.curve]
    assert document["sets"][1]["metrics"]["test/t2m/R@10"]["value"] == trained.metrics["test/t2m/R@10"]
    assert Evaluation.load(tmp_path / "out" / "test.npz").metrics == result.evaluations["test"].metrics


def test_json_is_one_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], store: Store, tmp_path: Path
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("text:\n  swap.probability: {kind: cosine, end: 0.5}\nepochs: 9\n")
    more = ["--json", "--recipe", str(recipe), "--set", "text.view_dropout.rate=.25", "--set", "seed=4"]
    assert adsw(monkeypatch, *command(store, tmp_path / "out", *more)) == 0
    shown = capsys.readouterr()
    document = json.loads(shown.out)
    assert shown.err == ""
    assert document == json.loads((tmp_path / "out" / "metrics.json").read_text())
    recipe_used = document["recipe"]
    assert (recipe_used["epochs"], recipe_used["seed"]) == (3, 4)
    assert recipe_used["text"]["swap"]["probability"]["kind"] == "cosine"
    assert recipe_used["text"]["view_dropout"]["rate"]["value"] == 0.25


def test_all_that_is_wrong_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "something").write_text("")
    arguments = ["--store", str(tmp_path / "none"), "--out", str(tmp_path / "out"), "--device", "tpu"]
    assert adsw(monkeypatch, "train", *arguments, "--set", "optim.lrr=1", "--set", "head.width=33") == 2
    told = capsys.readouterr().err
    for expected in (
        "must be a folder",
        "Did you mean 'optim.lr'?",
        "multiple of heads",
        "new or an empty",
        "cpu or cuda",
    ):
        assert expected in " ".join(told.split())


def test_a_missing_accelerator_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], store: Store, tmp_path: Path
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert adsw(monkeypatch, *command(store, tmp_path / "out", "--device", "cuda")) == 2
    assert "names an accelerator, and there is none" in capsys.readouterr().err


def test_a_failed_training_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], store: Store, tmp_path: Path
) -> None:
    more = ["--set", "optim.warmup_epochs=0", "--set", "optim.weight_decay=0", "--set", "optim.clip=null"]
    settings = [setting.replace("2e-3", "1e30") for setting in command(store, tmp_path / "out", *more)]
    assert adsw(monkeypatch, *settings) == 1
    assert "Training failed" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_live_table_fits_a_small_screen(result: local.TrainResult) -> None:
    out = Console(force_terminal=True, width=80, height=24, file=io.StringIO(), record=True)
    with train_screen.TrainScreen(out, 40, quiet=False) as screen:
        for _ in range(10):
            for epoch in result.curve:
                screen.show(epoch)
    lines = out.export_text().splitlines()
    assert any("epoch 30 of 40" in line for line in lines)
    assert max(len(line) for line in lines) <= 80


def test_collapse_is_shown(result: local.TrainResult) -> None:
    stuck = replace(result.curve[-1], log=replace(result.curve[-1].log, collapsed=True))
    out = Console(width=200, record=True, file=io.StringIO())
    with train_screen.TrainScreen(out, 3, quiet=False) as screen:
        screen.show(stuck)
    assert "stuck at ln(batch size)" in out.export_text()


FAST = resolve({"optim.lr": 0.06, "epochs": 8, "text.view_dropout.rate": 0.5}, RECIPE)
"""Learns fast, and gets worse before its last epoch."""


def test_the_best_epoch_is_the_result_and_patience_ends_the_training(store: Store) -> None:
    whole = local.train(store, FAST, judging=Judging(local.METRIC, at="best"))
    values = [epoch.metrics[local.METRIC] for epoch in whole.curve]
    best = values.index(max(values)) + 1
    assert best < len(values) - 1, "else the test shows nothing"
    assert whole.judged_epoch == best
    assert whole.evaluations["valid"].metrics == whole.curve[best - 1].metrics
    early = local.train(store, FAST, judging=Judging(local.METRIC, at="best", patience=1))
    first = next(n for n, (one, other) in enumerate(itertools.pairwise(values), start=2) if other <= one)
    assert len(early.curve) == first
    assert [epoch.metrics for epoch in early.curve] == [epoch.metrics for epoch in whole.curve[:first]]
    last = local.train(store, FAST)
    assert (last.judged_epoch, len(last.curve)) == (8, 8)
    assert last.evaluations["valid"].metrics == whole.curve[-1].metrics


def test_the_command_says_which_epoch_it_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], store: Store, tmp_path: Path
) -> None:
    fast = {"optim.lr=2e-3": "optim.lr=0.06", "epochs=3": "epochs=8"}
    more = ("--set", "text.view_dropout.rate=0.5", "--judge", "best", "--patience", "2")
    settings = [fast.get(part, part) for part in command(store, tmp_path / "out", *more)]
    assert adsw(monkeypatch, *settings) == 0
    assert "its figures on valid are optimistic" in capsys.readouterr().err
    judging = json.loads((tmp_path / "out" / "metrics.json").read_text())["judging"]
    trained = checkpoint.load(tmp_path / "out")
    assert judging["epoch"] == trained.info.best_epoch == judging["epochs"] - 2
    assert f"after epoch {judging['epoch']}, the best on validation" in (tmp_path / "out" / "README.md").read_text()
    assert adsw(monkeypatch, *command(store, tmp_path / "other", "--judge", "first")) == 2
    assert adsw(monkeypatch, *command(store, tmp_path / "other", "--patience", "2")) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "must be last or best" in told
    assert "goes with --judge best" in told
