"""Import of a public set: from its files to the tracks of a manifest, with a report."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from adsw.corpus.importers import mtg_jamendo, musiccaps, song_describer, yt8m_mtc
from adsw.corpus.importers import report as remarks
from adsw.corpus.importers.audio_files import AudioFiles, audio_files
from adsw.corpus.importers.base import Choice, DescribedTrack, PublicSet, check_patterns, merged, without_leaks
from adsw.corpus.importers.report import Contents, Report
from adsw.corpus.importers.table import Table, file_text, read_table
from adsw.corpus.one_spelling import in_one_spelling
from adsw.corpus.table_files import check_suffix
from adsw.corpus.track import Track, assign_splits, split_of
from adsw.errors import Faults, InputError, short, unknown
from adsw.files import check_file

SETS: Mapping[str, PublicSet] = {
    public_set.name: public_set for public_set in (musiccaps.SET, mtg_jamendo.SET, song_describer.SET, yt8m_mtc.SET)
}
"""Name -> set."""


def looks_like(header: str) -> PublicSet | None:
    """Return the set whose files begin with such a header line, or None if no set's do."""
    return next((public_set for public_set in SETS.values() if not public_set.form.missing(header)), None)


@dataclass(frozen=True, slots=True)
class Imported:
    """The tracks of an import, and its report."""

    tracks: list[Track]
    report: Report


def import_set(
    which: PublicSet,
    files: Sequence[Path],
    out: Path,
    choice: Choice | None = None,
    audio_root: str | None = None,
    valid_share: float = 0.0,
) -> Imported:
    """Read a set's files into tracks. Nothing is written: see `adsw.corpus.manifest.write_manifest`.

    Args:
        which: the set.
        files: its files, as published.
        out: the manifest to be; paths of audio that nobody looked for are relative to its folder.
        choice: what of the set, and how its audio is named.
        audio_root: a folder, or the address of one; None: audio is not looked for.
        valid_share: of the groups in train, how many to move to valid, by a hash of the group.

    Raises:
        InputError: with every fault in the files and the choice.
    """
    faults = Faults(f"{which.title} cannot be imported")
    _check_output(out, files, faults)
    chosen = _checked(choice or Choice(), which, valid_share, faults)
    available = audio_files(audio_root, faults) if audio_root is not None else None
    read = _read(which, files, chosen, faults)
    folder = Path(os.path.abspath(out.parent))  # noqa: PTH100 (a link in it stays one)
    tracks = [_track(entry, which.name, available, folder) for entry in read.entries]
    tracks = assign_splits([_validated(track, valid_share) for track in tracks])
    notes = (
        *read.remarks,
        *remarks.on_splits(which, read.entries, tracks),
        *remarks.on_captions(tracks),
        *remarks.on_audio(which, read.entries, tracks, available, chosen.whole_videos),
    )
    return Imported(tracks, _report(which, files, read, tracks, available.root if available else None, notes))


@dataclass(frozen=True, slots=True)
class _Read:
    """The entries of a set's files, one per track, with the counts of their rows."""

    entries: list[DescribedTrack]
    rows: int
    repeated: int
    left_out: dict[str, int]
    remarks: tuple[str, ...]


def _read(which: PublicSet, files: Sequence[Path], choice: Choice, faults: Faults) -> _Read:
    """Return the entries of all files, one per track.

    Raises:
        InputError: with every fault noted until now.
    """
    tables = [table for path in files if (table := _table(path, which, faults)) is not None]
    reading = which.read(tables, choice, faults)
    told: list[str] = []
    both = merged(in_one_spelling(reading.entries, told), faults)
    rows = sum(len(table.rows) for table in tables)
    if not both.entries and not faults.found:
        why = ", ".join(f"{count:,} {reason}" for reason, count in reading.left_out.items())
        faults.add(", ".join(map(str, files)), f"none of {rows:,} rows can be used: {why}")
    faults.raise_if_any()
    entries = without_leaks(both.entries, reading.left_out)
    return _Read(entries, rows, both.repeated, dict(reading.left_out), tuple(told))


