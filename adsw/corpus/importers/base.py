"""Description of a public set to import: its name, the form of its files, how its audio is named, how to read rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import Formatter

from adsw.corpus import manifest as cells
from adsw.corpus.importers.table import Form, Row, Table
from adsw.corpus.manifest import Tags
from adsw.corpus.track import SPLITS
from adsw.errors import Faults, unknown
from adsw.spelling import folded

_MUST_AGREE = ("split", "group", "places")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a track's audio may lie, and which part of that file the track is."""

    name: str
    """Relative to the audio root; ``.*`` at its end stands for any audio suffix."""
    start_s: float | None = None
    """None: the file's beginning."""
    duration_s: float | None = None
    """None: to the file's end."""

    @property
    def is_definite(self) -> bool:
        """Whether the name has a suffix, so that it stands for one file."""
        return not self.name.endswith(".*")


@dataclass(frozen=True, slots=True)
class DescribedTrack:
    """A track as a set's files describe it."""

    where: str
    """File and line, for faults."""
    track_id: str
    tags: Tags
    captions: tuple[str, ...]
    split: str
    """``train``, ``valid``, ``test``, or empty if the files do not say."""
    group: str
    places: tuple[Place, ...]
    """Where its audio may lie, the likeliest first."""
    seconds: float | None
    """Length in seconds; None if the files do not say."""


@dataclass(slots=True)
class Reading:
    """The entries of a set's files, and why rows were left out."""

    entries: list[DescribedTrack] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    """Why rows were left out -> how many."""


@dataclass(frozen=True, slots=True)
class Merged:
    """Entries, one per track, in the order of their first rows."""

    entries: tuple[DescribedTrack, ...]
    repeated: int
    """Rows that added nothing to what others say of their track."""


def merged(entries: Iterable[DescribedTrack], faults: Faults) -> Merged:
    """Merge the entries of each track into one with the tags and captions of all.

    Args:
        entries: in any order.
        faults: entries of one track that disagree about its split, group or place are noted here, and ids that differ
            in their spelling only.
    """
    entry_of: dict[str, DescribedTrack] = {}
    spelled: dict[str, DescribedTrack] = {}
    repeated = 0
    for entry in entries:
        first = spelled.setdefault(folded(entry.track_id), entry)
        if first.track_id != entry.track_id:
            rule = f"names a track {entry.track_id!a}, which {first.where} writes {first.track_id!a}"
            faults.add(entry.where, rule, None, "Write an id in one way.")
        known = entry_of.setdefault(entry.track_id, entry)
        if known is entry:
            continue
        for name in _MUST_AGREE:
            one, other = getattr(known, name), getattr(entry, name)
            if one != other and not (name == "group" and folded(one) == folded(other)):
                rule = f"says another {name.removesuffix('s')} of track {entry.track_id!r} than {known.where}"
                faults.add(entry.where, rule, None, "Give files that belong together.")
        # A set's files overlap (a track's genres, moods and instruments): a row that adds nothing is a repetition.
        both = _union(known, entry)
        repeated += both == known
        entry_of[entry.track_id] = both
    return Merged(tuple(entry_of.values()), repeated)


def without_leaks(entries: Iterable[DescribedTrack], left_out: Counter[str]) -> list[DescribedTrack]:
    """Leave out entries whose group is in several splits, but for those of the last split (train, valid, test).

    Args:
        entries: one per track.
        left_out: why entries were left out is counted here.
    """
    # The last split keeps its tracks, since figures on held-out data are what must be right.
    rank = {split: place for place, split in enumerate(("", *SPLITS))}
    all_entries = list(entries)
    last: dict[str, str] = {}
    for entry in all_entries:
        group = folded(entry.group)
        last[group] = max(last.get(group, ""), entry.split, key=rank.__getitem__)
    kept = []
    for entry in all_entries:
        if entry.split in ("", last[folded(entry.group)]):
            kept.append(entry)
        else:
            left_out[f"{entry.split} tracks of a group that is also in {last[folded(entry.group)]}"] += 1
    return kept


def _union(first: DescribedTrack, second: DescribedTrack) -> DescribedTrack:
    """Return the first entry with the tags and captions of both."""
    tags = {
        category: tuple(dict.fromkeys([*first.tags.get(category, ()), *second.tags.get(category, ())]))
        for category in dict.fromkeys([*first.tags, *second.tags])
    }
    return replace(first, tags=tags, captions=tuple(dict.fromkeys([*first.captions, *second.captions])))


