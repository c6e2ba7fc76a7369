"""MusicCaps (Agostinelli et al., MusicLM, arXiv 2301.11325): 5,521 clips of AudioSet, each with a caption and a list of
free tags. Its CSV has a row per clip."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Sequence

from adsw.corpus import manifest as cells
from adsw.corpus.importers import base as video_clips
from adsw.corpus.importers.base import Choice, DescribedTrack, PublicSet, Reading, interval, required, truth
from adsw.corpus.importers.table import Form, Row, Table
from adsw.errors import Faults
from adsw.spelling import is_blank

_COLUMNS = ("ytid", "start_s", "end_s", "aspect_list", "caption", "is_balanced_subset", "is_audioset_eval")


def read(tables: Sequence[Table], choice: Choice, faults: Faults) -> Reading:
    """Return the entries: AudioSet's evaluation clips are ``test``, the others ``train``, and each video is a group."""
    reading = Reading()
    for table in tables:
        for row in table.rows:
            balanced, evaluation = (truth(row, name, faults) for name in ("is_balanced_subset", "is_audioset_eval"))
            # Before the choice of a subset, so that faults of rows outside it are noted too.
            entry = _entry(row, "test" if evaluation else "train", choice, faults)
            if choice.subset == "all" or (balanced if choice.subset == "balanced" else evaluation):
                reading.entries.append(entry)
            else:
                reading.left_out[f"not in the subset {choice.subset!r}"] += 1
    return reading


def _entry(row: Row, split: str, choice: Choice, faults: Faults) -> DescribedTrack:
    """Return the entry of a row."""
    ytid = required(row, "ytid", faults)
    begin, end = interval(row, "start_s", "end_s", faults)
    caption = cells.text(row.cells["caption"], f"{row.where} caption", faults)
    return DescribedTrack(
        where=row.where,
        track_id=ytid,
        tags=_tags(row, choice, faults),
        captions=(caption,) if caption else (),
        split=split,
        group=ytid,
        places=video_clips.places(ytid, begin, end, choice),
        seconds=end - begin,
    )


def _tags(row: Row, choice: Choice, faults: Faults) -> cells.Tags:
    """Return the aspects, which the file holds as the text of a Python list, by category."""
    where, written = f"{row.where} aspect_list", row.cells["aspect_list"].strip()
    try:
        aspects = ast.literal_eval(written or "[]")
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        aspects = None
    if not isinstance(aspects, list):
        faults.add(where, "must be a list such as ['sad', 'piano']", written, "Mend it, or write [].")
        return {}
    if _joins(written, len(aspects)):
        faults.add(where, "has two texts with no comma between them", written, "Write a comma, or join them.")
        return {}
    tags_of: dict[str, list[str]] = {}
    for aspect in aspects:
        if isinstance(aspect, str) and (tag := cells.text(aspect, where, faults)):
            tags_of.setdefault(choice.category_of(tag), []).append(tag)
        elif not isinstance(aspect, str) or is_blank(aspect):
            faults.add(where, "must hold text only, none of it empty", aspect)
    return {category: tuple(dict.fromkeys(tags)) for category, tags in tags_of.items()}


def _joins(written: str, count: int) -> bool:
    """Return whether a written list has more texts than the list itself: Python joins those without a comma."""
    if written.count("'") + written.count('"') <= 2 * count:
        return False  # the usual case; the others have quotes within texts, or texts without a comma
    tokens = tokenize.generate_tokens(io.StringIO(written).readline)
    return sum(token.type == tokenize.STRING for token in tokens) > count


SET = PublicSet(
    name="musiccaps",
    title="MusicCaps",
    form=Form("csv", _COLUMNS),
    fields=video_clips.FIELDS,
    patterns=video_clips.PATTERNS,
    group="video",
    read=read,
    subsets=("all", "eval", "balanced"),
    clip_seconds=10.0,
)
