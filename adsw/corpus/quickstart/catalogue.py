"""Scores of music21's corpus that may become tracks, and the order in which they are tried.

The order takes one of each collection in turn, so that every prefix of it is balanced: 60 tracks are spread over
the collections as 1,500 are, until a small collection is used up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

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
