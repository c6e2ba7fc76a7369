"""Retrieval by given texts: sets of queries from a file, or the quickstart's in other languages, beside each other.

Every line of a set is a query of its own; the tracks of all lines with its text are its targets, the split the pool.
Sets with as many lines for every track are paired line by line: the difference to the first is that of the texts alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from adsw.corpus.table_files import read_rows
from adsw.encoders.inference import halves
from adsw.encoders.protocol import TextEncoder
from adsw.errors import Faults, unknown
from adsw.evaluate.cells import cell, gap, number
from adsw.evaluate.retrieval_report import SEED, Slice
from adsw.report.table import Cell, TableModel, head_columns, row
from adsw.retrieval.evaluation import Direction, Heads, embed, text_to_music
from adsw.retrieval.intervals import direction_differences
from adsw.retrieval.queries import QuerySet, Targets
from adsw.retrieval.ranking import CUTOFFS, DEPTH
from adsw.spelling import one_text
from adsw.stats.bootstrap import RESAMPLES
from adsw.stats.interval import Interval

COLUMNS = ("track_id", "text", "set")

_SHOWN = ("R@1", f"R@{CUTOFFS[-1]}", f"mAP@{DEPTH}", "MedR")
_COMPARED = f"mAP@{DEPTH}"


@dataclass(frozen=True, slots=True)
class GivenQuery:
    """A line: a text, the track it is of, and the name of its set."""

    track_id: str
    text: str
    set: str


def read_given(path: Path) -> list[GivenQuery]:
    """Read queries from a JSONL, CSV or Parquet file with the columns `COLUMNS`; the file names a set without one.

    Raises:
        InputError: every fault of the file.
    """
    faults = Faults(f"The queries {path} cannot be used")
    read = read_rows(path, faults, COLUMNS)
    faults.extend(unknown(str(path), name, COLUMNS, "column") for name in read.names if name not in COLUMNS)
    given = []
    for line, fields in read.rows:
        values = {name: fields.get(name) for name in COLUMNS}
        values["set"] = path.stem if values["set"] is None else values["set"]
        bad = [name for name, value in values.items() if not isinstance(value, str) or not value.strip()]
        for name in bad:
            faults.add(f"row {line} {name}", "must be a text that is not empty", values[name])
        if not bad:
            given.append(GivenQuery(*(one_text(str(values[name])) for name in COLUMNS)))
    if not read.rows:
        faults.add(str(path), "must hold queries", 0, 'Write lines such as {"track_id": "a", "text": "slow jazz"}.')
    faults.raise_if_any()
    return given


@dataclass(frozen=True, slots=True)
class GivenReport:
    """Figures of every set of given queries, and the paired difference to the first where they can be paired."""

    title: ClassVar[str] = "Given queries"
    name: str
    sets: Mapping[str, Slice]
    differences: Mapping[str, Mapping[str, Interval]]
    """Set -> metric -> difference to the first set; a set that cannot be paired with it is left out."""
    left_out: int
    """Number of lines of tracks that are in the store but not in this split."""

    def document(self) -> dict[str, Any]:
        """Return the part as plain JSON values."""
        return {
            "reference": next(iter(self.sets)),
            "sets": {name: part.document() for name, part in self.sets.items()},
            "differences": {
                name: {metric: asdict(interval) for metric, interval in of_set.items()}
                for name, of_set in self.differences.items()
            },
            "left_out": self.left_out,
        }

    def tables(self) -> list[TableModel]:
        """Return one table, a row for each set."""
        reference = next(iter(self.sets))
        rows = []
        for name, part in self.sets.items():
            difference = self.differences.get(name, {}).get(_COMPARED)
            cells = (cell(metric, part.figures[metric].interval) for metric in _SHOWN)
            before = number(_COMPARED, part.figures[_COMPARED].untrained)
            rows.append(row(name, str(part.queries), *cells, Cell(before, tone="faint"), gap(_COMPARED, difference)))
        pool = next(iter(self.sets.values())).pool
        caption = (
            f"Every line is a query of its own against the pool of {pool} tracks; the tracks of all lines of its text "
            f"are right. Intervals as above; minus {reference}: paired line by line."
        )
        if self.left_out:
            caption += f" {self.left_out:,} lines are of tracks of other splits and left out."
        heads = head_columns("queries", "lines", *_SHOWN, f"{_COMPARED} untrained", f"{_COMPARED} minus {reference}")
        return [
            TableModel("given-queries", f"{self.name}: text to music by given queries", caption, heads, tuple(rows))
        ]


def report(
    heads: Heads,
    untrained: Heads,
    queries: QuerySet,
    encoder: TextEncoder,
    given: Sequence[GivenQuery],
    name: str,
    others: frozenset[str] = frozenset(),
) -> GivenReport:
    """Evaluate sets of given queries, in the order in which the sets first occur.

    Args:
        heads: the trained pair.
        untrained: the same before training.
        queries: of the split; their audio is the pool.
        encoder: the store's text encoder.
        given: the lines of all sets.
        name: the evaluation set's name.
        others: ids of the store's tracks in other splits, whose lines are left out and counted.

    Raises:
        InputError: lines of tracks that the store does not have, or no line of this split in a set.
    """
    place = {track_id: index for index, track_id in enumerate(queries.track_ids)}
    faults = Faults("The queries cannot be used")
    strangers = Counter(
        query.track_id for query in given if query.track_id not in place and query.track_id not in others
    )
    for track_id, count in list(strangers.items())[:_MOST_NAMED]:
        faults.add(f"track_id {track_id}", "is no track of the store", f"{count} lines", "Use the store's track ids.")
    if len(strangers) > _MOST_NAMED:
        faults.add("track_id", "are no tracks of the store", f"{len(strangers) - _MOST_NAMED} further ids")
    sets: dict[str, list[GivenQuery]] = {query.set: [] for query in given}
    # Sorted by track, lines of one track in their order, so that sets can be paired line by line.
    for query in sorted((one for one in given if one.track_id in place), key=lambda one: place[one.track_id]):
        sets[query.set].append(query)
    for of_set in (name for name, lines in sets.items() if not lines):
        faults.add(f"set {of_set}", "must hold lines of this split's tracks", 0)
    faults.raise_if_any()
    audio = [embed(pair.audio, queries.audio, "audio") for pair in (heads, untrained)]
    slices, directions = {}, {}
    for of_set, lines in sets.items():
        trained, before = _directions((heads, untrained), audio, lines, place, encoder)
        slices[of_set], directions[of_set] = Slice.of(trained, before), trained
    reference, *further = directions
    differences = {
        of_set: direction_differences(directions[of_set], directions[reference], SEED, RESAMPLES)
        for of_set in further
        if np.array_equal(directions[of_set].clusters, directions[reference].clusters)
    }
    return GivenReport(name, slices, differences, sum(query.track_id in others for query in given))


_MOST_NAMED = 20


def _directions(
    pairs: Sequence[Heads],
    audio: Sequence[Any],
    lines: Sequence[GivenQuery],
    place: Mapping[str, int],
    encoder: TextEncoder,
) -> list[Direction]:
    """Rank the pool for every line of a set with every pair of heads; queries are clustered by their own track."""
    tracks_of: dict[str, set[int]] = {}
    for line in lines:
        tracks_of.setdefault(line.text, set()).add(place[line.track_id])
    distinct = list(tracks_of)
    # As in a store: half precision, each text once.
    tokens = halves(encoder.encode(distinct), encoder.info)
    number_of = {text: index for index, text in enumerate(distinct)}
    rows = np.array([number_of[line.text] for line in lines])
    targets = Targets.of([sorted(tracks_of[line.text]) for line in lines])
    own = np.array([place[line.track_id] for line in lines], dtype=np.int64)
    sources = np.zeros(len(lines), dtype=np.uint8)
    made = []
    for pair, audio_NP in zip(pairs, audio, strict=True):
        texts_QP = embed(pair.text, tokens, "texts")[rows]
        made.append(replace(text_to_music(texts_QP, audio_NP, targets, sources), clusters=own))
    return made
