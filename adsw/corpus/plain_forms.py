"""What beginners write in a manifest: words between commas, one sentence, other columns' names, other separators."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from adsw.errors import Fault

MEANT = {
    "track_id": ("id", "track", "trackid", "name", "title", "file", "filename", "path"),
    "audio": ("file", "filename", "path", "filepath", "audio_path", "wav", "mp3"),
    "tags": ("tag", "genre", "genres", "mood", "moods", "instrument", "instruments", "keywords", "labels"),
    "captions": ("caption", "text", "description", "descriptions", "sentence"),
    "group": ("artist", "album", "artist_id", "album_id", "composer"),
}
"""Columns, and the names that people give them, likeliest first."""

_SEPARATORS = {";": "semicolons", "\t": "tabs"}
_QUOTED = re.compile(r'"[^"]*"')
_ROW = re.compile(r"^row ([\d,]+)( \(line \d+\))?(.*)$")
_PARTICULAR = re.compile(r"'[^']*'|\d+")
SHOWN = 3
"""Rows shown of those with the same fault."""


def words_of(text: str) -> list[str]:
    """Return the words of a plain text: what stands between commas, semicolons or line breaks.

    >>> words_of("waltz, piano; calm,"), words_of("waltz")
    (['waltz', 'piano', 'calm'], ['waltz'])
    """
    return [word.strip() for word in re.split(r"[,;\n]", text) if word.strip()]


def is_plain(text: str) -> bool:
    """Check that a cell holds plain text, and not the JSON of a list or a mapping.

    >>> is_plain("waltz, piano"), is_plain(' ["waltz"]'), is_plain('{"genre": []}')
    (True, False, False)
    """
    return not text.lstrip().startswith(("[", "{", '"'))


def separator_of(header: str) -> str:
    r"""Return what separates the columns of a header: a comma, unless it has none and semicolons or tabs.

    >>> separator_of("track_id;audio;tags"), separator_of('track_id,"a;b"'), separator_of("track_id\taudio")
    (';', ',', '\t')
    """
    bare = _QUOTED.sub("", header)
    return "," if "," in bare else next((mark for mark in _SEPARATORS if mark in bare), ",")


def separator_remark(separator: str) -> list[str]:
    """Return the remark about a separator that is no comma."""
    return [f"its columns are separated by {_SEPARATORS[separator]}."] if separator in _SEPARATORS else []


def misnamed(names: Sequence[str], where: str) -> Iterator[Fault]:
    """Yield a fault for a required column that is absent, and for others that are there under another name."""
    lower = {name.strip().lower(): name for name in names}
    for column, others in MEANT.items():
        if column in names:
            continue
        near = next((lower[other] for other in others if other in lower), None)
        if column == "track_id":
            fix = f"Did you mean {near!r}?" if near else "Add one with a name of its own for every track."
            yield Fault(where, f"absent column {column!r}", None, fix)
        elif near is not None:
            yield Fault(f"column {near!r}", "is not read", None, f"Did you mean {column!r}?")


def counted(faults: Sequence[Fault]) -> list[Fault]:
    """Return faults with those that many rows share told three times and then counted."""
    kinds: dict[tuple[str, str], list[Fault]] = {}
    for place, fault in enumerate(faults):
        found = _ROW.match(fault.where)
        key = (found.group(3), _PARTICULAR.sub("#", fault.rule)) if found else (fault.where, str(place))
        kinds.setdefault(key, []).append(fault)
    told: list[Fault] = []
    for (column, _), same in kinds.items():
        told += same[:SHOWN] if len(same) > SHOWN + 1 else same
        if len(same) > SHOWN + 1:
            more = len(same) - SHOWN
            told.append(Fault(f"{more:,} more rows{column}", "have the same fault", None, same[0].fix))
    return told