def _report(
    which: PublicSet, files: Sequence[Path], read: _Read, tracks: list[Track], root: str | None, notes: tuple[str, ...]
) -> Report:
    """Return the report of an import."""
    seconds = [entry.seconds for entry in read.entries if entry.seconds is not None]
    return Report(
        set=which.name,
        title=which.title,
        files=tuple(map(str, files)),
        rows=read.rows,
        repeated_rows=read.repeated,
        left_out=read.left_out,
        contents=Contents.of(tracks),
        group=which.group,
        hours=round(sum(seconds) / 3600, 2) if seconds else None,
        audio_root=root,
        remarks=notes,
    )


def _check_output(out: Path, files: Sequence[Path], faults: Faults) -> None:
    """Note a fault if the manifest could not be written, or would overwrite a file that is read."""
    try:
        check_suffix(out)
    except InputError as error:
        faults.extend(error.faults)
    check_file("--out", out, faults)
    if out.resolve() in {path.resolve() for path in files}:
        faults.add("--out", "must not be one of the files read", str(out), "Name another file.")


def _checked(choice: Choice, which: PublicSet, valid_share: float, faults: Faults) -> Choice:
    """Return the choice completed with the set's defaults, noting what is wrong with it."""
    if not 0 <= valid_share < 1:
        faults.add("--valid-share", "must be at least 0 and less than 1", valid_share)
    if choice.subset and choice.subset not in which.subsets:
        faults.extend([unknown("--subset", choice.subset, which.subsets, "subset")])
    wrong = Faults("")
    check_patterns(choice.patterns, which.fields, wrong)
    faults.extend(wrong.found)
    # A wrong choice is replaced by the default, so that the rows are read and their faults are listed too.
    use_defaults = bool(wrong.found) or not choice.patterns
    return replace(
        choice,
        subset=choice.subset if choice.subset in which.subsets else which.subsets[0],
        patterns=which.patterns if use_defaults else choice.patterns,
    )


def _table(path: Path, which: PublicSet, faults: Faults) -> Table | None:
    """Read a file's rows; note a fault and return None if it is not a file of this set."""
    text = file_text(path, faults)
    if text is None:
        return None
    header = next(line.rstrip("\n") for line in io.StringIO(text, newline=None) if line.strip())
    missing = which.form.missing(header)
    if not missing:
        return read_table(path, text, which.form, faults)
    other = looks_like(header)
    if other is not None:
        fix = f"It looks like {other.title}: use `adsw import {other.name}`."
        faults.add(str(path), f"is no file of {which.title}", None, fix)
    else:
        rule = f"lacks the columns {', '.join(missing)} in its first line"
        faults.add(str(path), rule, short(header), "Give the file as it was published.")
    return None


def _track(entry: DescribedTrack, dataset: str, files: AudioFiles | None, folder: Path) -> Track:
    """Return the track of an entry, with the first of its places where audio is, or may be if it was not looked for."""
    audio, part = None, None
    for place in entry.places:
        if files is not None:
            audio = files.find(place.name)
        elif place.is_definite:
            audio = os.path.normpath(folder / place.name)
        if audio is not None:
            part = place
            break
    return Track(
        track_id=entry.track_id,
        audio=audio,
        start_s=part.start_s if part else None,
        duration_s=part.duration_s if part else None,
        tags=entry.tags,
        captions=entry.captions,
        split=entry.split,
        group=entry.group,
        dataset=dataset,
    )


def _validated(track: Track, share: float) -> Track:
    """Return the track, moved from train to valid if the hash of its group says so."""
    if track.split != "train" or not share:
        return track
    return replace(track, split=split_of(track.group, {"train": 1.0 - share, "valid": share}))
