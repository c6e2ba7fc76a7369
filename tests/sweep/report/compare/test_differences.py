"""Only what differs is told, and all of it."""

from __future__ import annotations

from pathlib import Path

from sweep.report.compare.sides import differences, open_sides

from ..ablated import LADDER, Ablated
from .compared import alike


def found(runs: Path, *names: str) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(one.kind, one.name): one.values for one in differences(open_sides(runs, names))}


def test_alike_sweeps_differ_in_nothing(tmp_path: Path) -> None:
    alike(tmp_path, "one", "two")
    assert found(tmp_path, "one", "two") == {}


def test_every_kind_is_told(tmp_path: Path) -> None:
    _, two = alike(tmp_path, "one", "two")
    sweep = two.read_sweep()
    parameter = {"optim.lr": {"loguniform": [1e-5, 1e-2]}}
    two.update_sweep(
        space={**sweep.space, "trials": 30, "space": {**sweep.space["space"], **parameter}},
        store={**sweep.document()["store"], "fingerprint": "4a" * 32, "path": "/elsewhere", "text_encoder": "other@1"},
        code={"revision": "1" * 40, "dirty": True},
        versions={**sweep.versions, "torch": "2.14.0"},
        searcher={**sweep.searcher, "seed": 7},
        cells=4,
    )
    assert found(tmp_path, "one", "two") == {
        ("space", "trials"): ("16", "30"),
        ("space", "space.optim.lr"): ("0.0001 to 0.01, log (nuisance)", "1e-05 to 0.01, log"),
        ("store", "fingerprint"): ("3f" * 6, "4a" * 6),
        ("store", "text_encoder"): ("minilm@c5f93f70", "other@1"),
        ("code", "revision"): ("00504f4a1b", "1111111111 with changes not committed"),
        ("versions", "torch"): ("2.13.0", "2.14.0"),
        ("seeds", "searcher"): ("0", "7"),
        ("budget", "cells"): ("2", "4"),
    }


def test_a_copy_of_the_store_elsewhere_is_the_same_store(tmp_path: Path) -> None:
    _, two = alike(tmp_path, "one", "two")
    two.update_sweep(store={**two.read_sweep().document()["store"], "path": "/elsewhere"})
    assert found(tmp_path, "one", "two") == {}


def test_arms_are_told_one_by_one(tmp_path: Path) -> None:
    Ablated(arms=LADDER, seeds=(0, 1)).write(tmp_path, "one")
    changed = {**LADDER, "tags": {"text.mix.caption": 0.1, "text.mix.tags": 0.9}, "more": {}}
    Ablated(arms=changed, seeds=(0, 2)).write(tmp_path, "two")
    told = found(tmp_path, "one", "two")
    assert told[("space", "arms.tags")] == (
        "text.mix.caption 0, text.mix.tags 1",
        "text.mix.caption 0.1, text.mix.tags 0.9",
    )
    assert told[("space", "arms.more")] == ("–", "as fixed")
    assert told[("seeds", "training")] == ("0, 1", "0, 2")
    assert ("space", "arms.captions") not in told
