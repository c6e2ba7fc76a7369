"""Leakage groups of the quickstart corpus: variants of a tune, movements of a work, settings of a chorale.

Every track has keys; tracks that share one, directly or through others, are one group.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from adsw.corpus.quickstart.catalogue import Candidate
from adsw.corpus.quickstart.scores import Piece

_INCIPIT, _UPBEAT = 9, 3
"""Consecutive intervals that make two melodies one tune where both begin with them, up to this many notes of upbeat."""
_RUN = 14
"""Consecutive intervals that make two melodies one tune wherever they occur."""
_GENERIC = re.compile(
    r"an?|the|de[rsmn]?|die|das|eine?|l[aeo]?s?|il|and|und|et|in|of|or|to|for|on|zu|jigs?|reels?|hornpipe|strathspey|airs?"
    r"|march|quick|step|quickstep|waltz|minuet|clog|fling|highland|double|slip|polka|song|lied|romanze|ballade|nr?|no"
    r"|band|first|second|third|part|section|regt|regiment|s|str|mxl|bwv|new|old|original|version|set|kyrie|gloria|credo"
    r"|sanctus|benedictus|agnus|dei|missa|mass|canto|untitled|fragment"
)
"""Words of titles that do not distinguish tunes."""


def keys_of(candidate: Candidate, piece: Piece) -> tuple[str, ...]:
    """Return what ties a track to others: titles, the number in its source, the work it is part of, its melody."""
    keys = {*_work_keys(candidate, piece), *melody_keys(piece)}
    if candidate.collection not in ("palestrina", "trecento", "monteverdi", "quartets"):
        keys.update(f"title {key}" for title in piece.headers.get("title", ()) for key in title_keys(title))
    return tuple(sorted(keys))


def title_keys(title: str) -> set[str]:
    """Return a title without case, accents, articles, dances and numbers; and what stands in brackets, likewise.

    >>> sorted(title_keys("The SWALLOW-TAIL -- Jig (or Dancing Master)"))
    ['dancing master', 'swallow tail']
    """
    plain = unicodedata.normalize("NFKD", title.lower().replace("'", "")).encode("ascii", "ignore").decode()
    keys = set()
    for piece in re.split(r"[()\[\]]", re.sub(r",? s\. ?\d+.*", "", plain)):
        words = [word for word in re.findall(r"[a-z]+", piece) if not _GENERIC.fullmatch(word)]
        if len("".join(words)) >= 6:  # shorter titles say too little to tie two tunes
            keys.add(" ".join(words))
    return keys


def melody_keys(piece: Piece) -> set[str]:
    """Return how the highest voice begins, and every long run of it: the same in any key and rhythm.

    A key holds intervals, repeated notes taken once. Runs that only go up and down a scale are common to many tunes
    and left out.
    """
    voice = [note.pitch for note in piece.notes if note.part == 0]
    melody = [pitch for index, pitch in enumerate(voice) if index == 0 or voice[index - 1] != pitch]
    steps = np.diff(melody).tolist()
    runs = [steps[start : start + _INCIPIT] for start in range(min(_UPBEAT + 1, len(steps) - _INCIPIT + 1))]
    # Shorter runs than _RUN would not do: by chance alone, ten intervals join half of 1,500 tunes in one chain.
    runs += [steps[start : start + _RUN] for start in range(len(steps) - _RUN + 1)]
    return {"melody " + " ".join(map(str, run)) for run in runs if _telling(run)}


def _telling(run: list[int]) -> bool:
    """Return whether a run of intervals is distinctive: four different intervals and two turns at least."""
    turns = sum((step > 0) != (following > 0) for step, following in pairwise(run))
    return len(set(run)) >= 4 and turns >= 2


def groups_of(keys: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Group tracks by shared keys (union-find).

    Args:
        keys: track id -> its keys.

    Returns:
        track id -> its group's name, the smallest track id in it.
    """
    parent = {track: track for track in keys}

    def root(track: str) -> str:
        while parent[track] != track:
            parent[track] = parent[parent[track]]  # path halving: later look-ups are shorter
            track = parent[track]
        return track

    first: dict[str, str] = {}
    for track in sorted(keys):
        for key in keys[track]:
            known, new = root(first.setdefault(key, track)), root(track)
            parent[max(known, new)] = min(known, new)  # the smallest id is the root, whatever the order of the tracks
    return {track: root(track) for track in keys}


def _work_keys(candidate: Candidate, piece: Piece) -> list[str]:
    """Return the keys of the work that a track is part of, by the conventions of its collection."""
    collection, path = candidate.collection, candidate.path
    if collection == "bach-chorales":
        return _chorale_keys(path)
    if collection == "palestrina":
        return [f"mass {key}" for work in piece.headers.get("work", ()) for key in title_keys(work)]
    if collection == "trecento":
        volume = re.match(r"trecento/PMFC_(\d+)\D+?(\d+)", path)
        return [f"pmfc {volume[1]} {int(volume[2])}"] if volume else [path]
    if collection == "monteverdi":
        return [path[: len("monteverdi/madrigal.3")]]  # a book: many of its madrigals are parts of one cycle
    if collection == "quartets":
        return [path.rsplit("/", 1)[0]]
    return [
        f"essen {song[1]}"
        for note in piece.headers.get("note", ())[:1]
        if path.startswith("essenFolksong/") and (song := re.match(r"([A-Z]+\d+)", note))
    ]


def _chorale_keys(path: str) -> list[str]:
    """Return the cantata or passion that a chorale is part of, and the hymn that it sets."""
    from music21.corpus import chorales

    number = path.removeprefix("bach/bwv").rsplit(".", 1)[0]
    keys = [f"bwv {number.split('.')[0]}"] if "." in number else []
    entry = chorales.ChoraleListRKBWV().byBWV.get(re.sub(r"-.*", "", number))
    return keys + ([f"hymn {key}" for key in title_keys(entry["title"])] if entry else [])


def split_groups(groups: Mapping[str, str], shares: Mapping[str, float], order: Mapping[str, int]) -> dict[str, str]:
    """Assign whole groups to splits so that the splits' sizes come out as wanted.

    Args:
        groups: track id -> group.
        shares: split -> share of the tracks.
        order: group -> its place in the order of giving (a stable hash); among equals the larger group goes first.

    Returns:
        track id -> split.
    """
    members: dict[str, list[str]] = {}
    for track, group in groups.items():
        members.setdefault(group, []).append(track)
    room = {split: share * len(groups) for split, share in shares.items()}
    chosen: dict[str, str] = {}
    # Large groups first, while every split has room: a late one would overfill its split.
    for group in sorted(members, key=lambda name: (-_large(members[name]), order[name])):
        split = _roomiest(room, shares)
        room[split] -= len(members[group])
        chosen.update(dict.fromkeys(members[group], split))
    return chosen


def _large(members: Sequence[str]) -> int:
    """Return a group's size if it has more than ten tracks, else 0."""
    return len(members) if len(members) > 10 else 0


def _roomiest(room: Mapping[str, float], shares: Mapping[str, float]) -> str:
    """Return the split that lacks the largest share of its wanted size."""
    return max(room, key=lambda split: room[split] / shares[split])
