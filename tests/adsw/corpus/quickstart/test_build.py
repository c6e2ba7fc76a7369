"""The corpus as a whole: made, made again, interrupted, and what is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import soundfile

from adsw.corpus.manifest import read_manifest
from adsw.corpus.quickstart import build as rendering
from adsw.corpus.quickstart import scores as sources
from adsw.corpus.quickstart.build import CorpusReport, build_corpus, sound_of
from adsw.corpus.quickstart.performance import Performance
from adsw.corpus.quickstart.scores import Piece, UnreadableScoreError, read_piece
from adsw.corpus.quickstart.selection import DATASETS
from adsw.corpus.quickstart.synth import Sampler
from adsw.errors import InputError
from adsw.executor import LocalExecutor, Worker

pytestmark = pytest.mark.corpus
TRACKS = 20


class Stopping(LocalExecutor):
    """Stops after so many items, as Ctrl-C would."""

    def __init__(self, after: int) -> None:
        self.after = after

    def map(self, make_worker: Callable[[], Worker], items: Sequence[Any], workers: int = 1) -> Iterator[Any]:
        for number, result in enumerate(super().map(make_worker, items, workers)):
            if number == self.after:
                raise KeyboardInterrupt
            yield result


def digests(out: Path) -> dict[str, str]:
    kept = [*out.glob("audio/*.flac"), *out.glob("records/*.json"), out / "manifest.parquet"]
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


def make(out: Path, tracks: int = TRACKS, executor: LocalExecutor | None = None) -> CorpusReport:
    return build_corpus(out, tracks, executor or LocalExecutor(), 1)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CorpusReport]:
    out = tmp_path_factory.mktemp("corpus")
    return out, make(out)


def test_all_is_there(corpus: tuple[Path, CorpusReport]) -> None:
    out, report = corpus
    tracks = read_manifest(out / "manifest.parquet")
    assert report.rendered == report.asked == len(tracks) == TRACKS
    assert json.loads((out / "report.json").read_text()) == report.model_dump(mode="json")
    assert sum(report.collections.values()) == sum(report.splits.values()) == TRACKS
    assert min(report.collections.values()) >= 1
    assert len(report.collections) == 16
    assert report.splits == {"train": 11, "valid": 4, "test": 5} or min(report.splits.values()) >= 4
    assert report.tags_per_track == sum(len(t) for track in tracks for t in track.tags.values()) / TRACKS
    assert report.tags["family"]["woodwind"] == sum("woodwind" in track.tags["family"] for track in tracks)
    for track in tracks:
        info = soundfile.info(str(track.audio))
        assert (info.frames, info.samplerate, info.channels, info.subtype) == (220500, 22050, 1, "PCM_16")
        assert (track.start_s, track.duration_s) == (0.0, 10.0)
    assert {track.dataset for track in tracks} == set(DATASETS)


def test_made_elsewhere_it_has_the_same_bytes(corpus: tuple[Path, CorpusReport], tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    build_corpus(tmp_path, TRACKS, LocalExecutor(), 3, lambda done, total: seen.append((done, total)))
    assert digests(tmp_path) == digests(corpus[0])
    assert seen == [(16, TRACKS), (20, TRACKS)]


def test_what_is_there_is_not_rendered_again(corpus: tuple[Path, CorpusReport]) -> None:
    out, _ = corpus
    before = digests(out)
    times = {path: path.stat().st_mtime_ns for path in out.glob("audio/*")}
    report = make(out)
    assert report.reused == TRACKS
    assert digests(out) == before
    assert {path: path.stat().st_mtime_ns for path in out.glob("audio/*")} == times


def test_an_interrupted_corpus_goes_on(corpus: tuple[Path, CorpusReport], tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, executor=Stopping(after=1))
    assert len(list(tmp_path.glob("audio/*"))) >= 16
    assert not (tmp_path / "manifest.parquet").exists()
    next(tmp_path.glob("audio/*")).unlink()  # a record without its audio counts for nothing
    assert make(tmp_path).reused == TRACKS - 1
    assert digests(tmp_path) == digests(corpus[0])


def test_another_recipe_renders_anew(corpus: tuple[Path, CorpusReport]) -> None:
    out, report = corpus
    track = read_manifest(out / "manifest.parquet")[0].track_id
    assert rendering.known_record(out, track, report.recipe) is not None
    assert rendering.known_record(out, track, "another") is None
    assert rendering.known_record(out, "no-such-track", report.recipe) is None


def test_what_cannot_be_rendered_is_listed_and_replaced(
    corpus: tuple[Path, CorpusReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracks = [track.track_id for track in read_manifest(corpus[0] / "manifest.parquet")]
    asked: list[str] = []

    def failing(folder: Path, path: str, number: str | None, quarters: float) -> Piece:
        asked.append(path)
        if len(asked) in (2, 5):
            raise UnreadableScoreError("torn page")
        return read_piece(folder, path, number, quarters)

    monkeypatch.setattr(rendering, "read_piece", failing)
    report = make(tmp_path, 10)
    made = [track.track_id for track in read_manifest(tmp_path / "manifest.parquet")]
    assert report.rendered == 10
    assert [(left.track_id, left.reason) for left in report.left_out] == [
        (tracks[1], "torn page"),
        (tracks[4], "torn page"),
    ]
    assert made == [track for track in tracks[:12] if track not in (tracks[1], tracks[4])]
    assert not (tmp_path / "audio" / f"{tracks[1]}.flac").exists()
    assert make(tmp_path, 10).left_out == report.left_out  # known to fail: not tried again
    assert len(asked) == 12


def test_longer_excerpts_are_read_where_the_first_is_too_short(monkeypatch: pytest.MonkeyPatch) -> None:
    from adsw.corpus.quickstart.selection import Candidate

    asked: list[float] = []

    def short(folder: Path, path: str, number: str | None, quarters: float) -> Piece:
        asked.append(quarters)
        return read_piece(folder, path, number, quarters if len(asked) > 1 else 1.0)

    monkeypatch.setattr(rendering, "read_piece", short)
    piece, _, _ = rendering.interpret(
        Candidate("a", "palestrina/Agnus.krn", None, "palestrina"), sources.corpus_folder()
    )
    assert asked == [34.0, 204.0]
    assert piece.length > 34


@pytest.mark.parametrize("tracks", [0, 9, 99999])
def test_sizes_that_cannot_be_are_refused(tmp_path: Path, tracks: int) -> None:
    with pytest.raises(InputError, match="must lie between 10 and 14,"):
        make(tmp_path, tracks)
    assert not list(tmp_path.iterdir())


def test_missing_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = sources.find_spec
    monkeypatch.setattr(sources, "find_spec", lambda name: None if name == "music21" else found(name))
    with pytest.raises(InputError, match=r"music21: is needed for the scores. Run: pip install 'adsw\[quickstart\]'"):
        make(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="music21 is not installed"):
        sources.corpus_folder()


def test_silent_and_endless_sound_is_refused(sampler: Sampler, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Performance((), 100.0, 1.0, None, {})
    with pytest.raises(UnreadableScoreError, match="silent"):
        sound_of(nothing, sampler)
    import numpy as np

    monkeypatch.setattr(sampler, "render", lambda *_: np.full(220500, np.inf, dtype=np.float32))
    with pytest.raises(UnreadableScoreError, match="not finite"):
        sound_of(nothing, sampler)


def test_settings_of_a_chorale_stay_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two settings of one hymn, two tunes of one title: one group, one split."""
    from adsw.corpus.quickstart import build
    from adsw.corpus.quickstart.selection import Candidate

    chorales = [
        Candidate(f"bach-{n}", f"bach/bwv{n}.mxl", None, "bach-chorales")
        for n in ("244.15", "244.17", "269", "270", "271")
    ]
    tunes = [Candidate(f"aird-{n}", "airdsAirs/book1.abc", str(n), "aird") for n in range(1, 10)]
    monkeypatch.setattr(build, "check_request", lambda _: [*chorales, *tunes])
    make(tmp_path, 14)
    group = {track.track_id: track.group for track in read_manifest(tmp_path / "manifest.parquet")}
    split = {track.track_id: track.split for track in read_manifest(tmp_path / "manifest.parquet")}
    assert group["bach-270"] == group["bach-271"]  # Befiehl du deine Wege, twice
    assert group["bach-244.15"] == group["bach-244.17"]  # one passion, one melody
    assert group["bach-269"] not in (group["bach-270"], group["bach-244.15"])
    assert split["bach-270"] == split["bach-271"]
