"""The caption stage: every distinct view of the corpus is captioned once, and the captions are fixed for the texts.

Only for captioners that ask a language model; the template words each track's views as its texts are written. The
files in the store's work folder:

views/<shard>.parquet       the distinct views of a shard's tracks
captions/cached.json        how many views the cache had settled at the first start
captions/<shard>.parquet    captions of a shard's views, and their counts
captions/settled.json       written last: all counts

Answers go into the shared cache as they come, so an interruption costs what is in flight. Settling is a pure
function of the answers (`Settler`), so who asked, when and in which order changes nothing; once settled, a
store's captions do not change while it is built, whatever is added to the cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from adsw.augment.bank import BankConfig, track_texts
from adsw.augment.captions.cache import (
    AnswerCache,
    Answers,
    CaptionSummary,
    Noting,
    Outcome,
    SettledCaptions,
    summary_of,
)
from adsw.augment.captions.model_captioner import ModelCaptioner, ModelPlan, Settler
from adsw.augment.captions.protocol import KEY_LENGTH, Caption
from adsw.augment.captions.registry import backend_of
from adsw.augment.vocabulary import Vocabulary
from adsw.executor import LocalExecutor
from adsw.files import publish_json, publishing
from adsw.json_text import parse_json
from adsw.parquet_file import read_parquet, read_schema
from adsw.store.plan import ShardPlan, TrackFiles
from adsw.store.stages import Done, Job, Piece, Stage

VIEWS = pa.schema([("key", pa.string()), ("view", pa.string())])

Mask = NDArray[np.bool_]


def views_file(folder: Path, shard: str) -> Path:
    """Return the file of the distinct views of a shard, sorted by key."""
    return folder / f"{shard}.parquet"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Views to ask for, by their rows in the shards' files."""

    rows: tuple[tuple[str, tuple[int, ...]], ...]
    """Shards, each with rows in its file."""
    known: pa.Table
    """Answers that some of them have already."""

    def views(self, folder: Path) -> list[dict[str, str]]:
        """Read key and view of each."""
        views: list[dict[str, str]] = []
        for shard, rows in self.rows:
            views += read_parquet(views_file(folder, shard)).take(list(rows)).to_pylist()
        return views


class ViewIndex:
    """The distinct views of all shards: which shard has which, and where each one is first.

    Memory: a key per distinct view and a place per view of every shard; the views themselves stay on disk.
    """

    def __init__(self, folder: Path, shards: Sequence[str]) -> None:
        """Read the keys of all shards.

        Args:
            folder: of the shards' views.
            shards: their names, in order.
        """
        self.folder = folder
        self.shards = list(shards)
        keys = [read_parquet(views_file(folder, shard), columns=["key"])["key"].to_pylist() for shard in shards]
        self._starts = np.cumsum([0, *map(len, keys)])
        flat = np.asarray([key for of_shard in keys for key in of_shard], dtype=f"U{KEY_LENGTH}")
        self.keys, self._first, self._places = np.unique(flat, return_index=True, return_inverse=True)

    def __len__(self) -> int:
        """Return the number of distinct views."""
        return len(self.keys)

    def keys_of(self, shard: int) -> list[str]:
        """Return the keys of a shard's views, by the shard's number."""
        keys: list[str] = self.keys[self._places_of(shard)].tolist()
        return keys

    def first(self, shard: int) -> Mask:
        """Return which views of a shard occur in none before it, bool [views]."""
        rows = np.arange(self._starts[shard], self._starts[shard + 1])
        is_first: Mask = self._first[self._places_of(shard)] == rows
        return is_first

    def asked(self, most: int | None) -> Mask:
        """Return which of the distinct views the model words, bool [distinct views].

        Args:
            most: their largest number; None for all.
        """
        # The keys are sorted hashes, so that the first are a sample of all views, and of other numbers a nested one.
        return np.arange(len(self.keys)) < (len(self.keys) if most is None else most)

    def of_shard(self, chosen: Mask, shard: int) -> tuple[bool, ...]:
        """Return which views of a shard are among those chosen, bool [distinct views]."""
        return tuple(chosen[self._places_of(shard)].tolist())

    def unsettled(self, answers: Answers, settler: Settler, asked: Mask) -> Mask:
        """Return which of the distinct views that the model words must still be asked for, bool [distinct views]."""
        missing = asked & ~answers.has(self.keys.tolist())
        for number, shard in enumerate(self.shards):
            places = self._places_of(number)
            # Views with an answer: whether it settles the view shows only when it is read.
            rows = np.flatnonzero(self.first(number) & asked[places] & ~missing[places]).tolist()
            if not rows:
                continue
            views = read_parquet(views_file(self.folder, shard), columns=["view"])["view"].take(rows).to_pylist()
            for row, view in zip(rows, views, strict=True):
                missing[places[row]] = settler.caption(view, answers.of(str(self.keys[places[row]]))) is None
        return missing

    def chunks(self, missing: Mask, size: int, known: Answers) -> Iterator[Chunk]:
        """Yield the views that must be asked for, in the order of the shards.

        Args:
            missing: bool [distinct views].
            size: views in a piece at most.
            known: answers that there are already.
        """
        wanted = (
            (shard, row, self._places_of(number)[row])
            for number, shard in enumerate(self.shards)
            for row in np.flatnonzero(missing[self._places_of(number)] & self.first(number)).tolist()
        )
        while piece := list(islice(wanted, size)):
            by_shard = groupby(piece, key=lambda view: view[0])
            rows = tuple((shard, tuple(row for _, row, _ in views)) for shard, views in by_shard)
            yield Chunk(rows, known.only([str(self.keys[place]) for _, _, place in piece]))

    def _places_of(self, shard: int) -> NDArray[np.int64]:
        """Return the places of a shard's views among the distinct ones, in the order of its file, int64 [views]."""
        places: NDArray[np.int64] = self._places[self._starts[shard] : self._starts[shard + 1]]
        return places


