"""Hear what a trial retrieves: a text, the first tracks of the store by its checkpoint, their sound."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adsw.errors import Fault, InputError
from sweep.run.folder import RunFolder
from sweep.run.store_places import stores_of

if TYPE_CHECKING:
    from adsw.search.library import Library

MOST_HITS = 20
LONGEST = 500
"""Characters of a query."""
_TITLE = "Nothing can be heard"


class Hearing:
    """The library of the trial that was searched last: its tracks are embedded once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: tuple[Path, Path] | None = None
        self._library: Library | None = None

    def find(self, folder: RunFolder, trial: int, store: str, text: str, count: int) -> list[dict[str, Any]]:
        """Return the first tracks for a text.

        Raises:
            InputError: the trial has no checkpoint, its store or encoder is not at hand, or the text is no query.
        """
        # The first search of a process loads torch; a page that searches nothing needs none of it.
        from adsw.search.query import Query

        if not text.strip() or len(text) > LONGEST:
            raise InputError(_TITLE, [Fault("text", f"must be of 1 to {LONGEST} characters", text[:40])])
        library = self._opened(folder, trial, store)
        with self._lock:
            found = library.find(Query(texts=(text,)), min(count, MOST_HITS))
        return [
            {
                "rank": hit.rank,
                "score": round(hit.score, 3),
                "track": hit.track_id,
                "split": hit.split,
                "tags": hit.tags,
            }
            for hit in found.hits
        ]

    def clip(self, folder: RunFolder, trial: int, store: str, track: str) -> bytes:
        """Return the middle 10 s of a track of the store as MP3.

        Raises:
            InputError: there is no such track, or its sound is not at hand.
        """
        from adsw.audio.bad_audio import BadAudioError
        from adsw.audio.fetch import is_remote, local_path
        from adsw.search.page import mp3

        library = self._opened(folder, trial, store)
        row = library.pool.rows.get(track)
        if row is None:
            raise InputError(_TITLE, [Fault("track", "is none of the store", track)])
        about = library.pool.about(row)
        audio = about.get("audio_path")
        if not audio or is_remote(audio):
            raise InputError(_TITLE, [Fault(track, "has no audio file here")])
        try:
            return mp3(local_path(audio), about.get("start_s"), about.get("duration_s"))
        except BadAudioError as bad:
            raise InputError(_TITLE, [Fault(track, f"{bad.kind}: {bad.detail}")]) from None

    def _opened(self, folder: RunFolder, trial: int, store: str) -> Library:
        from adsw.search.library import Library

        checkpoint, place = folder.kept_checkpoint(trial), _place(folder, store)
        if checkpoint is None:
            raise InputError(_TITLE, [Fault(f"trial {trial}", "has no checkpoint: only the best are kept")])
        with self._lock:
            if self._library is None or self._of != (checkpoint, place):
                self._library = Library.of_store(checkpoint, place)
                self._of = (checkpoint, place)
            return self._library


def _place(folder: RunFolder, name: str) -> Path:
    """Return where a store of a run lies.

    Raises:
        InputError: it is not known.
    """
    record = stores_of(folder.path, folder.read_sweep()).get(name)
    if record is None or not record.path:
        raise InputError(_TITLE, [Fault("store", "is not known", name)])
    return Path(record.path)
