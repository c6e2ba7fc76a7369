"""Training online is training: the same loop, the same invariants, and the bank's loss."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console
from scipy import stats

from adsw import trainer as local
from adsw.api.train_screen import TrainScreen
from adsw.augment.captions.backend import AskingStoppedError
from adsw.augment.captions.protocol import Caption, TagView
from adsw.augment.captions.template import TemplateCaptioner
from adsw.cli.app import main
from adsw.store.store import Store
from adsw.train.bank import StoreBank
from adsw.train.batches import steps_per_epoch
from adsw.train.block import Block
from adsw.train.mixing import Census
from adsw.train.recipe import Recipe, resolve
from adsw.train.slots import SlotGroup
from adsw.trainer import OnlineMode

SETTINGS = {"head.width": 16, "head.out": 12, "data.batch_size": 24, "optim.lr": 2e-3, "epochs": 3}


def recipe(**changes: Any) -> Recipe:
    return resolve(SETTINGS | {name.replace("__", "."): value for name, value in changes.items()})


def epochs(store: Store, recipes: list[Recipe], count: int, online: bool = True) -> tuple[SlotGroup, list[list[Any]]]:
    """Trains recipes side by side, in two windows; returns the group and the logs of each."""
    make_bank = OnlineMode.of(store).bank if online else StoreBank
    group = SlotGroup(store.info.dimensions, recipes[0], len(recipes), make_bank=make_bank)
    slots = [group.join(one) for one in recipes]
    table = store.table("train")
    blocks = [Block.from_table(part, store.info.dimensions) for part in (table.slice(0, 60), table.slice(60))]
    steps = sum(steps_per_epoch(len(block), recipes[0].data) for block in blocks)
    logs = [group.train_epoch(iter(blocks), steps) for _ in range(count)]
    return group, [[log[slot] for log in logs] for slot in slots]


def test_a_training_is_the_same_twice(store: Store) -> None:
    once, again = (local.train(store, recipe(), online=OnlineMode.of(store)) for _ in range(2))
    assert [epoch.log.loss for epoch in once.curve] == [epoch.log.loss for epoch in again.curve]
    assert once.evaluations["test"].metrics == again.evaluations["test"].metrics


def test_a_trial_is_the_same_alone_and_beside_another(store: Store) -> None:
    mine, other = recipe(text__swap__probability=0.5), recipe(seed=9, text__view_dropout__rate=0.1)
    alone, logs = epochs(store, [mine], 2)
    beside, both = epochs(store, [other, mine], 2)
    assert [log.loss for log in logs[0]] == [log.loss for log in both[1]]
    assert torch.equal(alone.state(0)["values"], beside.state(1)["values"])


def test_a_second_visit_shows_another_text(store: Store) -> None:
    """A mix that leaves half of the tracks out visits the others twice an epoch."""
    table = store.table("train")
    names = np.where(np.arange(len(table)) % 2, "one", "two")
    table = table.set_column(table.schema.get_field_index("dataset"), "dataset", [names])
    block = Block.from_table(table, store.info.dimensions)
    bank = OnlineMode.of(store).bank(block, torch.device("cpu"), torch.float32, False)
    rows, visits = np.repeat(np.flatnonzero(names == "one"), 2), np.tile([0, 1], (names == "one").sum())
    drawn = bank.index.draw(recipe().text, 0, 0, rows, visits).text.reshape(-1, 2)
    assert (drawn[:, 0] != drawn[:, 1]).mean() > 0.8
    group = SlotGroup(store.info.dimensions, recipe(), 1, make_bank=OnlineMode.of(store).bank)
    slot = group.join(recipe(data__mix__one=1))
    assert group.train_epoch(iter([block]), 4, lambda: Census.of_blocks([block]))[slot].tracks == 96


def test_the_loss_is_the_banks(store: Store) -> None:
    """All views of a track are in this bank, so that only wordings and swaps are fewer: no difference in two epochs."""
    pairs = []
    for seed in range(8):
        found = [epochs(store, [recipe(seed=seed)], 2, online)[1][0] for online in (False, True)]
        pairs.append([[log.loss for log in logs] for logs in found])
    bank, online = np.swapaxes(pairs, 0, 1)
    assert not np.any(bank == online)
    for epoch in range(2):
        difference = online[:, epoch] - bank[:, epoch]
        low, high = stats.t.interval(0.95, len(difference) - 1, difference.mean(), stats.sem(difference))
        assert low <= 0 <= high
        assert abs(difference.mean()) < 0.03 * bank[:, epoch].mean()


def adsw(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["adsw", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    return int(str(left.value.code))


def command(store: Store, out: Path, *more: str) -> list[str]:
    settings = [part for name, value in SETTINGS.items() for part in ("--set", f"{name}={value}")]
    return ["train", "--store", str(store.path), "--out", str(out), *settings, *more]


def test_the_command_trains_online(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], store: Store, tmp_path: Path
) -> None:
    assert adsw(monkeypatch, *command(store, tmp_path / "out", "--online", "--json")) == 0
    shown = capsys.readouterr()
    document = json.loads(shown.out)
    assert shown.err == ""
    assert document["online"]["vocabulary"] == store.info.vocabulary
    assert 0 < document["online"]["texts_encoded"] <= document["online"]["texts_asked"]
    expected = local.train(store, recipe(), online=OnlineMode.of(store))
    assert [epoch["loss"] for epoch in document["curve"]] == [epoch.log.loss for epoch in expected.curve]


def test_another_vocabulary_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "more.yaml"
    file.write_text("genre:\n  terms: [zeuhl]\n")
    assert adsw(monkeypatch, *command(store, tmp_path / "out", "--online", "--vocabulary", str(file))) == 0
    assert "another vocabulary than the store's" in " ".join(capsys.readouterr().err.split())
    assert not json.loads((tmp_path / "out" / "metrics.json").read_text())["online"]["same_vocabulary"]


def test_a_captioner_that_stops_ends_the_training(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], store: Store, tmp_path: Path
) -> None:
    class Spent(TemplateCaptioner):
        def caption(self, views: Sequence[TagView], keys: Sequence[str]) -> list[Caption]:
            del views, keys
            raise AskingStoppedError("The 100 requests allowed are spent.")

    monkeypatch.setattr("adsw.trainer.captioner_named", lambda _, vocabulary: Spent(vocabulary))
    assert adsw(monkeypatch, *command(store, tmp_path / "out", "--online")) == 3
    assert "requests allowed are spent. What was answered is kept." in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()


def test_the_screen_says_how_far_the_texts_are_encoded() -> None:
    out = Console(force_terminal=True, width=80, height=24, file=io.StringIO(), record=True)
    with TrainScreen(out, 3, quiet=False) as screen:
        screen.encoding(256, 512)
    told = out.export_text()
    assert "epoch 0 of 3" in told
    assert "encoding 512 texts, 50% done" in told
    plain = Console(file=io.StringIO(), record=True)
    with TrainScreen(plain, 3, quiet=False) as screen:
        screen.encoding(256, 512)
    assert plain.export_text() == ""


def test_what_is_wrong_with_online_training_is_said_with_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], store: Store, tmp_path: Path
) -> None:
    missing = ["--vocabulary", str(tmp_path / "none.yaml"), "--set", "optim.lrr=1"]
    assert adsw(monkeypatch, *command(store, tmp_path / "out", "--online", *missing)) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "none.yaml" in told
    assert "optim.lr" in told
    assert adsw(monkeypatch, *command(store, tmp_path / "out", *missing)) == 2
    assert "goes with --online" in " ".join(capsys.readouterr().err.split())