CACHED_FILE = "cached.json"

SETTLED_FILE = "settled.json"

SHARDS_SETTLED_AT_ONCE = 256

_SUMMARY = b"summary"

_CAPTIONS = pa.schema(
    [
        ("key", pa.string()),
        ("text", pa.string()),
        ("captioner", pa.string()),
        ("attempts", pa.int16()),
        ("rejected", pa.list_(pa.string())),
    ]
)


def word_views(job: Job, shards: Sequence[ShardPlan], plan: ModelPlan, vocabulary: Vocabulary) -> CaptionSummary:
    """Run the stage as a whole, unless its captions are settled already; return the counts.

    Args:
        job: where it runs.
        shards: of the tracks that can be used.
        plan: the model, its prompt and options, and how its answers are used.
        vocabulary: the corpus's.

    Raises:
        AskingStoppedError: no more answers for now; the next start goes on from there.
        InputError: the model cannot be used.
    """
    folder = job.folder(Stage.CAPTIONS)
    if not is_settled(folder):
        _note_views(job, shards)
        index = ViewIndex(job.folder(Stage.VIEWS), [shard.name for shard in shards])
        cache = plan.cache()
        _ask(job, index, cache, plan, vocabulary)
        _settle(job, index, cache.answers(index.keys.tolist()), plan, vocabulary)
    return CaptionSummary.model_validate(parse_json((folder / SETTLED_FILE).read_bytes()))


def is_settled(folder: Path) -> bool:
    """Return whether the captions of an unfinished store are fixed."""
    return (folder / SETTLED_FILE).exists()


def settled_captions(folder: Path, shard: str, plan: ModelPlan) -> SettledCaptions:
    """Return the captioner of a shard's texts, which gives the settled captions."""
    rows = read_parquet(_captions_file(folder, shard)).to_pylist()
    captions = {
        row["key"]: Caption(row["text"], row["captioner"], row["attempts"], tuple(row["rejected"])) for row in rows
    }
    return SettledCaptions(plan.name, plan.version, captions)


class ViewWorker:
    """Notes the distinct views of shards' tracks, by asking the bank for their texts."""

    def __init__(self, bank: BankConfig, tracks: TrackFiles, folder: Path) -> None:
        """Take the bank's settings, the tracks, and the folder of the shards' views."""
        self._tracks = tracks
        # Only the views matter here: swaps would cost time and ask for no captions.
        self._bank = bank.model_copy(update={"swaps_per_text": 0, "swaps_per_category": 0})
        self._vocabulary = Vocabulary((), {})
        self._folder = folder

    def __call__(self, shard: ShardPlan) -> Done:
        """Publish a shard's views; return the number of tracks."""
        noting = Noting()
        for track in self._tracks.usable(shard.name):
            track_texts(track, self._bank, self._vocabulary, noting)
        rows = [{"key": key, "view": noting.views[key]} for key in sorted(noting.views)]
        with publishing(views_file(self._folder, shard.name)) as temporary:
            pq.write_table(pa.Table.from_pylist(rows, schema=VIEWS), temporary, compression="zstd")
        return Done(shard.rows)


class AskWorker:
    """Asks for chunks of views until each is settled; the answers go to the cache."""

    def __init__(self, plan: ModelPlan, vocabulary: Vocabulary, folder: Path) -> None:
        """Take the folder of the shards' views; the model is loaded when the first chunk comes."""
        self._captioner = ModelCaptioner(plan, vocabulary)
        self._folder = folder

    def __call__(self, chunk: Chunk) -> Done:
        """Ask for a chunk; return the number of views."""
        views = chunk.views(self._folder)
        known = Answers(chunk.known)
        self._captioner.settle({row["view"]: known.of(row["key"]) for row in views})
        return Done(len(views))


