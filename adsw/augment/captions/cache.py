"""The answers of language models, kept on disk and shared by all stores.

The cache keeps what costs time or money: the unedited answers, by model, prompt, sampling settings, view and
attempt. Cleaning and checking them is cheap and done anew. So thresholds and vocabularies may change without
asking again, and those of one store never affect another.

FOLDER/<identity>/about.json        what was asked: model, prompt, settings
FOLDER/<identity>/<unique>.parquet  answers, a few dozen a file, published atomically and never changed

Any number of processes may read and publish at once. Of two answers to one question (two runs asked at the
same time) the first in alphabetical order counts, whichever came first. A file that cannot be read is set
aside under another name, with a warning, and its questions are asked again.
"""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from adsw.augment.captions.backend import Answer
from adsw.augment.captions.protocol import KEY_LENGTH, Caption, TagView, key_of_view, written
from adsw.errors import Fault, InputError
from adsw.files import publish_json, publishing
from adsw.fingerprint import fingerprint
from adsw.json_text import parse_json
from adsw.parquet_file import read_parquet

ANSWERS = pa.schema(
    [
        ("key", pa.string()),  # of the view
        ("attempt", pa.int16()),  # from 1
        ("view", pa.string()),  # as written by `view_key.written`
        ("text", pa.string()),
        ("finished", pa.bool_()),
        ("refused", pa.bool_()),
        ("requests", pa.int32()),
        ("prompt_tokens", pa.int32()),
        ("answer_tokens", pa.int32()),
    ]
)

ABOUT_FILE = "about.json"

DAMAGED = ".damaged"
"""Suffix of a file that was set aside."""

MOST_FILES = 512
"""Largest number of files that `merge` leaves as they are."""

_SCANS = 20
"""Number of attempts to read a folder in which other processes merge files."""


class Answered(NamedTuple):
    """An answer to one question."""

    view: str
    """As written by `view_key.written`."""
    key: str
    attempt: int
    answer: Answer


class Answers:
    """Cached answers by view."""

    def __init__(self, table: pa.Table) -> None:
        """Sort the answers for look-up by view.

        Args:
            table: of the schema `ANSWERS`, in any order; a question may be answered twice.
        """
        # Sorting by text too makes the first of two answers to one question the same in every process.
        self.table = table.sort_by([(name, "ascending") for name in ("key", "attempt", "text")])
        self._keys: NDArray[np.str_] = np.asarray(self.table["key"].to_pylist(), dtype=f"U{KEY_LENGTH}")

    def of(self, key: str) -> list[Answer]:
        """Return the answers to the first attempt, the second, ... up to the first gap."""
        return answers_in(self.rows(key))

    def rows(self, key: str) -> list[dict[str, Any]]:
        """Return the rows of a view."""
        start, end = np.searchsorted(self._keys, [key], "left")[0], np.searchsorted(self._keys, [key], "right")[0]
        rows: list[dict[str, Any]] = self.table.slice(start, end - start).to_pylist()
        return rows

    def only(self, keys: Sequence[str]) -> pa.Table:
        """Return the rows of some views, as a table of the schema `ANSWERS`."""
        starts, ends = np.searchsorted(self._keys, keys, "left"), np.searchsorted(self._keys, keys, "right")
        rows = [row for start, end in zip(starts, ends, strict=True) for row in range(start, end)]
        return self.table.take(pa.array(rows, pa.int64()))

    def has(self, keys: Sequence[str]) -> NDArray[np.bool_]:
        """Return whether there is any answer for each of some views, bool [keys]."""
        return np.isin(np.asarray(keys, dtype=self._keys.dtype), self._keys)


def answers_in(rows: Iterable[dict[str, Any]]) -> list[Answer]:
    """Return the answers in the rows of one view, which are sorted by attempt and text."""
    answers: list[Answer] = []
    for row in rows:
        if row["attempt"] == len(answers) + 1:
            answers.append(Answer(**{name: row[name] for name in Answer.__dataclass_fields__}))
    return answers


