"""`adsw quickstart` from nothing to a store, and again."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from adsw.cli import main
from adsw.cli.run import Status
from adsw.corpus.manifest import read_manifest
from adsw.corpus.quickstart import build
from adsw.store.audio_stage import TooManyBadError
from adsw.store.store import Store

pytestmark = pytest.mark.corpus


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of the command."""
    monkeypatch.setattr(sys, "argv", ["adsw", "quickstart", "--executor", "local", *options])
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capsys.readouterr()
    return int(end.value.code or 0), out, err


def test_from_nothing_to_a_store_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "store")
    status, out, _ = run(monkeypatch, capsys, "--store", folder, "--tracks", "10", "--json")
    document: dict[str, Any] = json.loads(out)
    assert status == Status.DONE
    assert document["path"] == folder
    assert document["corpus"]["rendered"] == 10
    store = Store.open(tmp_path / "store")
    assert document["store"] == store.info.model_dump(mode="json")
    assert store.info.tracks == 10
    assert store.info.bank.items() >= {**quickstart_module().BANK, "views_per_count": 2}.items()
    made = (store.info.audio_encoder.name, store.info.text_encoder.name, store.info.captioner.split("@")[0])
    assert made == ("musicnn", "use-multilingual", "template")
    tracks = {track.track_id: track for track in read_manifest(tmp_path / "store/corpus/manifest.parquet")}
    rows = [row for split in store.splits for row in store.table(split, ["track_id", "tags", "audio_path"]).to_pylist()]
    assert {row["track_id"] for row in rows} == set(tracks)
    for row in rows:
        assert json.loads(row["tags"]) == {c: list(t) for c, t in tracks[row["track_id"]].tags.items()}
        assert row["audio_path"] == f"corpus/audio/{row['track_id']}.flac"

    monkeypatch.setattr(build, "build_corpus", None)  # nothing is done the second time
    status, out, err = run(monkeypatch, capsys, "--store", folder, "--tracks", "10")
    assert (status, out) == (Status.DONE, "")
    assert "holds this store already: 10 tracks" in " ".join(err.split())
    status, out, _ = run(monkeypatch, capsys, "--store", folder, "--tracks", "10", "--json")
    assert json.loads(out)["store"] == document["store"]
    assert json.loads(out)["corpus"] is None

    status, out, err = run(monkeypatch, capsys, "--store", folder, "--tracks", "13")
    assert (status, out) == (Status.WRONG_INPUT, "")
    assert "--tracks: was 10 when the folder was begun" in " ".join(err.split())

    status, out, err = run(
        monkeypatch, capsys, "--store", folder, "--tracks", "10", "--audio-encoder", "spectral", "--views", "3"
    )
    assert (status, out) == (Status.WRONG_INPUT, "")
    said = " ".join(err.split())
    assert "--audio-encoder: was 'musicnn' when the folder was begun (given: 'spectral')" in said
    assert "Ask for the same (--audio-encoder musicnn), or name another folder with --store." in said
    assert "--views: was 2" in said


def test_people_read_a_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = build.CorpusReport(
        asked=12, rendered=11, reused=0, left_out=(build.LeftOut(track_id="a", reason="torn"),),
        collections={"aird": 11}, splits={"train": 11}, groups=11, tags={}, tags_per_track=8.5, seconds=3.0, recipe="r",
    )  # fmt: skip

    class Info:
        tracks, splits, fingerprint = 11, {}, "f" * 64

    monkeypatch.setattr(quickstart_module(), "_build", lambda *_: (report, Info()))
    status, out, err = run(monkeypatch, capsys, "--store", str(tmp_path / "s"))
    said = " ".join(err.split())
    assert (status, out) == (Status.DONE, "")
    assert "11 scores of 1 collections, 8.5 tags each" in said
    assert "1 scores could not be rendered" in said
    assert "Only 11 of 12 scores can be rendered" in said


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (KeyboardInterrupt(), Status.INTERRUPTED, "The same command goes on from here."),
        (TooManyBadError(9, 12, 5.0, Path("q.jsonl")), Status.TOO_MANY_FAILURES, "Stopped:"),
    ],
)
def test_what_stops_it_has_its_status(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: Status,
    words: str,
) -> None:
    def stop(*_: object) -> None:
        raise error

    monkeypatch.setattr(quickstart_module(), "_build", stop)
    found, out, err = run(monkeypatch, capsys, "--store", str(tmp_path / "s"))
    assert (found, out) == (status, "")
    assert words in " ".join(err.split())


def test_other_folders_and_sizes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign/store.json").write_text("{}")
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / quickstart_module().REQUEST_FILE).write_text("{")
    for options, words in (
        (["--store", str(tmp_path / "foreign")], "was not made by quickstart"),
        (["--store", str(tmp_path / "torn")], "--tracks: was None when the folder was begun"),
        (["--store", str(tmp_path / "new"), "--tracks", "3"], "must lie between 10 and"),
        (["--store", str(tmp_path / "new"), "--executor", "lokal"], "unknown executor 'lokal'. Did you mean 'local'?"),
        (["--store", str(tmp_path / "new"), "--captions", "9"], "--captions: counts views worded by a language model"),
        (["--store", str(tmp_path / "new"), "--caption", "temprature=1"], "unknown setting 'temprature'"),
        (["--store", str(tmp_path / "new"), "--audio-encoder", "given:x"], "must encode audio that is rendered here"),
        (["--store", str(tmp_path / "new"), "--views", "0"], "--views: should be greater than or equal to 1"),
    ):
        status, out, err = run(monkeypatch, capsys, *options)
        assert (status, out) == (Status.WRONG_INPUT, "")
        assert words in " ".join(err.split())
    assert not (tmp_path / "new").exists()


def test_what_is_missing_is_told_at_once_and_before_anything_is_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "musicnn" else found(name))
    options = ("--text-encoder", "use-multilingua", "--captioner", "tempelate", "--tracks", "3")
    status, out, err = run(monkeypatch, capsys, "--store", str(tmp_path / "new"), *options)
    said = " ".join(err.split())
    assert (status, out) == (Status.WRONG_INPUT, "")
    for words in (
        "--audio-encoder: needs the package musicnn (given: 'musicnn'). Run: pip install --no-deps musicnn==0.1.0",
        "--text-encoder: unknown text encoder 'use-multilingua'. Did you mean 'use-multilingual'?",
        "--captioner: unknown captioner 'tempelate'. Did you mean 'template'?",
        "--tracks: must lie between 10 and",
    ):
        assert words in said
    assert not (tmp_path / "new").exists()


def test_a_store_of_before_the_encoders_could_be_chosen_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its request names the encoders, and no number of captions."""
    store = tmp_path / "store"
    store.mkdir()
    before = {"tracks": 10, "audio_encoder": "spectral", "text_encoder": "minilm", "captioner": "template"}
    before |= {"views_per_count": 2, **quickstart_module().BANK}
    (store / quickstart_module().REQUEST_FILE).write_text(json.dumps(before))
    monkeypatch.setattr(quickstart_module(), "_build", lambda *_: pytest.fail("reached"))
    given = ("--store", str(store), "--tracks", "10")
    status, _, err = run(monkeypatch, capsys, *given)
    assert status == Status.WRONG_INPUT
    assert "--text-encoder: was 'minilm' when the folder was begun" in " ".join(err.split())
    with pytest.raises(pytest.fail.Exception, match="reached"):
        run(monkeypatch, capsys, *given, "--audio-encoder", "spectral", "--text-encoder", "minilm")


def quickstart_module() -> Any:
    """The module, which the command of the same name hides."""
    return sys.modules["adsw.cli.quickstart"]