@dataclass(frozen=True, slots=True)
class ShardAnswers:
    """The answers from which a shard's captions are settled."""

    shard: str
    answers: pa.Table
    first: tuple[bool, ...]
    """Which of its views occur in no shard before it: each view is counted once, with its first shard."""
    asked: tuple[bool, ...]
    """Which of its views the model words."""


class SettleWorker:
    """Settles the captions of shards."""

    def __init__(self, plan: ModelPlan, vocabulary: Vocabulary, views: Path, folder: Path) -> None:
        """Take the folder of the shards' views, and the folder that captions go to."""
        self._settler = Settler(plan, vocabulary)
        self._views = views
        self._folder = folder

    def __call__(self, given: ShardAnswers) -> int:
        """Publish a shard's captions, with the counts of the views that are first here; return the number of views.

        Raises:
            RuntimeError: a view has no answer any more.
        """
        answers = Answers(given.answers)
        rows, outcomes = [], []
        views = read_parquet(views_file(self._views, given.shard)).to_pylist()
        for row, first, asked in zip(views, given.first, given.asked, strict=True):
            known = answers.of(row["key"]) if asked else []
            caption = self._settler.caption(row["view"], known) if asked else self._settler.templated(row["view"])
            if caption is None:
                raise RuntimeError(f"the answers to {row['view']} are gone from the cache")
            rows.append({"key": row["key"], **{name: getattr(caption, name) for name in _CAPTIONS.names[1:]}})
            if first:
                outcomes.append(Outcome(caption, known, asked))
        table = pa.Table.from_pylist(rows, schema=_CAPTIONS)
        table = table.replace_schema_metadata({_SUMMARY: summary_of(outcomes).model_dump_json()})
        with publishing(_captions_file(self._folder, given.shard)) as temporary:
            pq.write_table(table, temporary, compression="zstd")
        return len(rows)


def _captions_file(folder: Path, shard: str) -> Path:
    return folder / f"{shard}.parquet"


def _note_views(job: Job, shards: Sequence[ShardPlan]) -> None:
    """Run the stage that notes the distinct views of every shard."""
    folder = job.folder(Stage.VIEWS)
    pieces = [Piece(shard, shard.rows, views_file(folder, shard.name).exists()) for shard in shards]
    job.run(Stage.VIEWS, partial(ViewWorker, job.plan.bank, job.tracks, folder), pieces)


def _ask(job: Job, index: ViewIndex, cache: AnswerCache, plan: ModelPlan, vocabulary: Vocabulary) -> None:
    """Ask the model for the captions that the cache does not settle."""
    asked = index.asked(plan.options.model_views)
    known = cache.answers(index.keys[asked].tolist())
    missing = index.unsettled(known, Settler(plan, vocabulary), asked)
    settled = int(asked.sum() - missing.sum())
    noted = job.folder(Stage.CAPTIONS) / CACHED_FILE
    if not noted.exists():
        publish_json(noted, {"settled": settled})
    backend = backend_of(plan.model.kind)
    make = partial(AskWorker, plan, vocabulary, index.folder)
    chunks = index.chunks(missing, backend.views_at_once, known)
    pieces = [Piece(chunk, sum(len(rows) for _, rows in chunk.rows)) for chunk in chunks]
    executor = LocalExecutor() if backend.in_process else job.running.executor
    job.run(Stage.CAPTIONS, make, pieces, before=settled, executor=executor)
    cache.merge()


def _settle(job: Job, index: ViewIndex, answers: Answers, plan: ModelPlan, vocabulary: Vocabulary) -> None:
    """Settle the captions of the shards that have none yet, then publish all counts."""
    folder = job.folder(Stage.CAPTIONS)
    make = partial(SettleWorker, plan, vocabulary, index.folder, folder)
    asked = index.asked(plan.options.model_views)
    left = [number for number, shard in enumerate(index.shards) if not _captions_file(folder, shard).exists()]
    for start in range(0, len(left), SHARDS_SETTLED_AT_ONCE):
        given = [
            ShardAnswers(
                index.shards[number],
                answers.only(index.keys_of(number)),
                tuple(index.first(number).tolist()),
                index.of_shard(asked, number),
            )
            for number in left[start : start + SHARDS_SETTLED_AT_ONCE]
        ]
        for _ in job.running.executor.map(make, given, job.running.workers):
            pass
    total = CaptionSummary()
    for shard in index.shards:
        metadata = read_schema(_captions_file(folder, shard)).metadata
        total = total.plus(CaptionSummary.model_validate_json(metadata[_SUMMARY]))
    cached = parse_json((folder / CACHED_FILE).read_bytes())["settled"]
    total = total.model_copy(update={"from_cache": cached, "asked": total.views - total.templated - cached})
    publish_json(folder / SETTLED_FILE, total.model_dump(mode="json"))
