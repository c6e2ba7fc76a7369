from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from adsw.cli.app import main
from adsw.store.store import Store
from adsw.text_quality.stored import read_quality

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `adsw` as a person would, in a terminal of 80 columns unless told otherwise."""

    def running(*arguments: object, columns: int = 80) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["adsw", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", str(columns))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return running


def test_it_prints_figures_intervals_levels_and_conventions(run: Run, store_path: Path) -> None:
    status, out, err = run("quality", store_path)
    assert status == 0
    for words in ("tags stated, %", "with added terms, %", "self-BLEU", "human: difference", "effective rank"):
        assert words in out
    assert "caption by local:model@1, by the number of tags kept" in out
    assert "not given" in out
    assert "sitar" in out
    assert "95 % percentile bootstraps" in out
    assert "\u2026" not in out
    assert max(map(len, out.splitlines()[1:])) <= 80  # The first line names the store, however long its path.
    assert "Reading tracks: 12 of 12" in err
    assert str(store_path / "quality.parquet") in err.replace("\n", "")


def test_json_is_one_document_and_the_values_are_written(run: Run, store_path: Path, tmp_path: Path) -> None:
    out_file, page = tmp_path / "values" / "q.parquet", tmp_path / "page.html"
    status, out, _ = run("quality", store_path, "--split", "test", "--out", out_file, "--html", page, "--json")
    document = json.loads(out)
    assert status == 0
    assert (document["splits"], document["tracks"]) == (["test"], 4)
    assert (document["values"], document["html"]) == (str(out_file), str(page))
    assert read_quality(out_file).num_rows == 24
    assert page.read_text().startswith("<!doctype html>")
    assert not (store_path / "quality.parquet").exists()


def test_a_split_has_a_file_of_its_own_and_the_store_stays_whole(run: Run, store_path: Path) -> None:
    assert run("quality", store_path, "--split", "train", "--tracks", 3)[0] == 0
    assert read_quality(store_path / "quality-train.parquet").num_rows == 18
    assert Store.open(store_path).info.fingerprint == "f" * 64


def test_your_own_vocabulary_names_the_terms(run: Run, store_path: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.yaml"
    words.write_text("genre:\n  - tune\n")
    status, out, _ = run("quality", store_path, "--vocabulary", words, "--json")
    assert status == 0
    assert "tune" in json.loads(out)["groups"][2]["added_terms"]
    words.write_text("genre: 3\n")
    assert run("quality", store_path, "--vocabulary", words)[0] == 2


def test_every_fault_of_the_options_at_once(run: Run, store_path: Path, tmp_path: Path) -> None:
    shard = store_path / "shards" / "train" / "quality.parquet"
    status, out, err = run("quality", store_path, "--split", "tset", "--out", shard, "--html", tmp_path, columns=200)
    assert status == 2
    assert out == ""
    assert "(3 faults)" in err
    for words in ("Did you mean 'test'?", "must be no file of the store", "must be a file, is a folder"):
        assert words in err


def test_places_that_cannot_be_written_are_refused(run: Run, store_path: Path, tmp_path: Path) -> None:
    blocking = tmp_path / "file"
    blocking.write_text("")
    status, _, err = run("quality", store_path, "--out", blocking / "q.parquet", columns=200)
    assert status == 2
    assert "cannot be written: Not a directory" in err
    same = tmp_path / "same"
    status, _, err = run("quality", store_path, "--out", same, "--html", same, columns=200)
    assert status == 2
    assert "must not be the file of the figures" in err
    assert not same.exists()


def test_a_store_that_cannot_be_written_to_needs_out(
    run: Run, store_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) != store_path or mode != os.W_OK)
    status, _, err = run("quality", store_path, columns=200)
    assert status == 2
    assert "Name a file elsewhere with --out" in err
    assert run("quality", store_path, "--out", tmp_path / "q.parquet")[0] == 0


def test_what_is_no_store_or_a_damaged_one_is_refused(run: Run, store_path: Path, tmp_path: Path) -> None:
    status, _, err = run("quality", tmp_path / "none", columns=200)
    assert status == 2
    assert "must be a folder" in err
    shard = store_path / "shards" / "train" / "part-00000.parquet"
    shard.write_bytes(bytes(shard.stat().st_size))
    status, _, err = run("quality", store_path, columns=200)
    assert status == 2
    assert "part-00000.parquet" in err
    assert not (store_path / "quality.parquet").exists()
