"""Building of the quickstart corpus: scores to audio in parallel, groups, splits, manifest, report."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from adsw.corpus.manifest import Track, write_manifest
from adsw.corpus.quickstart.catalogue import COLLECTIONS, DATASET_OF, Candidate, candidates, read_catalogue
from adsw.corpus.quickstart.grouping import groups_of, split_groups
from adsw.corpus.quickstart.performance import SECONDS
from adsw.corpus.quickstart.rendering import Record, audio_path, known_record, make_renderer
from adsw.corpus.quickstart.sources import recipe as corpus_recipe
from adsw.corpus.quickstart.sources import require_packages
from adsw.corpus.quickstart.tags import CATEGORIES
from adsw.draws import key_of
from adsw.errors import Fault, InputError
from adsw.executor import Executor
from adsw.publish import publish_json

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
