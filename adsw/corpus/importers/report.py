"""Report of an import in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from adsw.corpus.track import Track
from adsw.encode.schema import SPLITS


@dataclass(frozen=True, slots=True)
class TagCount:
    """Counts of the tags of a category."""

    distinct: int
    given: int
    """How often one of them is given to a track."""
    tracks: int
    """Tracks that have one."""


@dataclass(frozen=True, slots=True)
class SplitCount:
    """Counts of a split."""

    tracks: int
    captions: int
    groups: int
    with_audio: int


@dataclass(frozen=True, slots=True)
class SharedTexts:
    """Captions that several tracks share: in evaluation one query with several targets."""

    texts: int
    tracks: int


@dataclass(frozen=True, slots=True)
class Contents:
    """Counts of a list of tracks."""

    tracks: int
    captions: int
    distinct_tags: int
    """In all categories."""
    tags: Mapping[str, TagCount]
    """By category, in order of their names."""
    groups: int
    splits: Mapping[str, SplitCount]
    """Those that hold something."""
    shared_texts: SharedTexts
    with_audio: int
    """Tracks that have a path or an address. A file is known to be there only if the report has an `audio_root`."""
    without_audio: int
    """Tracks that have none; they stay in the manifest."""

    @classmethod
    def of(cls, tracks: Sequence[Track]) -> Contents:
        """Count what the tracks hold."""
        tags = _tag_counts(tracks)
        with_audio = sum(track.audio is not None for track in tracks)
        return cls(
            tracks=len(tracks),
            captions=sum(len(track.captions) for track in tracks),
            distinct_tags=sum(count.distinct for count in tags.values()),
            tags=tags,
            groups=len({track.group for track in tracks}),
            splits=_split_counts(tracks),
            shared_texts=_shared_texts(tracks),
            with_audio=with_audio,
            without_audio=len(tracks) - with_audio,
        )


@dataclass(frozen=True, slots=True)
class Report:
    """Report of an import."""

    set: str
    title: str
    files: tuple[str, ...]
    rows: int
    """In the files."""
    repeated_rows: int
    """Rows that added nothing to what others say of their track."""
    left_out: Mapping[str, int]
    """Why rows or tracks were left out -> how many."""
    contents: Contents
    group: str
    """What the groups are."""
    hours: float | None
    """Hours of audio as the files say; None if they say it of no track."""
    audio_root: str | None
    """Where audio was looked for; None: it was not looked for."""
    remarks: tuple[str, ...]
    """What the user should know."""

    def document(self) -> dict[str, Any]:
        """Return the report as `--json` prints it: the contents' fields beside the others."""
        document = asdict(self)
        contents: dict[str, Any] = document.pop("contents")
        return {**document, **contents}


def _tag_counts(tracks: Sequence[Track]) -> dict[str, TagCount]:
    """Count the tags of each category, categories in order of their names."""
    distinct: dict[str, set[str]] = {}
    given: Counter[str] = Counter()
    having: Counter[str] = Counter()
    for track in tracks:
        for category, names in track.tags.items():
            distinct.setdefault(category, set()).update(names)
            given[category] += len(names)
            having[category] += 1
    return {name: TagCount(len(distinct[name]), given[name], having[name]) for name in sorted(distinct)}


def _split_counts(tracks: Sequence[Track]) -> dict[str, SplitCount]:
    """Count what each split holds; empty splits are left out."""
    counts = {}
    for split in SPLITS:
        inside = [track for track in tracks if track.split == split]
        if inside:
            captions = sum(len(track.captions) for track in inside)
            with_audio = sum(track.audio is not None for track in inside)
            counts[split] = SplitCount(len(inside), captions, len({track.group for track in inside}), with_audio)
    return counts


def _shared_texts(tracks: Sequence[Track]) -> SharedTexts:
    """Count the captions that several tracks share, and these tracks."""
    having = Counter(caption for track in tracks for caption in set(track.captions))
    several = {caption for caption, count in having.items() if count > 1}
    return SharedTexts(len(several), sum(any(caption in several for caption in track.captions) for track in tracks))