class AnswerCache:
    """The answers to one kind of question: one model, prompt and sampling."""

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        """Open the cache, and write what it is about if it is new.

        Args:
            folder: the folder of all caches.
            about: what decides the answers; its fingerprint names the subfolder.

        Raises:
            InputError: the folder cannot be written to.
        """
        self.folder = folder / fingerprint(about)[:16]
        try:
            if not (self.folder / ABOUT_FILE).exists():
                publish_json(self.folder / ABOUT_FILE, about)
            kept = fingerprint(parse_json((self.folder / ABOUT_FILE).read_bytes()))
        except (OSError, ValueError) as error:
            fault = Fault("--caption-cache", f"cannot be used: {error}", str(folder), "Name another folder.")
            raise InputError("Captions cannot be kept", [fault]) from None
        if kept != fingerprint(about):
            # The folder is named by its fingerprint: only one that was renamed or edited gets here.
            rule = f"holds answers to other questions, as its {ABOUT_FILE} says"
            fault = Fault("--caption-cache", rule, str(self.folder), "Remove that folder, or name another cache.")
            raise InputError("Captions cannot be kept", [fault])

    def publish(self, answered: Sequence[Answered]) -> None:
        """Add answers, in one new file."""
        if not answered:
            return
        rows = [
            {
                "key": entry.key,
                "attempt": entry.attempt,
                "view": entry.view,
                **{name: getattr(entry.answer, name) for name in Answer.__dataclass_fields__},
                # A server may send lone surrogates, which Arrow cannot hold.
                "text": entry.answer.text.encode("utf-8", "replace").decode("utf-8"),
            }
            for entry in answered
        ]
        self._write(pa.Table.from_pylist(rows, schema=ANSWERS))

    def answers(self, keys: Sequence[str]) -> Answers:
        """Return all cached answers to some views. Only their rows are held in memory, as Arrow.

        Raises:
            RuntimeError: other processes merged files at every attempt to read them.
        """
        wanted = pa.array(sorted(set(keys)), pa.string())
        for _ in range(_SCANS):
            try:
                parts = [self._filtered(path, wanted) for path in self._files()]
            except FileNotFoundError:
                continue  # another process has just merged files
            return Answers(pa.concat_tables([ANSWERS.empty_table(), *parts]))
        raise RuntimeError(f"{self.folder} changes all the time")

    def merge(self) -> None:
        """Make one file of many, so that reading stays quick."""
        files = self._files()
        if len(files) <= MOST_FILES:
            return
        try:
            table = pa.concat_tables([ANSWERS.empty_table(), *map(self._read, files)])
        except FileNotFoundError:
            return  # another process merges them
        # The new file first: until the old ones are gone, answers are there twice, which does no harm.
        self._write(table)
        for path in files:
            path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        """Return the files of answers, sorted."""
        # Files that begin with a dot are being written.
        return sorted(self.folder.glob("[!.]*.parquet"))

    def _write(self, table: pa.Table) -> None:
        """Write answers to a new file."""
        with publishing(self.folder / f"{uuid.uuid4().hex}.parquet") as temporary:
            pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)

    def _filtered(self, path: Path, wanted: pa.Array) -> pa.Table:
        """Return a file's answers to the wanted views."""
        table = self._read(path)
        return table.filter(pc.is_in(table["key"], value_set=wanted)) if table.num_rows else table

    def _read(self, path: Path) -> pa.Table:
        """Return a file's answers; set a damaged file aside with a warning and return none."""
        try:
            table = read_parquet(path, schema=ANSWERS, checked=True)
            table.validate(full=True)
            return table
        except FileNotFoundError:
            raise
        except (OSError, pa.ArrowException, ValueError) as error:
            aside = path.with_name(path.name + DAMAGED)
            path.replace(aside)
            reason = str(error).splitlines()[0]
            warnings.warn(f"Cached answers cannot be read and are asked for again: {aside} ({reason})", stacklevel=2)
            return ANSWERS.empty_table()


