"""What a set's files say of a track, before its audio is looked for, and the merging of rows of one track."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from adsw.corpus.cells import Tags
from adsw.encode.schema import SPLITS
from adsw.errors import Faults

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
        faults: entries of one track that disagree about its split, group or place are noted here.
    """
    entry_of: dict[str, DescribedTrack] = {}
    repeated = 0
    for entry in entries:
        known = entry_of.setdefault(entry.track_id, entry)
        if known is entry:
            continue
        for name in _MUST_AGREE:
            if getattr(known, name) != getattr(entry, name):
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
        last[entry.group] = max(last.get(entry.group, ""), entry.split, key=rank.__getitem__)
    kept = []
    for entry in all_entries:
        if entry.split in ("", last[entry.group]):
            kept.append(entry)
        else:
            left_out[f"{entry.split} tracks of a group that is also in {last[entry.group]}"] += 1
    return kept


def _union(first: DescribedTrack, second: DescribedTrack) -> DescribedTrack:
    """Return the first entry with the tags and captions of both."""
    tags = {
        category: tuple(dict.fromkeys([*first.tags.get(category, ()), *second.tags.get(category, ())]))
        for category in dict.fromkeys([*first.tags, *second.tags])
    }
    return replace(first, tags=tags, captions=tuple(dict.fromkeys([*first.captions, *second.captions])))
