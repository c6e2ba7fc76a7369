"""Names of clips cut from videos, shared by MusicCaps and YouTube8M-MusicTextClips."""

from __future__ import annotations

from adsw.corpus.importers.entry import Place
from adsw.corpus.importers.patterns import filled
from adsw.corpus.importers.public_set import Choice
from adsw.corpus.importers.values import plain

FIELDS = ("ytid", "start", "end", "start_ms", "end_ms")
PATTERNS = (
    "{ytid}_{start}_{end}.*",
    "{ytid}-{start}-{end}.*",
    "[{ytid}]-[{start}-{end}].*",
    "{ytid}_{start_ms}_{end_ms}.*",
    "{ytid}_{start}.*",
    "[{ytid}].*",
    "{ytid}.*",
    "Y{ytid}.*",
)
"""Names that the usual downloaders give to clips; those that tell clips of one video apart come first."""


def places(ytid: str, begin: float, end: float, choice: Choice) -> tuple[Place, ...]:
    """Return the places where a clip may lie, the likeliest first.

    Args:
        ytid: the video.
        begin: of the clip in it, seconds.
        end: likewise.
        choice: says how files are named, and whether they are the clips or whole videos.
    """
    times = {"start": plain(begin), "end": plain(end)}
    milliseconds = {"start_ms": f"{begin * 1000:.0f}", "end_ms": f"{end * 1000:.0f}"}
    part = (begin, end - begin) if choice.whole_videos else (None, None)
    names = filled(choice.patterns, {"ytid": ytid, **times, **milliseconds})
    return tuple(Place(name, *part) for name in names)
