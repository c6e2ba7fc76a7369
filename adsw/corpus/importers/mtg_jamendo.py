"""MTG-Jamendo (Bogdanov et al., ICML 2019 workshop on machine learning for music discovery): 55,000 full tracks with
tags of genre, instrument and mood/theme. Its TSVs have a row per track, whose tags go on in further cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from adsw.corpus import manifest as cells
from adsw.corpus.importers.base import Choice, DescribedTrack, Place, PublicSet, Reading, filled, named_split, required
from adsw.corpus.importers.table import Form, Row, Table
from adsw.errors import Faults
from adsw.spelling import is_blank

_MARK = "---"


def read(tables: Sequence[Table], choice: Choice, faults: Faults) -> Reading:
    """Return the entries, one per row: the split comes from the file's name, and each artist is a group."""
    reading = Reading()
    for table in tables:
        split = named_split(table.path)
        reading.entries += [_entry(row, split, choice, faults) for row in table.rows]
    return reading


def path_values(path: str) -> dict[str, str]:
    """Return what a pattern may name of a track's path: the path, the path without suffix, and the track's number."""
    pure = PurePosixPath(path)
    return {"path": path, "stem": str(pure.with_suffix("")) if pure.name else "", "id": pure.stem}


def _entry(row: Row, split: str, choice: Choice, faults: Faults) -> DescribedTrack:
    """Return the entry of a row."""
    path = required(row, "PATH", faults)
    where = f"{row.where} DURATION"
    seconds = cells.seconds(required(row, "DURATION", faults) or None, where, faults, positive=True)
    return DescribedTrack(
        where=row.where,
        track_id=required(row, "TRACK_ID", faults),
        tags=_tags(row, faults),
        captions=(),
        split=split,
        group=required(row, "ARTIST_ID", faults),
        places=tuple(Place(name, None, seconds) for name in filled(choice.patterns, path_values(path))),
        seconds=seconds,
    )


def _tags(row: Row, faults: Faults) -> cells.Tags:
    """Return a row's tags by category."""
    names_of: dict[str, list[str]] = {}
    for tag in row.tail:
        category, mark, name = tag.partition(_MARK)
        if not mark or is_blank(category) or is_blank(name):
            faults.add(f"{row.where} TAGS", f"must be category{_MARK}tag", tag)
            continue
        names_of.setdefault(category.strip(), []).append(name.strip())
    return {category: tuple(dict.fromkeys(names)) for category, names in names_of.items()}


SET = PublicSet(
    name="mtg-jamendo",
    title="MTG-Jamendo",
    form=Form("tsv", ("TRACK_ID", "ARTIST_ID", "ALBUM_ID", "PATH", "DURATION", "TAGS"), open_ended=True),
    fields=("path", "stem", "id"),
    patterns=("{path}", "{stem}.low.mp3", "{stem}.*", "{stem}.low.*"),
    group="artist",
    read=read,
)
