from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.evaluate.report import FURTHER, FullReport, full_report
from adsw.store.store import Store

Make = Callable[..., Any]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def rows(make_usual_row: Make) -> dict[str, list[dict[str, Any]]]:
    tags = [[f"tag {number} {n}" for n in range(4)] for number in range(24)]
    made = [make_usual_row(f"t{number}", own) | {"tags": json.dumps({"mood": own})} for number, own in enumerate(tags)]
    return {"train": made[:12], "test": made[12:]}


@pytest.fixture
def store(tmp_path: Path, make_store: Make, rows: dict[str, Any]) -> Path:
    path: Path = make_store(tmp_path / "store", rows)
    return path


@pytest.fixture
def checkpoint(tmp_path: Path, store: Path, make_checkpoint: Make) -> Path:
    path: Path = make_checkpoint(tmp_path / "checkpoint", Store.open(store))
    return path


def test_evaluate_prints_every_figure_and_how_it_was_counted(run: Run, checkpoint: Path, store: Path) -> None:
    status, out, _ = run("evaluate", checkpoint, "--store", store)
    assert status == 0
    for words in ("t2m/R@1", "m2t/meanR", "mAP@10", "chance", "trained", "95 %", "full tags", "partial caption"):
        assert words in out
    for words in ("48 distinct texts are the queries", "12 tracks the pool", "Ranks start at 1", "2000 resamples"):
        assert words in " ".join(out.split())


def test_evaluate_gives_one_json_document(
    run: Run, tmp_path: Path, checkpoint: Path, store: Path, make_store: Make, rows: dict[str, Any]
) -> None:
    other = make_store(tmp_path / "other", {"test": rows["train"]}, fingerprint="e" * 64)
    status, out, _ = run("evaluate", checkpoint, "--store", store, "--set", f"far={other}", "--json")
    document = json.loads(out)
    assert status == 0
    assert document["checkpoint"] == str(checkpoint)
    near, far = document["sets"]
    assert (near["name"], near["remarks"]) == ("test", [])
    assert {name.split("/")[0] for name in far["metrics"]} == {"far"}
    assert "another store" in far["remarks"][0]
    assert near["metrics"]["test/t2m/R@1"]["chance"] == pytest.approx(1 / 12)


def test_evaluate_on_the_training_says_so(run: Run, checkpoint: Path, store: Path) -> None:
    status, out, _ = run("evaluate", checkpoint, "--store", store, "--split", "train")
    assert status == 0
    assert "trained on these very tracks" in " ".join(out.split())


def test_evaluate_tells_all_faults_of_the_sets(run: Run, checkpoint: Path, store: Path) -> None:
    sets = ["--set", "nameless", "--set", "test=x", "--set", "a/b=x", "--set", "=x", "--set", "y="]
    status, out, err = run("evaluate", checkpoint, "--store", store, *sets, "--json")
    assert (status, out) == (2, "")
    assert err.count("must be NAME=STORE") == 4
    assert "must have a name of its own" in err


def test_evaluate_tells_all_faults_of_the_stores(
    run: Run, tmp_path: Path, checkpoint: Path, store: Path, make_store: Make, make_row: Make, rows: dict[str, Any]
) -> None:
    empty = make_store(tmp_path / "empty", {"test": []})
    mute = make_store(tmp_path / "mute", {"test": [make_row("a", [])]})
    lacking = make_store(tmp_path / "lacking", {"train": rows["train"]})
    sets = [argument for path in (empty, mute, lacking) for argument in ("--set", f"{path.name}={path}")]
    status, out, err = run("evaluate", checkpoint, "--store", store, *sets)
    assert (status, out) == (2, "")
    assert "3 faults" in err
    for words in ("no tracks", "none of the tracks has a text", "unknown split 'test'"):
        assert words in err


def test_evaluate_refuses_a_foreign_checkpoint_and_store(run: Run, tmp_path: Path) -> None:
    status, _, err = run("evaluate", tmp_path / "c", "--store", tmp_path / "s")
    assert status == 2
    assert str(tmp_path / "c") in err
    assert str(tmp_path / "s") in err


