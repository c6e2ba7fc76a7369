"""Reading of a score into plain notes, with its stated key, metre and titles."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from adsw.errors import Fault, InputError
from adsw.fingerprint import file_sha256, fingerprint


def file_bytes(path: Path) -> bytes:
    """Return a score file's contents; compressed MusicXML is unpacked."""
    data = path.read_bytes()
    if path.suffix != ".mxl":
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        inside = [name for name in archive.namelist() if not name.startswith("META-INF")]
        return archive.read(next(name for name in inside if name.endswith((".xml", ".musicxml"))))


def decoded(data: bytes) -> str:
    """Decode text in UTF-8, or in the DOS encoding (code page 437) of the older song files."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp437")


def abc_tune(text: str, number: str | None) -> str:
    """Return one tune of an ABC file by its reference number, or the first tune if no number is given.

    Raises:
        KeyError: the file holds no tune of that number.
    """
    tunes = re.split(r"(?m)^(?=X:)", text)[1:]  # every tune begins with its reference number; a file's header does not
    for tune in tunes:
        if number is None or tune.split("\n", 1)[0][2:].strip().lstrip("0") == number.lstrip("0"):
            return tune
    raise KeyError(f"no tune {number}")


def humdrum_excerpt(text: str, quarters: float) -> str:
    """Return the first bars of a Humdrum score, its spines ended properly."""
    kept: list[str] = []
    bars, most = 0, _bars_needed(re.search(r"(?m)^\*M(\d+)/(\d+)", text), quarters)
    for line in text.splitlines():
        if line.startswith("="):
            bars += 1
            if bars > most:
                spines = line.count("\t") + 1  # every voice and comment column has to be ended
                return "\n".join([*kept, "\t".join(["*-"] * spines), ""])
        kept.append(line)
    return text


def musicxml_excerpt(root: ElementTree.Element, quarters: float) -> bytes:
    """Return the first bars of every part of a MusicXML score (`root` is changed)."""
    beats, unit = root.findtext(".//time/beats"), root.findtext(".//time/beat-type")
    most = _bars_needed(re.match(r"(\d+)/(\d+)", f"{beats}/{unit}"), quarters)
    for part in root.iter("part"):
        for bar in part.findall("measure")[most:]:
            part.remove(bar)
    return ElementTree.tostring(root)


def _bars_needed(metre: re.Match[str] | None, quarters: float) -> int:
    """Return the number of bars that hold so many quarter notes, and two spare ones for an upbeat."""
    in_a_bar = 4 * int(metre[1]) / int(metre[2]) if metre else 4.0
    return ceil(quarters / in_a_bar) + 2


_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

_ALTERATIONS = {"": 0, "#": 1, "b": -1, "-": -1}


@dataclass(frozen=True, slots=True)
class ScoreNote:
    """A note of a score, times in quarter notes from the beginning; tied notes are one."""

    start: float
    duration: float
    pitch: int
    part: int


@dataclass(frozen=True, slots=True)
class Piece:
    """The beginning of a score, or the whole of a short one."""

    notes: tuple[ScoreNote, ...]
    length: float
    """Quarter notes read."""
    complete: bool
    """Whether the score was read to its end."""
    metres: tuple[tuple[float, str], ...]
    """(position, time signature), as music21 finds them in the bars."""
    bars: tuple[float, ...]
    """Where the bars begin."""
    tonics: frozenset[int]
    """Pitch classes that the score's key allows as tonic; empty if it states no key."""
    final: int | None
    """Pitch class of the last bass note; None if it is not known."""
    headers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Fields of the score's header: title, rhythm, notes, work, composer; and the number in its source."""


class UnreadableScoreError(Exception):
    """The score cannot be read, or holds no notes."""


