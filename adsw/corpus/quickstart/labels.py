"""The form, origin, era and composer of a piece, as its score and its collection state them.

Only what the source states is used, and a dance only where its metre is the dance's own. What describes the words
of a song and not its music (love song, soldiers' song) is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from adsw.corpus.quickstart.performance import INSTRUMENTS, SECONDS, Performance, tempo_class
from adsw.corpus.quickstart.scores import Piece
from adsw.corpus.quickstart.selection import Candidate
from adsw.corpus.quickstart.theory import mode_of, onsets_per_second, register_of, texture_of, tonic_of, weights_of

_DUPLE, _COMPOUND, _TRIPLE = {"2/2", "2/4", "4/4", "4/8"}, {"6/8", "12/8"}, {"3/4", "3/8", "9/8"}

_DANCES: tuple[tuple[str, str, set[str]], ...] = (
    (r"slip ?jig|hop jig", "slip jig", {"9/8"}),
    (r"\bjigg?s?\b", "jig", {"6/8"}),
    (r"\bslide\b", "slide", {"12/8", "6/8"}),
    (r"\breels?\b", "reel", _DUPLE),
    (r"hornpipe", "hornpipe", _DUPLE | {"3/2"}),
    (r"strathspey", "strathspey", _DUPLE),
    (r"\bclog\b", "clog", _DUPLE),
    (r"fling", "highland fling", _DUPLE),
    (r"\bwaltz(es)?\b|\bvalse\b", "waltz", _TRIPLE - {"9/8"}),
    (r"minuet|menuet", "minuet", {"3/4", "3/8"}),
    (r"gavott", "gavotte", _DUPLE),
    (r"\bpolka\b", "polka", {"2/4"}),
    (r"quick ?step", "quickstep", _DUPLE | _COMPOUND),
    (r"\bmarch\b", "march", _DUPLE | _COMPOUND),
)

_SONGS: tuple[tuple[str, str], ...] = (
    (r"wiegen", "lullaby"),
    (r"kinder", "children's song"),
    (r"tanz|reigen", "dance song"),
    (r"geistlich|religi", "sacred song"),
    (r"ballade|romanze", "ballad"),
    (r"shan'?ge", "mountain song"),
    (r"haozi", "work song"),
)

_COUNTRIES: tuple[tuple[str, str], ...] = (
    (r"Irland", "Irish"), (r"Schottland", "Scottish"), (r"England", "English"), (r"Niederlande", "Dutch"),
    (r"Schweiz", "Swiss"), (r"Oesterreich|Tirol|Steiermark|Kaernten", "Austrian"), (r"Italien", "Italian"),
    (r"Schweden", "Swedish"), (r"Daenemark", "Danish"), (r"Norwegen", "Norwegian"), (r"Island", "Icelandic"),
)  # fmt: skip
"""Other origins of the Essen songs -> tag. Its songs from farther east and west were sung there in German."""

_REGIONS = {
    "german-folk": "German", "chinese-folk": "Chinese", "lorraine": "Lorraine", "luxembourg": "Luxembourgish",
    "irish-airs": "Irish", "irish-dances": "Irish", "northumbrian": "Northumbrian",
}  # fmt: skip

_BOOKS = {"aird": "Aird's Airs", "ryan": "Ryan's Mammoth Collection", "fife": "American Fife Music"}
"""Collections of tunes from several countries: the book is known, the region is not."""

_ERAS = {
    "bach-chorales": "baroque", "palestrina": "Renaissance", "trecento": "medieval", "monteverdi": "Renaissance",
    "quartets": "classical era",
}  # fmt: skip

_LAST_NORTHUMBRIAN_SONG = 57

_TRECENTO_NAMES = {"Jacopo": "Jacopo da Bologna", "Giovanni": "Giovanni da Firenze", "PMFC_01": "Vitry"}

_MASS = ("Kyrie", "Gloria", "Credo", "Sanctus", "Benedictus", "Agnus Dei")

_MOVEMENTS: tuple[tuple[str, str], ...] = (
    (r"menuet|minuet", "minuet"), (r"scherzo", "scherzo"), (r"presto|vivace|allegro molto", "presto"),
    (r"allegretto", "allegretto"), (r"allegro", "allegro"), (r"adagio|largo|lento|grave", "adagio"),
    (r"andante|poco adagio", "andante"),
)  # fmt: skip

_TEMPI = {
    "jig": (92, 140), "slip jig": (92, 136), "slide": (104, 144), "reel": (84, 126), "hornpipe": (66, 108),
    "strathspey": (100, 150), "clog": (80, 116), "highland fling": (116, 160), "waltz": (110, 176),
    "minuet": (96, 144), "gavotte": (80, 126), "polka": (104, 140), "quickstep": (100, 136), "march": (84, 124),
    "air": (50, 100), "lullaby": (50, 76), "children's song": (88, 148), "dance song": (100, 156),
    "sacred song": (52, 84), "ballad": (58, 108), "mountain song": (50, 96), "work song": (60, 116),
    "folk song": (60, 140), "chorale": (54, 92), "madrigal": (60, 126), "mass": (48, 92),
    "polyphonic song": (60, 126), "presto": (144, 176), "allegro": (112, 150), "allegretto": (92, 118),
    "andante": (66, 92), "adagio": (44, 64), "scherzo": (126, 176), "quartet": (70, 120), "tune": (76, 132),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """Form, origin and tempo of a piece as its source states them."""

    tags: dict[str, tuple[str, ...]]
    """Tags of the categories form, region, collection, era, composer and ensemble, where known."""
    tempo: tuple[float, float]
    """Beats a minute that suit the kind: slowest and quickest."""
    ensemble: str | None
    """``"string quartet"`` or None."""


def kind_of(candidate: Candidate, piece: Piece, metre: str | None) -> Kind:
    """Return a piece's kind, read from its collection, titles and rhythm field."""
    form, pace = _form(candidate, piece, metre)
    ensemble = "string quartet" if candidate.collection == "quartets" else None
    tags = {
        "form": (form,) if form else (),
        "region": as_tags(_region(candidate, piece)),
        "collection": as_tags(_BOOKS.get(candidate.collection)),
        "era": as_tags(_era(candidate)),
        "composer": as_tags(_composer(candidate, piece)),
        "ensemble": as_tags(ensemble),
    }
    return Kind(
        tags={category: terms for category, terms in tags.items() if terms},
        tempo=_TEMPI[pace],
        ensemble=ensemble,
    )