def test_evaluate_tells_baselines_categories_and_novelty(run: Run, checkpoint: Path, store: Path) -> None:
    status, out, _ = run("evaluate", checkpoint, "--store", store)
    assert status == 0
    for words in ("against rankings that know less", "by the categories that a query states", "by nearness to the"):
        assert words in " ".join(out.split())
    status, out, _ = run("evaluate", checkpoint, "--store", store, "--no-baselines")
    assert status == 0
    assert "know less" not in out
    assert "Without the store of the training" in " ".join(out.split())


def test_evaluate_finds_the_training_among_the_stores(
    run: Run, tmp_path: Path, checkpoint: Path, store: Path, make_store: Make, rows: dict[str, Any]
) -> None:
    other = make_store(tmp_path / "other", {"train": rows["train"], "test": rows["test"]}, fingerprint="e" * 64)
    _, out, _ = run("evaluate", checkpoint, "--store", other, "--json")
    assert "baselines" not in json.loads(out)["sets"][0]
    _, out, _ = run("evaluate", checkpoint, "--store", other, "--trained-on", store, "--json")
    assert json.loads(out)["sets"][0]["baselines"]["training_tracks"] == 12
    status, out, err = run("evaluate", checkpoint, "--store", store, "--trained-on", other)
    assert (status, out) == (2, "")
    assert "must be the store of the training" in err


def test_evaluate_writes_a_page(run: Run, tmp_path: Path, checkpoint: Path, store: Path) -> None:
    page = tmp_path / "deep" / "page.html"
    status, out, err = run("evaluate", checkpoint, "--store", store, "--html", page, "--json")
    assert status == 0
    assert "page.html" in err
    assert json.loads(out)["sets"]
    assert page.read_text().startswith("<!doctype html>")
    status, out, err = run("evaluate", checkpoint, "--store", store, "--html", tmp_path)
    assert (status, out) == (2, "")
    assert "must be a file, is a folder" in err


@pytest.mark.parametrize(
    ("options", "asked"),
    [(("--probes",), ["probes"]), (("--swaps", "--tagging"), ["tagging", "swaps"]), (("--all",), list(FURTHER))],
)
def test_evaluate_asks_for_further_parts(
    run: Run,
    checkpoint: Path,
    store: Path,
    text_encoder: Any,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    asked: list[str],
) -> None:
    given: list[Any] = []

    def reporting(*arguments: Any, trained_on: Any, **_: Any) -> FullReport:
        assert trained_on.path == store
        given.append(arguments)
        return full_report(*arguments[:6])

    monkeypatch.setattr("adsw.evaluate.report.full_report", reporting)
    monkeypatch.setattr("adsw.encoders.registry.text_encoder", lambda wanted: {"eye": text_encoder}[wanted.name])
    status, _, _ = run("evaluate", checkpoint, "--store", store, *options, "--json")
    assert status == 0
    assert given[0][6:] == (asked, text_encoder, None, "--all" in options)


def test_evaluate_refuses_another_revision_of_the_encoder(
    run: Run, checkpoint: Path, store: Path, text_encoder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    text_encoder.info = text_encoder.info.model_copy(update={"revision": "9"})
    monkeypatch.setattr("adsw.encoders.registry.text_encoder", lambda _: text_encoder)
    status, out, err = run("evaluate", checkpoint, "--store", store, "--probes")
    assert (status, out) == (2, "")
    assert "eye@1" in err
    assert "eye@9" in err


def test_prompts_of_ones_own_for_tagging(run: Run, checkpoint: Path, store: Path, tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.yaml"
    prompts.write_text("genre: '{tag}'\n")
    status, _, err = run("evaluate", checkpoint, "--store", store, "--templates", prompts)
    assert status == 2
    assert "goes with --tagging or --all" in err
    status, _, err = run("evaluate", checkpoint, "--store", store, "--templates", prompts, "--tagging")
    assert status == 2
    assert "must have templates under 'default'" in err
