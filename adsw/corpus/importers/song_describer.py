"""Song Describer (Manco et al., arXiv 2311.10057): 1,106 captions of 706 tracks of MTG-Jamendo's test split, made for
evaluation alone. Its CSV has a row per caption; its audio is the first two minutes of each track."""

from __future__ import annotations

from collections.abc import Sequence

from adsw.corpus import manifest as cells
from adsw.corpus.importers.base import Choice, DescribedTrack, Place, PublicSet, Reading, filled, required, truth
from adsw.corpus.importers.mtg_jamendo import path_values
from adsw.corpus.importers.table import Form, Row, Table
from adsw.errors import Faults
from adsw.spelling import is_blank

_HEARD_S = 120.0
"""Seconds of a track, from its beginning, that the authors of captions heard."""
_CUT = ".2min."
"""Part of the names of files that hold these seconds only."""
_COLUMNS = ("caption_id", "track_id", "caption", "is_valid_subset", "path", "duration")


def read(tables: Sequence[Table], choice: Choice, faults: Faults) -> Reading:
    """Return the entries, one per caption: all are ``test``, and each artist is a group, named as in MTG-Jamendo.

    The subset ``valid`` holds the captions that its makers checked and found good; whether a caption is in it does
    not depend on the other captions of its track.
    """
    reading = Reading()
    for table in tables:
        for row in table.rows:
            caption = cells.text(row.cells["caption"], f"{row.where} caption", faults)
            entry = _entry(row, caption or "", choice, faults)
            checked = truth(row, "is_valid_subset", faults)
            if not caption:
                reading.left_out["without a caption"] += 1
            elif choice.subset == "valid" and not checked:
                reading.left_out["not in the subset 'valid'"] += 1
            else:
                reading.entries.append(entry)
    return reading


def _entry(row: Row, caption: str, choice: Choice, faults: Faults) -> DescribedTrack:
    """Return the entry of a caption."""
    track_id = required(row, "track_id", faults)
    where = f"{row.where} duration"
    seconds = cells.seconds(required(row, "duration", faults) or None, where, faults, positive=True)
    heard = None if seconds is None else min(seconds, _HEARD_S)
    names = filled(choice.patterns, path_values(required(row, "path", faults)))
    return DescribedTrack(
        where=row.where,
        track_id=track_id,
        tags={},
        captions=(caption,),
        split="test",
        group=_artist(row) or track_id,
        places=tuple(Place(name, None, None if _CUT in name else heard) for name in names),
        seconds=heard,
    )


def _artist(row: Row) -> str:
    """Return the artist's id as MTG-Jamendo writes it, or an empty string if it is not known."""
    # The same name in both sets keeps an artist in one split where the sets are put together.
    artist = row.cells.get("artist_id", "").strip()
    return "" if is_blank(artist) else f"artist_{artist:0>6}"


SET = PublicSet(
    name="song-describer",
    title="Song Describer",
    form=Form("csv", _COLUMNS, ("artist_id",)),
    fields=("path", "stem", "id"),
    patterns=("{stem}.2min.mp3", "{stem}.2min.*", "{path}", "{stem}.low.mp3", "{stem}.*", "{stem}.low.*"),
    group="artist",
    read=read,
    subsets=("all", "valid"),
)