class SettledCaptions:
    """A captioner that only looks up; conforms to `Captioner`."""

    def __init__(self, name: str, version: str, captions: Mapping[str, Caption]) -> None:
        """Hold captions that were made before.

        Args:
            name: name of the captioner that made them.
            version: version of that captioner.
            captions: key of a view -> its caption.
        """
        self.name = name
        self.version = version
        self._captions = captions

    def caption(self, views: Sequence[TagView], keys: Sequence[str]) -> list[Caption]:
        """See `Captioner.caption`; keys make no difference.

        Raises:
            KeyError: a view has not been settled.
        """
        return [self._captions[key_of_view(written(view))] for view, _ in zip(views, keys, strict=True)]


class Noting:
    """A captioner that returns empty captions and records the views; conforms to `Captioner`."""

    name = "noting"
    version = "1"

    def __init__(self) -> None:
        self.views: dict[str, str] = {}
        """Key -> the written view."""

    def caption(self, views: Sequence[TagView], keys: Sequence[str]) -> list[Caption]:
        """See `Captioner.caption`."""
        for view, _ in zip(views, keys, strict=True):
            text = written(view)
            self.views[key_of_view(text)] = text
        return [Caption("", self.name) for _ in views]


class Outcome(NamedTuple):
    """A settled view: its caption and the answers that it was made from."""

    caption: Caption
    answers: Sequence[Answer]
    is_asked: bool = True
    """False for a view that was left to the template, past `CaptionOptions.model_views`."""


class CaptionSummary(BaseModel):
    """Counts of how the captions of a store were made, of distinct views; not part of the store's fingerprint."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    views: int = 0
    from_cache: int = 0
    """Views that were settled by the cache when this preparation began."""
    asked: int = 0
    """Views that the model was to word and that the cache had not settled."""
    templated: int = 0
    """Views that were left to the template, past `CaptionOptions.model_views`."""
    accepted_first: int = 0
    """Views whose first answer was accepted."""
    accepted_later: int = 0
    """Views of which a later answer was accepted."""
    replaced: int = 0
    """Views of which no answer was accepted, so that the template's caption is used."""
    reasons: dict[str, int] = {}
    """Reason -> number of answers rejected for it."""
    requests: int = 0
    """Requests that the answers took, in this preparation or before."""
    prompt_tokens: int | None = None
    """Tokens of the questions; null if none is known."""
    answer_tokens: int | None = None
    """Tokens of the answers; null if none is known."""

    def plus(self, other: CaptionSummary) -> CaptionSummary:
        """Return the sum of two summaries."""
        reasons = dict(self.reasons)
        for reason, count in other.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + count
        first, second = self.model_dump(exclude={"reasons"}), other.model_dump(exclude={"reasons"})
        counts = {name: _total([first[name], second[name]]) for name in first}
        return CaptionSummary.model_validate({**counts, "reasons": dict(sorted(reasons.items()))})


def summary_of(outcomes: Iterable[Outcome]) -> CaptionSummary:
    """Count the outcomes into a `CaptionSummary`, all fields but `from_cache` and `asked`."""
    total = CaptionSummary()
    for caption, answers, is_asked in outcomes:
        if not is_asked:
            total = total.plus(CaptionSummary(views=1, templated=1))
            continue
        # Of an accepted caption the last attempt was not rejected.
        replaced = len(caption.rejected) == caption.attempts
        reasons: dict[str, int] = {}
        for reason in caption.rejected:
            reasons[str(reason)] = reasons.get(str(reason), 0) + 1
        used = answers[: caption.attempts]
        summary = CaptionSummary(
            views=1,
            accepted_first=int(not caption.rejected),
            accepted_later=int(bool(caption.rejected) and not replaced),
            replaced=int(replaced),
            reasons=reasons,
            requests=sum(answer.requests for answer in used),
            prompt_tokens=_total([answer.prompt_tokens for answer in used]),
            answer_tokens=_total([answer.answer_tokens for answer in used]),
        )
        total = total.plus(summary)
    return total


def _total(counts: Iterable[int | None]) -> int | None:
    """Return the sum of the known counts, or None if none is known."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
