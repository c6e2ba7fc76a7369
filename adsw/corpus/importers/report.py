"""Report of an import in figures."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import soundfile

from adsw.corpus.importers.audio_files import AudioFiles
from adsw.corpus.importers.base import DescribedTrack, PublicSet
from adsw.corpus.track import SPLITS, Track
from adsw.spelling import folded


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
    """In all categories; a tag of several counts once."""
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
            distinct_tags=len({folded(tag) for track in tracks for given in track.tags.values() for tag in given}),
            tags=tags,
            groups=_groups(tracks),
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
            counts[split] = SplitCount(len(inside), captions, _groups(inside), with_audio)
    return counts


def _groups(tracks: Sequence[Track]) -> int:
    """Count the groups, whatever their spelling."""
    return len({folded(track.group) for track in tracks})


def _shared_texts(tracks: Sequence[Track]) -> SharedTexts:
    """Count the captions that several tracks share, and these tracks."""
    having = Counter(caption for track in tracks for caption in set(track.captions))
    several = {caption for caption, count in having.items() if count > 1}
    return SharedTexts(len(several), sum(any(caption in several for caption in track.captions) for track in tracks))


_SAMPLE = 20
"""Number of files whose length is looked at."""

_MUCH_LONGER = 2.0
"""A file more than this many times as long as a clip counts as a whole video."""


def on_audio(
    which: PublicSet,
    entries: Sequence[DescribedTrack],
    tracks: Sequence[Track],
    files: AudioFiles | None,
    whole_videos: bool,
) -> Iterator[str]:
    """Yield remarks on where audio was looked for, and on how long it is.

    Args:
        which: the set.
        entries: of its files.
        tracks: made of them, in the same order.
        files: what lies under the audio root; None: it was not looked for.
        whole_videos: whether clips are to be cut out of the files.
    """
    present = sum(track.audio is not None for track in tracks)
    if files is None:
        if present:
            yield "Audio paths are written as names say and were not looked for: name a folder with --audio-root."
        elif tracks:
            yield "Audio was not looked for: name its folder with --audio-root, and its files with --audio-pattern."
        return
    if entries and not present:
        wanted = ", ".join(place.name for place in entries[0].places[:4])
        names = ", ".join(files.examples()) or "nothing"
        yield f"No audio was found under {files.root}. Looked for {wanted}, ...; there is {names}. See --audio-pattern."
    if which.clip_seconds is not None:
        yield from _on_lengths(tracks, which.clip_seconds, whole_videos)


def on_splits(which: PublicSet, entries: Sequence[DescribedTrack], tracks: Sequence[Track]) -> Iterator[str]:
    """Yield remarks on splits that no file names, on a missing split, and on tracks without tags and captions."""
    unnamed = sum(not entry.split for entry in entries)
    if unnamed:
        yield (
            f"The names of the files say no split of {unnamed:,} tracks: drawn from a hash of the {which.group}, "
            "60, 20 and 20 %."
        )
    splits = {track.split for track in tracks}
    if "train" in splits and "valid" not in splits:
        yield "There is no valid split, by which sweeps choose: --valid-share 0.1 takes a tenth of train for it."
    silent = sum(not track.tags and not track.captions for track in tracks)
    if silent:
        yield f"{silent:,} tracks have neither tags nor captions: preparation will leave them out."


_MARKUP = re.compile(r"&(?:#\w{1,8}|amp|lt|gt|quot|apos|nbsp);|<[/!|]?[a-z][^<>]{0,200}>|\ufffd", re.IGNORECASE)


def on_captions(tracks: Sequence[Track]) -> Iterator[str]:
    """Yield a remark on captions that hold HTML's entities, marks or broken characters; they stay as they are."""
    marked = [text for track in tracks for text in track.captions if _MARKUP.search(text)]
    if marked:
        found = ", ".join(sorted({match.group() for text in marked for match in _MARKUP.finditer(text)})[:4])
        yield f"{len(marked):,} captions hold markup or entities ({found}), which are kept as they are: mend the file."


def _on_lengths(tracks: Sequence[Track], clip: float, whole_videos: bool) -> Iterator[str]:
    """Yield a remark if a sample of the files looks like whole videos where clips are expected, or the reverse."""
    local = [track for track in tracks if track.audio is not None and "://" not in track.audio]
    # A few files suffice for the median, and a header on a network disk takes its time.
    sample = local[:: max(len(local) // _SAMPLE, 1)][:_SAMPLE]
    lengths = [(length, track) for track in sample if (length := _seconds(str(track.audio))) is not None]
    if not lengths:
        return
    median = statistics.median(length for length, _ in lengths)
    if not whole_videos and median > _MUCH_LONGER * clip:
        yield (
            f"The files look like whole videos (median {median:.0f} s of {len(lengths)}), a clip has {clip:.0f} s: "
            "--whole-videos cuts the clips out; without it the files' own middle is used."
        )
    outside = sum(length <= (track.start_s or 0.0) for length, track in lengths)
    if whole_videos and outside:
        yield (
            f"{outside} of {len(lengths)} files end before their clip begins: they may be the clips already; "
            "leave out --whole-videos."
        )


def _seconds(audio: str) -> float | None:
    """Return the length of a file in seconds by its header, or None if it cannot be read."""

    try:
        return float(soundfile.info(str(Path(audio))).duration)
    except (soundfile.LibsndfileError, OSError):
        return None
