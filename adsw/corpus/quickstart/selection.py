"""Scores of music21's corpus that may become tracks, and the order in which they are tried.

The order takes one of each collection in turn, so that every prefix of it is balanced: 60 tracks are spread over
the collections as 1,500 are, until a small collection is used up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import PurePosixPath

import numpy as np

from adsw.corpus.quickstart.scores import Piece
from adsw.draws import key_of

_FEWEST_NOTES, _MOST_NOTES, _MOST_PARTS = 16, 8000, 8
"""Shorter scores are fragments; longer ones take seconds to read for ten seconds of music."""

COLLECTIONS = {
    "german-folk": "German folk songs of the Essen collection",
    "european-folk": "folk songs of other European countries in the Essen collection",
    "lorraine": "songs of Lorraine (Essen collection, after Pinck)",
    "luxembourg": "songs of Luxembourg (Essen collection)",
    "chinese-folk": "Chinese folk songs of the Essen collection",
    "irish-airs": "O'Neill's Music of Ireland, 1903: airs and songs, and Irish songs of the Essen collection",
    "irish-dances": "O'Neill's Music of Ireland, 1903: dance tunes",
    "aird": "Aird's Selection of Scotch, English, Irish and Foreign Airs, Glasgow, from 1782",
    "ryan": "Ryan's Mammoth Collection of fiddle tunes, Boston, 1883",
    "northumbrian": "Northumbrian Minstrelsy, 1882",
    "fife": "American fife tunes",
    "bach-chorales": "chorale settings of J. S. Bach",
    "palestrina": "mass movements of Palestrina",
    "trecento": "Italian and French polyphony of the fourteenth century",
    "monteverdi": "madrigals of Monteverdi",
    "quartets": "string quartets of Haydn, Mozart and Beethoven",
}
"""Name -> what it holds."""

DATASETS = {
    "songs": ("german-folk", "european-folk", "lorraine", "luxembourg", "chinese-folk", "irish-airs"),
    "tunes": ("irish-dances", "aird", "ryan", "northumbrian", "fife"),
    "works": ("bach-chorales", "palestrina", "trecento", "monteverdi", "quartets"),
}
"""Data set -> its collections: what is sung, what is played to dance or march, what a composer wrote in parts."""

DATASET_OF = {collection: name for name, collections in DATASETS.items() for collection in collections}

_BY_FOLDER = {
    "airdsAirs": "aird",
    "ryansMammoth": "ryan",
    "bach": "bach-chorales",
    "palestrina": "palestrina",
    "trecento": "trecento",
    "monteverdi": "monteverdi",
    "haydn": "quartets",
    "mozart": "quartets",
    "beethoven": "quartets",
}

_LEFT_OUT = re.compile(
    r"rntxt$|_old\.|_bak\.|-inst\.|bach/bwv8\d\d|bach/.*\.krn$|beethoven/.*\.krn$|mozart/k545"
    r"|essenFolksong/(test|folkHaydn)"
)
"""Paths that are not used: analyses, superseded copies, second encodings of a work, keyboard works among the chorales,
and Haydn's settings of Scottish songs, which the Essen collection files under Germany."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A score that may become a track."""

    track_id: str
    path: str
    """Path within music21's corpus folder."""
    number: str | None
    """Number of the tune in a file that holds many; None if the file is one score."""
    collection: str
    """A name in COLLECTIONS."""


@dataclass(frozen=True, slots=True)
class ScoreMetadata:
    """Metadata of a score from music21's metadata bundle."""

    path: str
    number: str | None
    locale: str
    notes: int
    parts: int


def candidates(entries: Iterable[ScoreMetadata]) -> list[Candidate]:
    """Return all usable scores, in the order to try them."""
    by_collection: dict[str, list[Candidate]] = {}
    for entry in entries:
        collection = collection_of(entry)
        if collection is not None:
            track_id = _track_id(entry)
            by_collection.setdefault(collection, []).append(Candidate(track_id, entry.path, entry.number, collection))
    return _interleaved([_shuffled(by_collection[name]) for name in COLLECTIONS if name in by_collection])


@lru_cache(maxsize=1)
def read_catalogue() -> tuple[ScoreMetadata, ...]:
    """Read the metadata of every score of music21's core corpus (about two seconds, once)."""
    from music21.corpus.corpora import CoreCorpus

    bundle = CoreCorpus().metadataBundle
    return tuple(
        ScoreMetadata(
            path=str(PurePosixPath(entry.sourcePath)),
            number=None if entry.number is None else str(entry.number),
            locale=entry.metadata.localeOfComposition or "",
            notes=entry.metadata.noteCount or 0,
            parts=entry.metadata.numberOfParts or 0,
        )
        for entry in bundle[:]
        if entry.metadata is not None
    )


def collection_of(entry: ScoreMetadata) -> str | None:
    """Return the collection a score belongs to, or None if it is not used."""
    fitting = _FEWEST_NOTES <= entry.notes <= _MOST_NOTES and 1 <= entry.parts <= _MOST_PARTS
    if not fitting or _LEFT_OUT.search(entry.path):
        return None
    folder, _, name = entry.path.partition("/")
    if folder == "essenFolksong":
        return _essen_collection(name, entry.locale)
    if folder == "oneills1850":
        # O'Neill's book prints its airs and songs first, up to number 700.
        return "irish-airs" if int(entry.number or 0) <= 700 else "irish-dances"
    if folder == "miscFolk":
        return "northumbrian" if name.startswith("northumbrian") else _fife(entry)
    return _BY_FOLDER.get(folder)


def _fife(entry: ScoreMetadata) -> str | None:
    """Return the collection of an American fife tune, or None for the second half of the file."""
    # Numbers from 101 on are the uncorrected first edition of the same tunes.
    return "fife" if int(entry.number or 0) <= 100 else None


def _essen_collection(name: str, locale: str) -> str:
    """Return the collection of an Essen song by the start of its file name, else by its place of origin."""
    for start, collection in (
        ("han", "chinese-folk"),
        ("lot", "lorraine"),
        ("lux", "luxembourg"),
        ("irl", "irish-airs"),
    ):
        if name.startswith(start):
            return collection
    german = re.match(r"(Europa, )?Mitteleuropa, Deutschland(?! */)", locale)
    return "german-folk" if german else "european-folk"


def _track_id(entry: ScoreMetadata) -> str:
    """Return a track id made of a score's path and number."""
    stem = entry.path.rsplit(".", 1)[0] + ("" if entry.number is None else f"-{entry.number}")
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")


def _shuffled(members: list[Candidate]) -> list[Candidate]:
    """Return each track once, in an order that depends on the ids alone."""
    unique = {candidate.track_id: candidate for candidate in members}
    return sorted(unique.values(), key=lambda candidate: key_of(f"order/{candidate.track_id}"))


def _interleaved(lists: Sequence[list[Candidate]]) -> list[Candidate]:
    """Return one candidate of each list in turn, while they last."""
    ranked = [(rank, index, candidate) for index, members in enumerate(lists) for rank, candidate in enumerate(members)]
    return [candidate for _, _, candidate in sorted(ranked, key=lambda item: item[:2])]


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
