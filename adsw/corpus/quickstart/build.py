"""Building of the quickstart corpus: scores to audio in parallel, groups, splits, manifest, report."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import soundfile
from pydantic import BaseModel, ConfigDict

from adsw.corpus.manifest import write_manifest
from adsw.corpus.quickstart.labels import CATEGORIES, kind_of, tags_of
from adsw.corpus.quickstart.performance import SECONDS, Performance, ShortExcerptError, perform
from adsw.corpus.quickstart.scores import (
    Piece,
    UnreadableScoreError,
    corpus_folder,
    read_piece,
    require_packages,
    soundfont_path,
)
from adsw.corpus.quickstart.scores import recipe as corpus_recipe
from adsw.corpus.quickstart.selection import (
    COLLECTIONS,
    DATASET_OF,
    Candidate,
    candidates,
    groups_of,
    keys_of,
    read_catalogue,
    split_groups,
)
from adsw.corpus.quickstart.synth import Sampler, Samples, SoundFont
from adsw.corpus.quickstart.theory import stated_metre
from adsw.corpus.track import Track
from adsw.draws import generator, key_of
from adsw.errors import Fault, InputError
from adsw.executor import Executor
from adsw.files import publish_json, publish_text, publishing
from adsw.json_text import parse_json

RATE = 22050
"""Sampling rate of the audio, Hz."""

_LOUDNESS, _PEAK = 0.1, 0.95
"""Root mean square amplitude of every track, and its largest amplitude."""

_FADE_S = 0.03

_QUARTERS = {"bach-chorales": 22.0, "palestrina": 34.0, "trecento": 40.0, "monteverdi": 40.0}
"""Quarter notes read of the long scores of a collection: ten seconds at its quickest tempo, and a little more."""


class Record(BaseModel):
    """Tags and facts of a rendered track, or why it could not be rendered."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    track_id: str
    recipe: str
    collection: str
    failed: str | None = None
    tags: dict[str, tuple[str, ...]] = {}
    keys: tuple[str, ...] = ()
    title: str = ""
    beats_per_minute: float = 0.0
    programs: tuple[int, ...] = ()


def audio_path(out: Path, track_id: str) -> Path:
    """Return the path of a track's audio in a corpus folder."""
    return out / "audio" / f"{track_id}.flac"


def record_path(out: Path, track_id: str) -> Path:
    """Return the path of a track's record in a corpus folder."""
    return out / "records" / f"{track_id}.json"


def known_record(out: Path, track_id: str, recipe: str) -> Record | None:
    """Return the record of a track that was rendered, or found impossible, by the same recipe, or None."""
    path = record_path(out, track_id)
    if not path.exists():
        return None
    fields = parse_json(path.read_bytes())
    if fields.get("recipe") != recipe:
        return None
    record = Record(**fields)
    return record if record.failed or audio_path(out, track_id).exists() else None


def make_renderer(out: Path, recipe: str) -> Callable[[Sequence[Candidate]], list[Record]]:
    """Return a worker that renders runs of candidates into a corpus folder (loads the instruments once)."""
    sampler = Sampler(SoundFont(soundfont_path()), RATE)
    folder = corpus_folder()

    def render(run: Sequence[Candidate]) -> list[Record]:
        return [_render(candidate, folder, sampler, out, recipe) for candidate in run]

    return render


def interpret(candidate: Candidate, folder: Path) -> tuple[Piece, Performance, dict[str, tuple[str, ...]]]:
    """Read a score and decide how it is played and tagged, deterministically.

    Raises:
        UnreadableScoreError: it cannot be played.
    """
    quarters = _QUARTERS.get(candidate.collection, 48.0)
    try:
        return _interpret(candidate, folder, quarters)
    except ShortExcerptError:  # bars later in the score are shorter than its first, by which the excerpt was cut
        return _interpret(candidate, folder, 6 * quarters)


def _interpret(
    candidate: Candidate, folder: Path, quarters: float
) -> tuple[Piece, Performance, dict[str, tuple[str, ...]]]:
    """Read so many quarter notes of a score and decide how they are played and tagged."""
    piece = read_piece(folder, candidate.path, candidate.number, quarters)
    kind = kind_of(candidate, piece, stated_metre(piece))
    performance = perform(piece, kind.tempo, generator("quickstart", candidate.track_id), kind.ensemble)
    return piece, performance, tags_of(piece, kind, performance)


