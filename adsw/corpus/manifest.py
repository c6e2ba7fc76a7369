"""Manifests: one row per track, in Parquet, CSV or JSONL. Every fault is found, with its row, before anything runs."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from adsw.corpus import cells
from adsw.corpus.places import is_address, joined
from adsw.corpus.rows import Row, read_rows, write_rows
from adsw.corpus.splits import assign_splits
from adsw.corpus.track import Track
from adsw.encode.schema import SPLITS
from adsw.errors import Faults, unknown

__all__ = ["COLUMNS", "Track", "read_manifest", "write_manifest"]

COLUMNS = ("track_id", "audio", "start_s", "duration_s", "tags", "captions", "split", "group", "dataset")
_NEAR = 0.8
"""Similarity (`difflib` ratio) from which an unknown column counts as a mistyped known one; others are ignored."""


def read_manifest(
    path: Path, audio_root: str | Path | None = None, category_of: Callable[[str], str] | None = None
) -> list[Track]:
    """Read a manifest.

    Missing splits come from a stable hash of the group. Whether audio files exist is not looked at: preparation counts
    what it cannot use.

    Args:
        path: the file; its suffix says what it is.
        audio_root: where relative audio paths start, a folder or an address such as ``s3://bucket/music``; the
            manifest's folder by default. Absolute paths and addresses are kept.
        category_of: gives a plain tag's category; ``other`` by default.

    Raises:
        InputError: with every fault in the file.
    """
    faults = Faults(f"The manifest {path} cannot be used")
    rows = read_rows(path, faults)
    _check_columns(rows, faults)
    reader = _RowReader(
        path.parent if audio_root is None else audio_root, path.stem, category_of or cells.uncategorised, faults
    )
    tracks = [reader.track(row, f"row {number}") for number, row in rows]
    _check_unique([(number, track.track_id) for (number, _), track in zip(rows, tracks, strict=True)], faults)
    _check_groups([(number, track) for (number, _), track in zip(rows, tracks, strict=True)], faults)
    faults.raise_if_any()
    return assign_splits(tracks)


def write_manifest(tracks: Sequence[Track], path: Path) -> None:
    """Write a manifest, atomically; audio below its folder is written relative to it, so that both can move.

    Raises:
        InputError: the suffix is none of .parquet, .csv, .jsonl.
    """
    folder = path.parent.absolute()
    write_rows([_row(track, folder) for track in tracks], path)


class _RowReader:
    """Turns rows into tracks, noting what is wrong with them."""

    def __init__(self, root: str | Path, dataset: str, category_of: Callable[[str], str], faults: Faults) -> None:
        self._root = root if is_address(root) else Path(root).absolute()
        self._dataset = dataset
        self._category_of = category_of
        self._faults = faults

    def track(self, row: Row, where: str) -> Track:
        """Return the track of a row; a faulty value is noted and replaced, so that the other faults are found too."""
        faults = self._faults
        track_id = self._text(row, "track_id", where) or ""
        # Values of other types are noted by `cells.text` already.
        if not track_id and row.get("track_id") in (None, ""):
            faults.add(f"{where} track_id", "is required and must not be empty")
        return Track(
            track_id=track_id,
            audio=self._audio(row, where),
            start_s=cells.seconds(row.get("start_s"), f"{where} start_s", faults, positive=False),
            duration_s=cells.seconds(row.get("duration_s"), f"{where} duration_s", faults, positive=True),
            tags=cells.tags(row.get("tags"), f"{where} tags", faults, self._category_of),
            captions=cells.captions(row.get("captions"), f"{where} captions", faults),
            split=self._split(row, where),
            group=self._text(row, "group", where) or track_id,  # a track without a group leaks to no other
            dataset=self._text(row, "dataset", where) or self._dataset,
        )

    def _text(self, row: Row, name: str, where: str) -> str | None:
        """Return the text of a cell, or None."""
        return cells.text(row.get(name), f"{where} {name}", self._faults)

    def _audio(self, row: Row, where: str) -> str | None:
        """Return the place of a track's audio, below the root if it is relative, or None."""
        audio = self._text(row, "audio", where)
        return None if audio is None else joined(self._root, audio)

    def _split(self, row: Row, where: str) -> str:
        """Return a row's split; empty if it has none, or an unknown one, which is noted."""
        split = self._text(row, "split", where) or ""
        if split and split not in SPLITS:
            self._faults.extend([unknown(f"{where} split", split, SPLITS, "split")])
            return ""
        return split


def _check_columns(rows: Sequence[tuple[int, Row]], faults: Faults) -> None:
    """Note a fault if there are no rows, or for a column whose name is nearly a known one."""
    if not rows:
        if not faults.found:
            faults.add("rows", "there are none", None, "Write one row per track.")
        return
    names: dict[str, None] = dict.fromkeys(name for _, row in rows for name in row)
    for name in names:
        near = difflib.get_close_matches(name.lower(), COLUMNS, n=1, cutoff=_NEAR)
        if name not in COLUMNS and near:
            faults.add(f"column {name!r}", "is unknown", None, f"Did you mean {near[0]!r}?")


def _check_unique(ids: Iterable[tuple[int, str]], faults: Faults) -> None:
    """Note every track id that an earlier row has too."""
    first: dict[str, int] = {}
    for number, track_id in ids:
        if track_id and first.setdefault(track_id, number) != number:
            faults.add(f"row {number} track_id", f"must be unique; row {first[track_id]} has it too", track_id)


def _check_groups(tracks: Iterable[tuple[int, Track]], faults: Faults) -> None:
    """Note every group that is in two splits."""
    first: dict[str, tuple[int, str]] = {}
    for number, track in tracks:
        if not track.split or not track.group:
            continue
        row, split = first.setdefault(track.group, (number, track.split))
        if split != track.split:
            faults.add(
                f"row {number} group",
                f"is in {track.split!r} here and in {split!r} in row {row}; a group must stay in one split",
                track.group,
            )


def _row(track: Track, folder: Path) -> dict[str, Any]:
    """Return the row of a track, with audio below the manifest's folder as a relative path."""
    audio = track.audio
    if audio is not None and not is_address(audio) and Path(audio).is_relative_to(folder):
        audio = Path(audio).relative_to(folder).as_posix()
    return {
        "track_id": track.track_id,
        "audio": audio,
        "start_s": track.start_s,
        "duration_s": track.duration_s,
        "tags": {category: list(names) for category, names in track.tags.items()},
        "captions": list(track.captions),
        "split": track.split or None,
        "group": track.group,
        "dataset": track.dataset,
    }