def read_piece(folder: Path, path: str, number: str | None, quarters: float = 48.0) -> Piece:
    """Read one score of music21's corpus.

    Args:
        folder: the corpus folder.
        path: the file within it: .abc, .krn, .xml, .musicxml or .mxl.
        number: which tune of an ABC file of many.
        quarters: how many quarter notes of a long score to read, at least.

    Raises:
        UnreadableScoreError: with the reason.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            piece = _read(_contents(folder / path), path, number, quarters)
    except Exception as error:  # music21 has no common class for what a damaged score can raise
        raise UnreadableScoreError(f"{type(error).__name__}: {error}"[:200]) from error
    if not piece.notes:
        raise UnreadableScoreError("no notes")
    return piece


@lru_cache(maxsize=4)
def _contents(path: Path) -> bytes:
    """Read a score file, keeping the last few: one ABC file holds hundreds of tunes."""
    return file_bytes(path)


def _read(data: bytes, path: str, number: str | None, quarters: float) -> Piece:
    """Parse a score by the format that its path names."""
    if path.endswith(".abc"):
        return _read_abc(abc_tune(decoded(data), number))
    if path.endswith(".krn"):
        return _read_humdrum(decoded(data), quarters)
    return _read_musicxml(data, quarters)


def _read_abc(tune: str) -> Piece:
    """Parse an ABC tune."""
    from music21 import abcFormat

    # Before version 2 music21 lets no accidental hold to the end of its bar, as these collections mean it to.
    handler = abcFormat.ABCHandler(abcVersion=(2, 0, 0))
    handler.abcDirectives["propagate-accidentals"] = "octave"
    handler.process(tune)
    score = abcFormat.translate.abcToStreamScore(handler)
    fields = {
        name: tuple(value.strip().rstrip("]") for value in re.findall(rf"(?m)^{letter}:(.*)$", tune))
        for letter, name in {
            "T": "title",
            "R": "rhythm",
            "N": "note",
            "O": "origin",
            "C": "composer",
            "M": "metre",
            "B": "book",
            "X": "number",
            "K": "key",
        }.items()
    }
    key = re.match(r"([A-G])([#b]?)", (fields["key"] or ("",))[0])
    tonics = frozenset({(_STEPS[key[1]] + _ALTERATIONS[key[2]]) % 12}) if key else frozenset()
    return _piece(score, tonics, None, complete=True, headers=fields)


def _read_humdrum(text: str, quarters: float) -> Piece:
    """Parse the beginning of a Humdrum score."""
    from music21 import converter

    excerpt = humdrum_excerpt(text, quarters)
    key = re.search(r"(?m)(?:^|\t)\*([A-Ga-g])([#-]?):", text)
    tonics = frozenset({(_STEPS[key[1].upper()] + _ALTERATIONS[key[2]]) % 12}) if key else frozenset()
    fields = {
        name: tuple(value.strip() for value in re.findall(rf"(?m)^!!!{code}:(.*)$", text))
        for code, name in {"OTL": "title", "OPR": "work", "COM": "composer"}.items()
    }
    score = converter.parseData(excerpt, format="humdrum")
    # A section of a mass often ends on another degree than its mode's tonic: the last note says nothing here.
    final = next(iter(tonics), None)
    return _piece(score, tonics, final, complete=excerpt is text, headers=fields)


def _read_musicxml(data: bytes, quarters: float) -> Piece:
    """Parse the beginning of a MusicXML score."""
    from music21 import converter

    root = ElementTree.fromstring(data)
    fields = {
        name: tuple(element.text.strip() for element in root.iter(tag) if element.text)
        for tag, name in {
            "movement-title": "title",
            "work-title": "work",
            "creator": "composer",
            "words": "words",
        }.items()
    }
    fifths = root.findtext(".//key/fifths")
    # A key signature fits a major key (7 semitones a fifth) and its relative minor, 9 semitones above.
    major = 7 * int(fifths) % 12 if fifths else None
    tonics = frozenset() if major is None else frozenset({major, (major + 9) % 12})
    final = _last_bass(root)  # before the excerpt is cut, which changes `root`
    bars = max((len(part.findall("measure")) for part in root.iter("part")), default=0)
    excerpt = musicxml_excerpt(root, quarters)
    kept = max((len(part.findall("measure")) for part in root.iter("part")), default=0)
    score = converter.parseData(excerpt.decode(), format="musicxml")
    return _piece(score, tonics, final, complete=kept == bars, headers=fields)


def _last_bass(root: ElementTree.Element) -> int | None:
    """Return the pitch class of the last note of the lowest part, with its transposition; None if it has no notes."""
    parts = list(root.iter("part"))
    pitches = [] if not parts else list(parts[-1].iter("pitch"))
    if not pitches:
        return None
    last = pitches[-1]
    shift = int(float(parts[-1].findtext(".//transpose/chromatic") or 0))
    return (_STEPS[last.findtext("step") or "C"] + int(float(last.findtext("alter") or 0)) + shift) % 12


def _piece(
    score: Any, tonics: frozenset[int], final: int | None, *, complete: bool, headers: dict[str, tuple[str, ...]]
) -> Piece:
    """Collect the notes, bars and metres of a music21 score."""
    # The score is walked here since music21's MIDI export is slow and adds what is not wanted.
    transposing = any(player.transposition for player in score.recurse().getElementsByClass("Instrument"))
    sounding = score.toSoundingPitch() if transposing else score
    parts = list(sounding.parts)
    notes = [note for index, part in enumerate(parts) for note in _tied(_notes(part, index))]
    bars, metres = _bars(parts[0]) if parts else ((), ())
    length = max((note.start + note.duration for note in notes), default=0.0)
    if final is None and notes:
        final = max(notes, key=lambda note: (note.start, -note.pitch)).pitch % 12
    return Piece(
        notes=tuple(sorted(notes, key=lambda note: (note.start, note.part, note.pitch))),
        length=max([length, *(float(part.highestTime) for part in parts)]),
        complete=complete,
        metres=metres,
        bars=bars,
        tonics=tonics,
        final=final,
        headers=headers,
    )


def _notes(part: Any, index: int) -> Iterator[tuple[ScoreNote, bool]]:
    """Yield every sounding note of a part, with whether it is tied to the one before."""
    for element in part.recurse().notes:
        length = float(element.duration.quarterLength)
        if length <= 0 or "ChordSymbol" in element.classes or "Unpitched" in element.classes:
            continue
        start = float(element.getOffsetInHierarchy(part))
        for note in element.notes if "Chord" in element.classes else (element,):
            tied = note.tie is not None and note.tie.type in ("stop", "continue")
            yield ScoreNote(start, length, int(note.pitch.midi), index), tied


def _tied(notes: Iterator[tuple[ScoreNote, bool]]) -> list[ScoreNote]:
    """Join tied notes into one."""
    joined: list[ScoreNote] = []
    latest: dict[int, int] = {}
    for note, tied in sorted(notes, key=lambda item: (item[0].start, item[0].pitch)):
        # Only the latest note of the pitch, and only if it ends where this begins: ties in scores may lead nowhere.
        before = latest.get(note.pitch)
        if tied and before is not None and abs(joined[before].start + joined[before].duration - note.start) < 1e-3:
            old = joined[before]
            joined[before] = ScoreNote(old.start, old.duration + note.duration, old.pitch, old.part)
            continue
        latest[note.pitch] = len(joined)
        joined.append(note)
    return joined


def _bars(part: Any) -> tuple[tuple[float, ...], tuple[tuple[float, str], ...]]:
    """Return where the bars of a part begin, and its time signatures with their positions."""
    starts = tuple(float(bar.getOffsetInHierarchy(part)) for bar in part.getElementsByClass("Measure"))
    metres = tuple(
        (float(metre.getOffsetInHierarchy(part)), str(metre.ratioString))
        for metre in part.recurse().getElementsByClass("TimeSignature")
    )
    return starts, metres


_PACKAGES = {"music21": "the scores", "pretty_midi": "the recorded instruments"}


def require_packages() -> None:
    """Check that the packages that the quickstart corpus is made of are installed.

    Raises:
        InputError: with what is missing and how to install it.
    """
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise InputError(
            "The quickstart corpus needs packages that are not installed",
            [
                Fault(name, f"is needed for {_PACKAGES[name]}", None, "Run: pip install 'adsw[quickstart]'")
                for name in missing
            ],
        )


def corpus_folder() -> Path:
    """Return the folder of music21's core corpus."""
    return _folder("music21") / "corpus"


def soundfont_path() -> Path:
    """Return the path of TimGM6mb.sf2 (Tim Brechbill, GPL-2), which pretty_midi carries."""
    return _folder("pretty_midi") / "TimGM6mb.sf2"


def recipe() -> str:
    """Return the fingerprint of what makes a track: scores, instruments and this package's code."""
    code = {path.name: file_sha256(path) for path in sorted(Path(__file__).parent.glob("*.py"))}
    return fingerprint({"music21": version("music21"), "soundfont": file_sha256(soundfont_path()), "code": code})


def _folder(package: str) -> Path:
    """Return the folder of an installed package."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed")
    return Path(spec.origin).parent