def sound_of(performance: Performance, sampler: Sampler) -> Samples:
    """Return the audio of a performance, at the corpus's loudness: float32 [SECONDS * RATE].

    Raises:
        UnreadableScoreError: the audio is silent or not finite.
    """
    sound = sampler.render(performance.notes, SECONDS)
    loudness = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))
    if not np.isfinite(loudness) or loudness < 1e-4:
        raise UnreadableScoreError("the audio is silent" if loudness < 1e-4 else "the audio is not finite")
    scale = min(_LOUDNESS / loudness, _PEAK / float(np.abs(sound).max()))
    fade = round(_FADE_S * RATE)
    sound = sound * np.float32(scale)
    # The excerpt ends in the middle of notes, which would click.
    sound[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return sound


def _render(candidate: Candidate, folder: Path, sampler: Sampler, out: Path, recipe: str) -> Record:
    """Render one track and write its audio and record."""
    try:
        piece, performance, tags = interpret(candidate, folder)
        _write_flac(audio_path(out, candidate.track_id), sound_of(performance, sampler))
    except UnreadableScoreError as error:
        record = Record(track_id=candidate.track_id, recipe=recipe, collection=candidate.collection, failed=str(error))
    else:
        record = Record(
            track_id=candidate.track_id,
            recipe=recipe,
            collection=candidate.collection,
            tags=tags,
            keys=keys_of(candidate, piece),
            title=next(iter((*piece.headers.get("title", ()), *piece.headers.get("work", ()))), ""),
            beats_per_minute=performance.beats_per_minute,
            programs=tuple(sorted({note.program for note in performance.notes})),
        )
    # The record comes after the audio, so that a record means a whole track.
    publish_text(record_path(out, candidate.track_id), record.model_dump_json() + "\n")
    return record


def _write_flac(path: Path, sound: Samples) -> None:
    """Write audio as FLAC of 16 bits."""

    with publishing(path) as temporary:
        soundfile.write(temporary, np.round(sound * 32767).astype(np.int16), RATE, "PCM_16", format="FLAC")


SHARES = {"train": 0.56, "valid": 0.22, "test": 0.22}
"""Shares of the splits: pools of 330 tracks at the default size."""

FEWEST_TRACKS = 10

_RUN = 16
"""Number of candidates given to a worker at once."""

Progress = Callable[[int, int], None]


class LeftOut(BaseModel):
    """A score that could not become a track."""

    model_config = ConfigDict(frozen=True)
    track_id: str
    reason: str


class CorpusReport(BaseModel):
    """Report of a corpus that was built (report.json)."""

    model_config = ConfigDict(frozen=True)
    asked: int
    rendered: int
    reused: int
    """Tracks rendered by an earlier run."""
    left_out: tuple[LeftOut, ...]
    collections: dict[str, int]
    splits: dict[str, int]
    groups: int
    tags: dict[str, dict[str, int]]
    """Category -> tag -> tracks."""
    tags_per_track: float
    seconds: float
    recipe: str


def no_progress(done: int, total: int) -> None:
    """Ignore the progress."""
    del done, total


def check_request(tracks: int) -> list[Candidate]:
    """Check that a corpus of that size can be made, and return the scores to try, in order.

    Raises:
        InputError: packages are missing, or there are not so many scores.
    """
    require_packages()
    order = candidates(read_catalogue())
    if not FEWEST_TRACKS <= tracks <= len(order):
        rule = f"must lie between {FEWEST_TRACKS} and {len(order):,}, the scores there are"
        raise InputError("The corpus cannot have that size", [Fault("--tracks", rule, tracks)])
    return order


def build_corpus(
    out: Path, tracks: int, executor: Executor, workers: int, on_progress: Progress = no_progress
) -> CorpusReport:
    """Render the corpus into a folder: manifest.parquet, audio/*.flac, report.json.

    What an earlier run rendered by the same recipe is kept. A score that cannot be rendered is listed and
    replaced by the next of the order. The result does not depend on executor, workers or interruptions.

    Args:
        out: the corpus folder.
        tracks: how many to make, if so many can be rendered.
        executor: where rendering runs.
        workers: processes to use.
        on_progress: called with (tracks ready, tracks asked) after every batch.

    Raises:
        InputError: packages are missing, or so many tracks cannot be made.
    """
    began = time.monotonic()
    order = check_request(tracks)
    recipe = corpus_recipe()
    records, reused = _rendered(order, out, tracks, executor, workers, recipe, on_progress)
    made = [record for record in records if record.failed is None]
    groups = groups_of({record.track_id: record.keys for record in made})
    # The order of giving comes from the groups' names, so that it does not depend on which tracks were rendered first.
    splits = split_groups(groups, SHARES, {group: key_of(f"split/{group}") for group in groups.values()})
    write_manifest([_track(record, out, groups, splits) for record in made], out / "manifest.parquet")
    report = CorpusReport(
        asked=tracks,
        rendered=len(made),
        reused=reused,
        left_out=tuple(LeftOut(track_id=r.track_id, reason=r.failed) for r in records if r.failed),
        collections=_in_order(Counter(record.collection for record in made), COLLECTIONS),
        splits=_in_order(Counter(splits.values()), SHARES),
        groups=len(set(groups.values())),
        tags=_tag_counts(made),
        tags_per_track=sum(len(terms) for record in made for terms in record.tags.values()) / max(len(made), 1),
        seconds=time.monotonic() - began,
        recipe=recipe,
    )
    publish_json(out / "report.json", report.model_dump(mode="json"))
    return report


def _rendered(
    order: Sequence[Candidate],
    out: Path,
    tracks: int,
    executor: Executor,
    workers: int,
    recipe: str,
    on_progress: Progress,
) -> tuple[list[Record], int]:
    """Render candidates in order until `tracks` of them have audio, reusing what is there.

    Returns:
        Records of the candidates tried, in order; and how many tracks an earlier run had rendered.
    """
    records: list[Record] = []
    reused, following = 0, iter(order)
    while True:
        good = sum(record.failed is None for record in records)
        # As many candidates as tracks are missing: each failure is replaced in the next wave.
        wave = list(islice(following, tracks - good))
        if not wave:
            return records, reused
        known = [record for candidate in wave if (record := known_record(out, candidate.track_id, recipe))]
        reused += sum(record.failed is None for record in known)
        record_of = {record.track_id: record for record in known}
        todo = [candidate for candidate in wave if candidate.track_id not in record_of]
        for batch in executor.map(partial(make_renderer, out, recipe), list(_runs(todo)), workers):
            record_of.update({record.track_id: record for record in batch})
            on_progress(good + sum(record.failed is None for record in record_of.values()), tracks)
        records.extend(record_of[candidate.track_id] for candidate in wave)


def _runs(todo: list[Candidate]) -> Iterator[list[Candidate]]:
    """Split candidates into the runs that workers get."""
    for start in range(0, len(todo), _RUN):
        yield todo[start : start + _RUN]


def _track(record: Record, out: Path, groups: dict[str, str], splits: dict[str, str]) -> Track:
    """Return the track of a record."""
    return Track(
        track_id=record.track_id,
        audio=str(audio_path(out, record.track_id).absolute()),
        start_s=0.0,
        duration_s=SECONDS,
        tags=record.tags,
        captions=(),
        split=splits[record.track_id],
        group=groups[record.track_id],
        dataset=DATASET_OF[record.collection],
    )


def _tag_counts(made: Sequence[Record]) -> dict[str, dict[str, int]]:
    """Count the tracks of each tag, by category, the most frequent tag first."""
    counts = {category: Counter[str]() for category in CATEGORIES}
    for record in made:
        for category, terms in record.tags.items():
            counts[category].update(terms)
    return {category: dict(terms.most_common()) for category, terms in counts.items() if terms}


def _in_order(
    counts: Counter[str], names: Sequence[str] | dict[str, object] | dict[str, str] | dict[str, float]
) -> dict[str, int]:
    """Return the counts that are not 0, in the order of the names."""
    return {name: counts[name] for name in names if counts[name]}
