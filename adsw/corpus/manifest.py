"""Manifests: one row per track, in Parquet, CSV or JSONL. Every fault is found, with its row, before anything runs."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from adsw.corpus.delimited import plain_name
from adsw.corpus.one_spelling import datasets_in_one_spelling, in_one_spelling
from adsw.corpus.plain_forms import counted, is_plain, misnamed, separator_remark, words_of
from adsw.corpus.table_files import Row, Rows, is_address, joined, read_rows, write_rows
from adsw.corpus.track import SPLITS, Track, assign_splits
from adsw.errors import Faults, InputError, unknown
from adsw.json_text import JsonError, parse_json
from adsw.spelling import folded, is_blank

Tags = dict[str, tuple[str, ...]]

OTHER = "other"
"""The category of tags that no vocabulary knows."""


def uncategorised(tag: str) -> str:
    """Return the category that every plain tag has where no vocabulary is given."""
    del tag
    return OTHER


def text(value: Any, where: str, faults: Faults) -> str | None:
    """Return a string without surrounding blanks, or None for an empty cell."""
    if value is None:
        return None
    if not isinstance(value, str):
        faults.add(where, f"must be text, not {_kind(value)}", value, "Quote it.")
        return None
    if is_blank(value) or not _is_unicode(value, where, faults):
        return None
    return value.strip()


def seconds(value: Any, where: str, faults: Faults, *, positive: bool) -> float | None:
    """Return a time in seconds: at least 0, or more than 0 where `positive`."""
    if value is None:
        return None
    number = _number(value)
    if number is None:
        faults.add(where, "must be a number of seconds", value)
    elif not math.isfinite(number) or number < 0 or (positive and number == 0):
        faults.add(where, "must be more than 0" if positive else "must be at least 0", value)
    else:
        return number
    return None


def captions(value: Any, where: str, faults: Faults) -> tuple[str, ...]:
    """Return the sentences of a list, or of the JSON of one; a plain text is one sentence."""
    if isinstance(value, str) and value.strip() and is_plain(value):
        value = [value]
    value = _unpacked(value, where, 'a JSON list such as ["A slow waltz."]', faults)
    if value is None:
        return ()
    if not isinstance(value, list):
        faults.add(where, f"must be a list of sentences, not {_kind(value)}", value)
        return ()
    return _strings(value, where, faults)


def tags(value: Any, where: str, faults: Faults, category_of: Callable[[str], str]) -> Tags:
    """Return tags by category, from a mapping, a list or the JSON of either.

    A mapping is ``{category: [tag, ...]}``; a list holds ``category---tag``, ``category:tag`` and plain tags.

    Args:
        value: the cell.
        where: names the cell in faults.
        faults: what is wrong is noted here.
        category_of: the category of a plain tag.

    A plain text such as ``waltz, piano`` is a list, too.
    """
    if isinstance(value, str) and is_plain(value):
        value = words_of(value) or None
    value = _unpacked(value, where, 'JSON such as {"genre": ["jazz"]} or ["genre---jazz"]', faults)
    if value is None:
        return {}
    if isinstance(value, list) and value and all(isinstance(item, tuple) and len(item) == 2 for item in value):
        value = _of_pairs(value, where, faults)
    if isinstance(value, dict):
        return _by_category(value, where, faults)
    if not isinstance(value, list):
        faults.add(where, f"must be a list, or categories with lists, not {_kind(value)}", value)
        return {}
    names_of: dict[str, list[str]] = {}
    for tag in _strings(value, where, faults):
        category, name = _divided(tag, category_of)
        if not (is_blank(category) or is_blank(name)):
            names_of.setdefault(category, []).append(name)
        else:
            faults.add(where, "needs text on both sides of --- or :", tag)
    return {category: tuple(dict.fromkeys(names)) for category, names in names_of.items()}


def _of_pairs(pairs: list[tuple[Any, Any]], where: str, faults: Faults) -> dict[Any, Any]:
    """Return the mapping of a Parquet map's pairs; a key that stands twice is noted."""
    value = dict(pairs)
    for key in value:
        if sum(key == other for other, _ in pairs) > 1:
            faults.add(where, "has a category twice", key, "Keep one.")
    return value


def _by_category(value: dict[Any, Any], where: str, faults: Faults) -> Tags:
    """Return the tags of a mapping from categories to lists of tags; each tag stays once."""
    tags_of: Tags = {}
    for category, names in value.items():
        if not isinstance(category, str) or is_blank(category):
            faults.add(where, "has a category without a name", category)
        elif not _is_unicode(category, where, faults):
            continue
        elif names is None:
            continue  # a Parquet struct has every category in every row
        elif not isinstance(names, list):
            rule = f"must be a list of tags, not {_kind(names)}"
            faults.add(f"{where}.{category}", rule, names, 'Write ["..."].')
        elif kept := tuple(dict.fromkeys(_strings(names, f"{where}.{category}", faults))):
            name = category.strip()
            tags_of[name] = tuple(dict.fromkeys([*tags_of.get(name, ()), *kept]))
    return tags_of


