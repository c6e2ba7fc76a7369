from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.cli.app import main
from adsw.encode.store import Store

Make = Callable[..., Any]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `adsw` as a person would: arguments in; exit status, output and errors out."""

    def running(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["adsw", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return running


@pytest.fixture
def rows(make_usual_row: Make) -> dict[str, list[dict[str, Any]]]:
    made = [make_usual_row(f"t{number}", [f"tag {number} {n}" for n in range(4)]) for number in range(24)]
    return {"train": made[:12], "test": made[12:]}


@pytest.fixture
def store(tmp_path: Path, make_store: Make, rows: dict[str, Any]) -> Path:
    path: Path = make_store(tmp_path / "store", rows)
    return path


@pytest.fixture
def checkpoint(tmp_path: Path, store: Path, make_checkpoint: Make) -> Path:
    path: Path = make_checkpoint(tmp_path / "checkpoint", Store.open(store))
    return path


@pytest.fixture
def eye(monkeypatch: pytest.MonkeyPatch, text_encoder: Any) -> None:
    monkeypatch.setattr("adsw.encode.registry.text_encoder", lambda name: {"eye": text_encoder}[name])


def test_evaluate_prints_every_figure_and_how_it_was_counted(run: Run, checkpoint: Path, store: Path) -> None:
    status, out, _ = run("evaluate", checkpoint, "--store", store)
    assert status == 0
    for words in ("t2m/R@1", "m2t/meanR", "mAP@10", "chance", "untrained", "95 %", "full tags", "partial caption"):
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


@pytest.mark.usefixtures("eye")
def test_search_prints_tracks_with_tags_and_scores(run: Run, checkpoint: Path, store: Path) -> None:
    status, out, _ = run("search", checkpoint, "--store", store, "a slow tune", "-k", "2")
    assert status == 0
    assert out.count("mood: slow") == 2
    assert "/audio/t" in out
    assert "24 tracks searched (train, test)" in out


@pytest.mark.usefixtures("eye")
def test_search_gives_one_json_document(run: Run, checkpoint: Path, store: Path) -> None:
    status, out, _ = run("search", checkpoint, "--store", store, "a tune", "--split", "test", "--json")
    document = json.loads(out)
    assert status == 0
    assert (document["text"], document["tracks"], len(document["hits"])) == ("a tune", 12, 5)
    assert document["hits"][0]["tags"] == {"mood": ["slow"]}


@pytest.mark.usefixtures("eye")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tune", "-k", "13", "--split", "test"), "number of tracks searched, 12"),
        (("tune", "--split", "tset"), "Did you mean 'test'"),
        (("",), "must say what is looked for"),
    ],
)
def test_search_refuses_what_it_cannot_do(
    run: Run, checkpoint: Path, store: Path, arguments: tuple[str, ...], said: str
) -> None:
    status, out, err = run("search", checkpoint, "--store", store, *arguments)
    assert (status, out) == (2, "")
    assert said in err


def test_search_refuses_another_revision_of_its_encoder(
    run: Run, checkpoint: Path, store: Path, text_encoder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    text_encoder.info = text_encoder.info.model_copy(update={"revision": "9"})
    monkeypatch.setattr("adsw.encode.registry.text_encoder", lambda _: text_encoder)
    status, _, err = run("search", checkpoint, "--store", store, "tune")
    assert status == 2
    assert "eye@1" in err
    assert "eye@9" in err


@pytest.mark.usefixtures("eye")
def test_a_track_without_an_audio_file_says_so(
    run: Run, tmp_path: Path, checkpoint: Path, make_store: Make, rows: dict[str, Any]
) -> None:
    silent = make_store(tmp_path / "silent", {"test": [row | {"audio_path": None} for row in rows["test"]]})
    status, out, _ = run("search", checkpoint, "--store", silent, "tune", "-k", "1")
    assert status == 0
    assert "no audio file" in out
