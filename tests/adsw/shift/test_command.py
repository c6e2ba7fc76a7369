"""`adsw shift`, run as a person would."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.encoders.protocol import EncoderInfo
from adsw.shift.agreement import LEAST
from adsw.store.store import Store
from adsw.train.checkpoint import save, untrained_heads
from adsw.train.recipe import resolve

Make = Callable[..., Any]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(run: Run) -> Run:
    return lambda *arguments: run("shift", *arguments)


@pytest.fixture
def stores(tmp_path: Path, make_store: Make, make_usual_row: Make) -> tuple[Path, Path]:
    def rows(prefix: str, humans: bool) -> list[dict[str, Any]]:
        said = ("A slow human song.",) if humans else ()
        return [make_usual_row(f"{prefix}{n}", [f"{prefix} {n % 5}", "slow"], said) for n in range(16)]

    one = make_store(tmp_path / "one", {"train": rows("a", True), "test": rows("b", True)})
    return one, make_store(tmp_path / "two", {"test": rows("c", False), "valid": []})


def test_all_is_compared_and_told(run: Run, stores: tuple[Path, Path]) -> None:
    one, two = stores
    status, out, _ = run("--store", one, "--against", f"{one}:train", "--against", two, "--json")
    document = json.loads(out)
    assert status == 0
    assert [(found["first"], found["second"]) for found in document["comparisons"]] == [
        ("one:test", "one:train"),
        ("one:test", "two:test"),
    ]
    near, far = document["comparisons"]
    assert set(near["embeddings"]) == {"audio", "tags", "caption", "human"}
    assert set(far["embeddings"]) == {"audio", "tags", "caption"}
    assert "Texts of the source human are not compared: two:test has none." in far["remarks"]
    assert far["tracks"] == [16, 16]
    # "b 0, slow" against "c 0, slow": of c, 0 to 4 and slow the first set lacks c.
    assert far["words"]["tags"]["examples"] == ["c"]
    assert far["words"]["tags"]["unknown_types"] == pytest.approx(1 / 7)
    assert far["tags"]["mood"]["shared"] == 1
    assert document["conventions"]
    status, out, _ = run("--store", one, "--against", two)
    assert status == 0
    for words in ("How far apart", "Frechet", "told apart", "Length and style", "one:test"):
        assert words in out


def test_which_metric_predicts_which(run: Run, stores: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = stores
    opened = Store.open(one)
    for seed in range(LEAST):
        recipe = resolve({"head.width": 8, "head.out": 6, "head.layers": 1, "seed": seed})
        heads = untrained_heads(opened.info.dimensions, recipe)
        save(tmp_path / "checkpoints" / f"{seed:04d}", recipe, heads, opened.info, {})
    status, out, _ = run("--store", one, "--against", two, "--checkpoints", tmp_path / "checkpoints", "--json")
    agreed = json.loads(out)["agreement"]
    assert (status, agreed["checkpoints"]) == (0, LEAST)
    pairs = {(pair["predictor"], pair["target"]) for pair in agreed["pairs"]}
    assert ("one:test/t2m/R@10", "two:test/t2m/mAP@10") in pairs
    assert all(best["rho"]["low"] <= best["rho"]["value"] for best in agreed["best_predictors"])
    status, out, _ = run("--store", one, "--against", two, "--checkpoints", tmp_path / "checkpoints")
    assert status == 0
    assert "best predicted by" in out


def test_every_fault_of_every_set_at_once(run: Run, stores: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = stores
    status, out, err = run(
        "--store", f"{one}:tset", "--against", f"{two}:valid", "--against", tmp_path / "none", "--against", two,
        "--against", f"{two}:test",
    )  # fmt: skip
    assert (status, out) == (2, "")
    for words in ("Did you mean 'test'", "must hold tracks, holds none", "must be a folder", "is named twice"):
        assert words in err


def test_checkpoints_that_cannot_be_used(
    run: Run, stores: tuple[Path, Path], tmp_path: Path, make_checkpoint: Make, make_store: Make, make_usual_row: Make
) -> None:
    one, two = stores
    (tmp_path / "empty").mkdir()
    status, _, err = run("--store", one, "--against", two, "--checkpoints", tmp_path / "empty")
    assert status == 2
    assert "must hold checkpoints, holds none" in err
    make_checkpoint(tmp_path / "few" / "0001", Store.open(one))
    status, _, err = run("--store", one, "--against", two, "--checkpoints", tmp_path / "few")
    assert status == 2
    assert f"must hold at least {LEAST} checkpoints" in err
    ear = EncoderInfo(**{**Store.open(one).info.audio_encoder.model_dump(), "revision": "2"})
    foreign = make_store(tmp_path / "foreign", {"test": [make_usual_row("x", ["a", "b"])]}, audio_encoder=ear)
    status, _, err = run("--store", one, "--against", foreign, "--checkpoints", tmp_path / "few")
    assert status == 2
    assert "audio encoder must be ear@1, as in training" in err
    make_checkpoint(tmp_path / "few" / "0002", Store.open(foreign))
    (tmp_path / "few" / "0003").mkdir()
    (tmp_path / "few" / "0003" / "model.safetensors").write_bytes(b"")
    status, _, err = run("--store", one, "--against", two, "--checkpoints", tmp_path / "few")
    assert status == 2
    assert "must have the same encoders as the other checkpoints" in err
    assert "0003" in err


def test_other_encoders_are_left_out_and_told(
    run: Run, stores: tuple[Path, Path], tmp_path: Path, make_store: Make, make_usual_row: Make
) -> None:
    one, _ = stores
    info = Store.open(one).info
    others = {
        "audio_encoder": info.audio_encoder.model_copy(update={"revision": "2"}),
        "text_encoder": info.text_encoder.model_copy(update={"revision": "2"}),
    }
    foreign = make_store(tmp_path / "foreign", {"test": [make_usual_row("x", ["a", "b"])]}, **others)
    status, out, _ = run("--store", one, "--against", foreign, "--json")
    (found,) = json.loads(out)["comparisons"]
    assert (status, found["embeddings"]) == (0, {})
    assert "Audio is not compared: its encoders are ear@1 and ear@2." in found["remarks"]
    assert "Embeddings of texts are not compared: their encoders are eye@1 and eye@2." in found["remarks"]
    small = make_store(tmp_path / "small", {"test": [make_usual_row("x", ["a", "b"])]})
    _, out, _ = run("--store", one, "--against", small, "--json")
    remarks = json.loads(out)["comparisons"][0]["remarks"]
    assert "Embeddings of audio, caption, tags are not compared: fewer than 8 in one of the sets." in remarks