def _divided(tag: str, category_of: Callable[[str], str]) -> tuple[str, str]:
    """Split ``category---tag`` or ``category:tag``; the category of a plain tag comes from `category_of`."""
    for mark in ("---", ":"):
        category, separator, name = tag.partition(mark)
        if separator:
            return category.strip(), name.strip()
    return category_of(tag), tag


def _strings(values: Iterable[Any], where: str, faults: Faults) -> tuple[str, ...]:
    """Return the non-empty strings of a list, stripped; anything else is noted as a fault."""
    kept = []
    for value in values:
        if not isinstance(value, str) or is_blank(value):
            faults.add(where, "must hold text only, none of it empty", value)
        elif _is_unicode(value, where, faults):
            kept.append(value.strip())
    return tuple(kept)


def _is_unicode(value: str, where: str, faults: Faults) -> bool:
    """Check that a string can be written as UTF-8 and name a file, and note a fault if not."""
    if "\0" in value:
        faults.add(where, "has a NUL character, which is no text", value, "Leave it out.")
        return False
    try:
        value.encode()  # fails on half a surrogate pair, which an escape in JSON can make
    except UnicodeEncodeError as error:
        rule = f"has half a surrogate pair at character {error.start + 1}, which is no text"
        faults.add(where, rule, value, "Write the whole character, or leave it out.")
        return False
    return True


def _unpacked(value: Any, where: str, wanted: str, faults: Faults) -> Any:
    """Return the value of a cell that may hold JSON, or None if it is empty or not JSON."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return parse_json(value, any_strings=True)
    except JsonError as error:
        faults.add(where, str(error), value, f"Write {wanted}.")
        return None


def _number(value: Any) -> float | None:
    """Return a number, or the number that a text holds, or None; truth values are not numbers."""
    # Python counts a truth value as an int, and reads 1_000 as a number.
    if isinstance(value, bool) or (isinstance(value, str) and "_" in value):
        return None
    try:
        return float(value) if isinstance(value, int | float | str) else None
    except ValueError:
        return None


def _kind(value: Any) -> str:
    """Return the name of a value's type for messages."""
    names = {dict: "an object", list: "a list", bool: "a truth value", int: "a number", float: "a number", str: "text"}
    return names.get(type(value), type(value).__name__)


__all__ = ["COLUMNS", "Track", "read_manifest", "write_manifest"]

COLUMNS = ("track_id", "audio", "start_s", "duration_s", "tags", "captions", "split", "group", "dataset")

_NEAR = 0.8
"""Similarity (`difflib` ratio) from which an unknown column counts as a mistyped known one; others are ignored."""


def read_manifest(
    path: Path,
    audio_root: str | Path | None = None,
    category_of: Callable[[str], str] | None = None,
    remarks: list[str] | None = None,
    with_splits: bool = True,
) -> list[Track]:
    """Read a manifest.

    Texts, tags, categories and data sets come in one spelling each (`adsw.corpus.one_spelling`). Missing splits come
    from a stable hash of the group. Whether audio files exist is not looked at: preparation counts what it cannot use.

    Args:
        path: the file; its suffix says what it is.
        audio_root: where relative audio paths start, a folder or an address such as ``s3://bucket/music``; the
            manifest's folder by default. Absolute paths and addresses are kept.
        category_of: gives a plain tag's category; ``other`` by default.
        remarks: what was read otherwise than it is written is told here, counted.
        with_splits: whether missing splits are filled in.

    Raises:
        InputError: with every fault in the file.
    """
    told = [] if remarks is None else remarks
    faults = Faults(f"The manifest {path} cannot be used")
    read = read_rows(path, faults, COLUMNS)
    rows = read.rows
    _check_columns(read, faults)
    reader = _RowReader(
        path.parent if audio_root is None else audio_root, path.stem, category_of or uncategorised, faults, read.names
    )
    tracks = [reader.track(row, f"row {number}") for number, row in rows]
    _check_unique([(number, track.track_id) for (number, _), track in zip(rows, tracks, strict=True)], faults)
    _check_groups([(number, track) for (number, _), track in zip(rows, tracks, strict=True)], faults)
    if faults.found:
        raise InputError(faults.title, counted(faults.found))
    unread = [name for name in dict.fromkeys(read.names) if name and plain_name(name) not in COLUMNS]
    told += separator_remark(read.separator)
    told += [f"columns that are not read: {', '.join(unread)}."] if unread and path.suffix != ".parquet" else []
    told += reader.remarks()
    tracks = datasets_in_one_spelling(in_one_spelling(tracks, told), told)
    return assign_splits(tracks) if with_splits else tracks