OTHER = cells.OTHER
"""The category of tags that no vocabulary knows."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The user's settings of an import."""

    subset: str = ""
    """One of the set's `subsets`; empty: its first."""
    patterns: tuple[str, ...] = ()
    """How audio files are named, the likeliest first; see `patterns`. Empty: the set's default patterns."""
    whole_videos: bool = False
    """Whether the audio files are whole videos, from which the clips have to be cut."""
    category_of: Callable[[str], str] = field(default=cells.uncategorised)
    """The category of a plain tag."""


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A public data set that can be imported."""

    name: str
    """Its name on the command line, and the `dataset` of its tracks."""
    title: str
    """Its name for people."""
    form: Form
    """How its files are written."""
    fields: tuple[str, ...]
    """What a pattern of audio files may name."""
    patterns: tuple[str, ...]
    """How its audio files are named, as published and by those who downloaded them."""
    group: str
    """What its groups are: ``artist`` or ``video``."""
    read: Callable[[Sequence[Table], Choice, Faults], Reading]
    """Returns its entries, one per row that is not left out, and notes what is wrong with a row."""
    subsets: tuple[str, ...] = ("all",)
    """Parts of it that can be chosen; the first is the default."""
    clip_seconds: float | None = None
    """Length of its clips in seconds, where they are cut out of videos."""


_SPLITS = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "validation": "valid",
    "val": "valid",
    "dev": "valid",
    "test": "test",
    "eval": "test",
}

_WORD = re.compile(r"[a-z]+")


def named_split(path: Path) -> str:
    """Return ``train``, ``valid`` or ``test`` as the last such word of a file's name says, or an empty string.

    >>> named_split(Path("autotagging_moodtheme-validation.tsv"))
    'valid'
    """
    words = [_SPLITS[word] for word in _WORD.findall(path.stem.lower()) if word in _SPLITS]
    return words[-1] if words else ""


def check_patterns(patterns: Sequence[str], fields: Sequence[str], faults: Faults) -> None:
    """Note every pattern that cannot be parsed, names no field, or names an unknown one.

    Args:
        patterns: as the user wrote them.
        fields: what a set's rows can fill in.
        faults: receives them.
    """
    known = ", ".join(f"{{{name}}}" for name in fields)
    for pattern in patterns:
        try:
            parts = [(name, form, how) for _, name, form, how in Formatter().parse(pattern) if name is not None]
        except ValueError as error:
            faults.add("--audio-pattern", f"is no pattern: {error}", pattern, f"Known: {known}.")
            continue
        for name, form, how in parts:
            if name not in fields:
                faults.extend([unknown("--audio-pattern", name, fields, "field")])
            elif form or how:
                faults.add("--audio-pattern", f"must name {name!r} without a format", pattern, f"Write {{{name}}}.")
        if not parts:
            rule = "must name at least one field, or all tracks would have the same audio"
            faults.add("--audio-pattern", rule, pattern, f"Known: {known}.")


def filled(patterns: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the file names that the patterns give with a row's values, each once."""
    return tuple(dict.fromkeys(pattern.format_map(values) for pattern in patterns))


_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no", "")


def required(row: Row, column: str, faults: Faults) -> str:
    """Return a cell's text; note a fault and return an empty string if there is none."""
    value = cells.text(row.cells[column], f"{row.where} {column}", faults)
    if not value:
        faults.add(f"{row.where} {column}", "is required and must not be empty")
    return value or ""


def truth(row: Row, column: str, faults: Faults) -> bool:
    """Return whether a cell says yes; an empty cell says no."""
    value = row.cells[column].strip().lower()
    if value not in (*_TRUE, *_FALSE):
        faults.add(f"{row.where} {column}", "must be True or False", row.cells[column])
    return value in _TRUE


def interval(row: Row, first: str, last: str, faults: Faults) -> tuple[float, float]:
    """Return where a clip begins and ends, in seconds; note a fault and return (0, 0) if a time is missing."""
    begin = cells.seconds(required(row, first, faults) or None, f"{row.where} {first}", faults, positive=False)
    end = cells.seconds(required(row, last, faults) or None, f"{row.where} {last}", faults, positive=True)
    if begin is None or end is None:
        return 0.0, 0.0
    if end <= begin:
        faults.add(f"{row.where} {last}", f"must be after {first}, which is {begin:g}", end)
    return begin, end


def plain(number: float) -> str:
    """Return a number as file names write it.

    >>> plain(30.0), plain(2.5)
    ('30', '2.5')
    """
    return f"{number:.10g}"


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
