"""Leakage groups of equal recordings joined, by what can be known of audio before it is fetched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from adsw.audio.bad_audio import BadAudioError
from adsw.audio.fetch import is_remote, local_path
from adsw.corpus.track import Track
from adsw.errors import Faults
from adsw.fingerprint import file_sha256
from adsw.report.format import listed, plural
from adsw.spelling import folded
from adsw.store.duplicates import Recording

MOST_FAULTS = 20
"""Groups whose tracks name several splits that are told one by one."""


def known_recordings(tracks: Sequence[Track]) -> list[Recording | None]:
    """Return what tells the recording of each track from the others before it is fetched; None if nothing can.

    Files of this machine are hashed where another one has the same size; of others the address tells.
    """
    by_size: dict[int, set[Path]] = defaultdict(set)
    paths: list[Path | None] = []
    for track in tracks:
        path = _local(track.audio)
        paths.append(path)
        if path is not None:
            by_size[path.stat().st_size].add(path)
    digests = {path: file_sha256(path) for alike in by_size.values() if len(alike) > 1 for path in alike}
    recordings = []
    for track, path in zip(tracks, paths, strict=True):
        file = digests.get(path, str(path)) if path is not None else track.audio
        is_known = file is not None and (path is not None or is_remote(file))
        recordings.append(Recording.of(str(file), track.start_s, track.duration_s) if is_known else None)
    return recordings


def _local(audio: str | None) -> Path | None:
    """Return the file of a track on this machine, or None if there is none that can be read."""
    if audio is None or is_remote(audio):
        return None
    try:
        return local_path(audio).resolve()
    except BadAudioError:
        return None


def joined_groups(tracks: Sequence[Track], recordings: Sequence[Recording | None]) -> list[Track]:
    """Return the tracks with the leakage groups of equal recordings joined.

    Args:
        tracks: with a split where the manifest names one.
        recordings: of each track; None if it is not known.

    Raises:
        InputError: tracks of a joined group name different splits.
    """
    leader: dict[str, str] = {}

    def first_of(group: str) -> str:
        while (above := leader.get(group, group)) != group:
            group = above
        return group

    def join(one: str, other: str) -> None:
        low, high = sorted((first_of(one), first_of(other)))
        if low != high:
            leader[high] = low

    place: dict[Recording, str] = {}
    spelt: dict[str, str] = {}
    for track, recording in zip(tracks, recordings, strict=True):
        # A group keeps its spellings: all of them go where one of them goes.
        join(spelt.setdefault(folded(track.group), track.group), track.group)
        if recording is not None:
            join(place.setdefault(recording, track.group), track.group)
    joined = [replace(track, group=first_of(track.group)) for track in tracks]
    _check_splits(tracks, joined)
    return joined


def _check_splits(tracks: Sequence[Track], joined: Sequence[Track]) -> None:
    """Check that the tracks of every joined group name one split at most.

    Raises:
        InputError: every group whose tracks name several.
    """
    named: dict[str, dict[str, str]] = defaultdict(dict)
    for before, track in zip(tracks, joined, strict=True):
        if track.split:
            named[track.group].setdefault(track.split, before.track_id)
    faults = Faults("Equal recordings cannot be joined into one group")
    wrong = [splits for splits in named.values() if len(splits) > 1]
    for splits in wrong[:MOST_FAULTS]:
        where = " and ".join(splits.values())
        fix = "Name one split for both in the manifest, or none; or leave one of them out."
        faults.add(where, f"are joined by equal recordings, and the manifest names {listed(splits)}", None, fix)
    if len(wrong) > MOST_FAULTS:
        faults.add("manifest", f"has {plural(len(wrong) - MOST_FAULTS, 'more such group')}")
    faults.raise_if_any()