def write_manifest(tracks: Sequence[Track], path: Path) -> None:
    """Write a manifest, atomically; audio below its folder is written relative to it, so that both can move.

    Raises:
        InputError: the suffix is none of .parquet, .csv, .jsonl.
    """
    folder = path.parent.absolute()
    write_rows([_row(track, folder) for track in tracks], path)


class _RowReader:
    """Turns rows into tracks, noting what is wrong with them."""

    def __init__(
        self,
        root: str | Path,
        dataset: str,
        category_of: Callable[[str], str],
        faults: Faults,
        names: Sequence[str],
    ) -> None:
        self._names = names
        self._root = root if is_address(root) else Path(root).absolute()
        self._dataset = dataset
        self._category_of = category_of
        self._faults = faults
        self._splits = 0

    def remarks(self) -> list[str]:
        """Return how many splits were read otherwise than they are written."""
        count = "1 split was" if self._splits == 1 else f"{self._splits:,} splits were"
        return [f"{count} read without regard to case and blanks."] if self._splits else []

    def track(self, row: Row, where: str) -> Track:
        """Return the track of a row; a faulty value is noted and replaced, so that the other faults are found too."""
        faults = self._faults
        track_id = self._text(row, "track_id", where) or ""
        # Values of other types, and what is no Unicode, are noted by `text` already.
        given = row.get("track_id")
        if (
            not track_id
            and "track_id" in self._names
            and (given is None or (isinstance(given, str) and is_blank(given)))
        ):
            faults.add(f"{where} track_id", "is required and must not be empty")
        return Track(
            track_id=track_id,
            audio=self._audio(row, where),
            start_s=seconds(row.get("start_s"), f"{where} start_s", faults, positive=False),
            duration_s=seconds(row.get("duration_s"), f"{where} duration_s", faults, positive=True),
            tags=tags(row.get("tags"), f"{where} tags", faults, self._category_of),
            captions=captions(row.get("captions"), f"{where} captions", faults),
            split=self._split(row, where),
            group=self._text(row, "group", where) or track_id,  # a track without a group leaks to no other
            dataset=self._text(row, "dataset", where) or self._dataset,
        )

    def _text(self, row: Row, name: str, where: str) -> str | None:
        """Return the text of a cell, or None."""
        return text(row.get(name), f"{where} {name}", self._faults)

    def _audio(self, row: Row, where: str) -> str | None:
        """Return the place of a track's audio, below the root if it is relative, or None."""
        audio = self._text(row, "audio", where)
        return None if audio is None else joined(self._root, audio)

    def _split(self, row: Row, where: str) -> str:
        """Return a row's split; empty if it has none, or an unknown one, which is noted."""
        written = self._text(row, "split", where) or ""
        split = folded(written)
        self._splits += split in SPLITS and split != row["split"]
        if split and split not in SPLITS:
            self._faults.extend([unknown(f"{where} split", written, SPLITS, "split")])
            return ""
        return split


def _check_columns(read: Rows, faults: Faults) -> None:
    """Note a fault if there are no rows, or for a column whose name is nearly a known one."""
    if not read.rows:
        if not faults.found:
            faults.add("rows", "there are none", None, "Write one row per track.")
        return
    wrong = [*misnamed(read.names, "header")]
    faults.extend(wrong)
    for name in dict.fromkeys(read.names):
        if any(repr(name) in f"{fault.where} {fault.fix}" for fault in wrong):
            continue
        near = difflib.get_close_matches(name.lower(), COLUMNS, n=1, cutoff=_NEAR)
        if name not in COLUMNS and near and name == plain_name(name):  # with blanks it is a fault already
            faults.add(f"column {name!r}", "is unknown", None, f"Did you mean {near[0]!r}?")


def _check_unique(ids: Iterable[tuple[int, str]], faults: Faults) -> None:
    """Note every track id that an earlier row has too, in this spelling or in another."""
    first: dict[str, tuple[int, str]] = {}
    for number, track_id in ids:
        if not track_id:
            continue
        row, spelled = first.setdefault(folded(track_id), (number, track_id))
        if row != number:
            rule = f"must be unique; row {row} has it too{_both(spelled, track_id)}"
            faults.add(f"row {number} track_id", rule, track_id)


def _check_groups(tracks: Iterable[tuple[int, Track]], faults: Faults) -> None:
    """Note every group that is in two splits."""
    first: dict[str, tuple[int, Track]] = {}
    for number, track in tracks:
        if not track.split or not track.group:
            continue
        row, other = first.setdefault(folded(track.group), (number, track))
        if other.split != track.split:
            rule = f"is in {track.split!r} here and in {other.split!r} in row {row}{_both(other.group, track.group)}"
            faults.add(f"row {number} group", f"{rule}; a group must stay in one split", track.group)


def _both(there: str, here: str) -> str:
    """Return how two spellings of a name differ, which may not be seen, for a fault; nothing if they do not."""
    return "" if there == here else f", spelled {there!a} there and {here!a} here"


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
