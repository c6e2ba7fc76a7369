"""YouTube8M-MusicTextClips (McKee et al., Language-Guided Music Recommendation for Video via Prompt Analogies, CVPR
2023): 10-second clips of videos, each described by a person. One CSV for training, one for testing, a row per clip."""

from __future__ import annotations

from collections.abc import Sequence

from adsw.corpus import manifest as cells
from adsw.corpus.importers import base as video_clips
from adsw.corpus.importers.base import (
    Choice,
    DescribedTrack,
    PublicSet,
    Reading,
    interval,
    named_split,
    plain,
    required,
)
from adsw.corpus.importers.table import Form, Row, Table
from adsw.errors import Faults


def read(tables: Sequence[Table], choice: Choice, faults: Faults) -> Reading:
    """Return the entries, one per row: the split comes from the file's name, and each video is a group.

    A clip with several rows has several captions. A text that several clips share is kept: evaluation makes it one
    query with several targets.

    A text that several clips share is kept: evaluation makes it one query with several targets.
    """
    reading = Reading()
    for table in tables:
        split = named_split(table.path)
        for row in table.rows:
            text = cells.text(row.cells["text"], f"{row.where} text", faults)
            entry = _entry(row, text or "", split, choice, faults)
            if text:
                reading.entries.append(entry)
            else:
                reading.left_out["without text"] += 1
    return reading


def _entry(row: Row, text: str, split: str, choice: Choice, faults: Faults) -> DescribedTrack:
    """Return the entry of a row."""
    ytid = required(row, "video_id", faults)
    begin, end = interval(row, "start", "end", faults)
    return DescribedTrack(
        where=row.where,
        track_id=f"{ytid}_{plain(begin)}_{plain(end)}",
        tags={},
        captions=(text,),
        split=split,
        group=ytid,
        places=video_clips.places(ytid, begin, end, choice),
        seconds=end - begin,
    )


SET = PublicSet(
    name="yt8m-mtc",
    title="YouTube8M-MusicTextClips",
    form=Form("csv", ("video_id", "start", "end", "text")),
    fields=video_clips.FIELDS,
    patterns=video_clips.PATTERNS,
    group="video",
    read=read,
    clip_seconds=10.0,
)