def _form(candidate: Candidate, piece: Piece, metre: str | None) -> tuple[str, str]:
    """Return the form's tag (empty if unknown) and the name of its tempo range."""
    collection = candidate.collection
    if collection == "bach-chorales":
        return "chorale", "chorale"
    if collection == "monteverdi":
        return "madrigal", "madrigal"
    if collection == "palestrina":
        return _mass_movement(candidate.path), "mass"
    if collection == "trecento":
        return _trecento_form(candidate.path, piece)
    if collection == "quartets":
        return _quartet_form(piece)
    rhythm = " ".join(piece.headers.get("rhythm", ())).lower()
    if candidate.path.startswith("essenFolksong/"):
        return next(
            ((term, term) for pattern, term in _SONGS if re.search(pattern, rhythm)), ("folk song", "folk song")
        )
    title = " ".join(piece.headers.get("title", ())).lower()
    # What an editor stated as rhythm is surer than a word of a title, and that surer than the place in a book.
    dance = _dance(rhythm, metre) or _dance(title, metre) or _section(candidate, metre)
    if dance:
        return dance, dance
    song = _sung(candidate)
    return (song, song) if song else ("", "tune")


def _sung(candidate: Candidate) -> str:
    """Return the form of a song or air among the collections of tunes, or an empty string."""
    if candidate.collection == "irish-airs":
        return "air"
    # The first part of the Northumbrian Minstrelsy holds songs, the second pipe tunes.
    songs = candidate.collection == "northumbrian" and int(candidate.number or 0) <= _LAST_NORTHUMBRIAN_SONG
    return "folk song" if songs else ""


def _dance(text: str, metre: str | None) -> str | None:
    """Return the dance that a text names, if the metre is one of its own."""
    return next((form for pattern, form, metres in _DANCES if re.search(pattern, text) and metre in metres), None)


def _section(candidate: Candidate, metre: str | None) -> str | None:
    """Return the dance of a tune in O'Neill's book, which is printed in sections by dance."""
    if candidate.collection != "irish-dances" or candidate.number is None:
        return None
    number = int(candidate.number)
    for last, form, metres in ((1111, "jig", {"6/8"}), (1174, "slip jig", {"9/8"}), (1555, "reel", _DUPLE),
                               (1780, "hornpipe", _DUPLE)):  # fmt: skip
        if number <= last:
            return form if metre in metres else None
    return None


def _mass_movement(path: str) -> str:
    """Return the movement of the mass that a file's name states."""
    name = path.rsplit("/", 1)[-1]
    return next((part for part in _MASS if part.split()[0] in name), "mass movement")


def _trecento_form(path: str, piece: Piece) -> tuple[str, str]:
    """Return the form and tempo range by file name and volume of Polyphonic Music of the Fourteenth Century."""
    for part in _MASS:
        if part.split()[0] in path:
            return part, "mass"
    if re.search(r"PMFC_(01|24)", path):
        return "motet", "polyphonic song"
    # Only the work title counts: other titles in these files may belong to other pieces.
    named = re.search(r"madrigal|ballata|caccia", " ".join(piece.headers.get("work", ())).lower())
    secular = re.search(r"PMFC_0[46]", path)
    return (named[0] if named else "polyphonic song" if secular else ""), "polyphonic song"


