"""Remarks on an import: what the user should know although it is no fault."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from adsw.corpus.importers.audio_files import AudioFiles
from adsw.corpus.importers.entry import DescribedTrack
from adsw.corpus.importers.public_set import PublicSet
from adsw.corpus.track import Track

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
    import soundfile

    try:
        return float(soundfile.info(str(Path(audio))).duration)
    except (soundfile.LibsndfileError, OSError):
        return None