def _quartet_form(piece: Piece) -> tuple[str, str]:
    """Return the form and tempo range of a quartet's movement by its first words."""
    words = " ".join(piece.headers.get("words", ())[:3]).lower()
    pace = next((pace for pattern, pace in _MOVEMENTS if re.search(pattern, words)), "quartet")
    return (pace if pace in ("minuet", "scherzo") else ""), pace


def _era(candidate: Candidate) -> str | None:
    """Return the era's tag, or None if it is not known."""
    # The last of Aird's six volumes came out after 1800.
    if re.match(r"airdsAirs/book[1-5]", candidate.path):
        return "18th century"
    return _ERAS.get(candidate.collection)


def _region(candidate: Candidate, piece: Piece) -> str | None:
    """Return the region's tag, or None if it is not known."""
    if candidate.collection == "trecento":
        return _italian(candidate)
    if candidate.collection != "european-folk":
        return _REGIONS.get(candidate.collection)
    origin = " ".join(piece.headers.get("origin", ()))
    if "/" in origin or "Deutschland" in origin:
        return None
    return next((country for pattern, country in _COUNTRIES if re.search(rf"\b(?:{pattern})\b", origin)), None)


def _italian(candidate: Candidate) -> str | None:
    """Return the region of a piece in an Italian volume of Polyphonic Music of the Fourteenth Century, else None."""
    # Volumes 1 and 23 are French.
    return "Italian" if re.search(r"PMFC_(04|06|12|13)", candidate.path) else None


def _composer(candidate: Candidate, piece: Piece) -> str | None:
    """Return the composer's tag, or None if not known."""
    named = {"bach-chorales": "Bach", "palestrina": "Palestrina", "monteverdi": "Monteverdi"}
    if candidate.collection in named:
        return named[candidate.collection]
    if candidate.collection == "quartets":
        return candidate.path.split("/")[0].capitalize()
    credit = " ".join([*piece.headers.get("composer", ()), candidate.path])
    if candidate.collection == "trecento":
        known = re.search(r"Landini|Jacopo|Piero|Giovanni|Ciconia|Gherardello|PMFC_01", credit)
        return known and _TRECENTO_NAMES.get(known[0], known[0])
    return "O'Carolan" if re.search(r"Carolan", " ".join(piece.headers.get("composer", ()))) else None


def as_tags(term: str | None) -> tuple[str, ...]:
    """Return the tags of a category that has one tag or, for None, no tag."""
    return (term,) if term else ()


CATEGORIES = (
    "form", "region", "collection", "era", "composer", "ensemble", "instrument", "family", "mode", "metre", "tempo",
    "texture", "register",
)  # fmt: skip
"""Every category, in the order a track's tags are written."""

_SOUNDS_AT = {instrument.program: instrument.sounds_at for instrument in INSTRUMENTS if instrument.sounds_at}

_QUIET_ONSETS, _BUSY_ONSETS = 1.5, 8.0
"""Onsets a second below which nothing is called fast, and above which nothing is called slow, whatever the beat."""


def tags_of(piece: Piece, kind: Kind, performance: Performance) -> dict[str, tuple[str, ...]]:
    """Return a track's tags by category; categories without a tag are left out."""
    heard = weights_of((note.pitch, note.duration_s) for note in performance.notes)
    score = weights_of((note.pitch, note.duration) for note in piece.notes)
    # The mode is of what is heard: the excerpt may be in another key than the score.
    mode = mode_of(heard, score, tonic_of(piece.tonics, piece.final, score))
    players = [seat.instrument for seat in performance.seats.values()]
    tags = {
        **kind.tags,
        "instrument": tuple(dict.fromkeys(player.name for player in players)),
        "family": tuple(dict.fromkeys(player.family for player in players)),
        "mode": as_tags(mode),
        "metre": as_tags(performance.metre and f"{performance.metre} time"),
        "tempo": as_tags(_tempo(performance)),
        "texture": as_tags(texture_of(performance.notes, SECONDS)),
        "register": (register_of(performance.notes, _SOUNDS_AT),),
    }
    return {category: tags[category] for category in CATEGORIES if tags.get(category)}


def _tempo(performance: Performance) -> str | None:
    """Return the tempo class of the beat, or None if the density of the notes contradicts it."""
    name = tempo_class(performance.beats_per_minute)
    onsets = onsets_per_second(performance.notes, SECONDS)
    contrary = onsets > _BUSY_ONSETS if name == "slow" else "fast" in name and onsets < _QUIET_ONSETS
    return None if contrary else name
